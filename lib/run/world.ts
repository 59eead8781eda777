// What a run is given to work with.

import type { Clock } from "../clock.ts";
import type { Pods } from "../cluster/pods.ts";
import type { Harvest } from "../harvest/harvest.ts";
import type { Results } from "../results/results.ts";
import type { RunEvent, Status } from "./status.ts";

/** The world of a run. */
export interface World {
  readonly pods: Pods;
  readonly harvest: Harvest;
  readonly results: Results;
  readonly clock: Clock;
  /** First Ctrl-C: start nothing new, finish what is being written. */
  readonly drain: AbortSignal;
  /** No pod outlives this process: a drain ends them, and keeps what they have written. */
  readonly isEphemeral?: boolean;
  /** Bytes of the journal after which a summary is written; 1 MiB by default. */
  readonly summaryBytes?: number;
  /** Answers with 429 so far, and CPU seconds of this process since the run began; without them none are known. */
  readonly throttled?: () => number;
  readonly cpuSeconds?: () => number;
  readonly onEvent: (event: RunEvent) => void;
  readonly onStatus: (status: Status) => void;
}
