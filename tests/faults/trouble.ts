// What one simulated run is asked for, and what came of it.

import type { Squatters } from "./cluster.ts";
import type { Call } from "./fault_transport.ts";
import type { Fault } from "./faults.ts";
import type { Job } from "./job_kinds.ts";
import type { Figures, Report } from "./report.ts";

/** What is to go wrong. */
export interface Trouble {
  readonly items: number;
  /** `count`: calls of this verb before, over all lives. */
  readonly fault?: (call: Call, count: number, draw: () => number) => Fault | null;
  /** Code of the error that the `count`-th file call of a life gives. */
  readonly disk?: (call: string, count: number, life: number, draw: () => number) => string | null;
  /** The first life dies at the first point, and so on; then it is let live. */
  readonly kills?: readonly number[];
  /** File calls and requests take time, up to so many milliseconds each, so that all that goes on at once meets in other ways. */
  readonly slowness?: { readonly files: number; readonly requests: number };
  /** Every other life, up to the fifth, is one of `qupods cancel`. */
  readonly isCancelled?: boolean;
  /** The job is done, undisturbed, before the trouble begins: these items are run again. */
  readonly again?: "failed" | "all";
  /** These deaths are the machine's: what had not reached the disk may be gone. */
  readonly isPowerCut?: boolean;
  /** Points of a life at which somebody sets the clock, in turn an hour forwards and two back. */
  readonly jumps?: ReadonlySet<number>;
  /** @default {PLAIN} */
  readonly job?: Job;
  /** Where the pods' fates come from. @default the run's own seed */
  readonly fateSeed?: number;
  /** Foreign pods; one of them has an item's name. */
  readonly decoys?: number;
  /** @default {"none"} */
  readonly squatters?: Squatters;
  /** What the trouble has measured itself. */
  readonly measured?: () => Figures;
}

/** What came of it. */
export interface SimulationReport extends Report {
  /** Points (file and HTTP calls, before and after each) of the first life, and file calls alone. */
  readonly points: number;
  readonly fileCalls: number;
  readonly lives: number;
  readonly exit: number;
  readonly trace: readonly string[];
  /** All verdicts with all their bytes, as a hash. */
  readonly verdicts: string;
}
