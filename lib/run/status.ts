// What a run tells about itself while it goes on: counts for the live line, and events worth a word.

import type { EndRecord, LogRecord } from "../results/record.ts";

/** Counts of a moment. All items are in exactly one of the first ten. */
export interface Status {
  /** Not started yet. */
  readonly waiting: number;
  /** Created or being created, not yet bound to a node. */
  readonly pending: number;
  /** Held by a scheduling gate. */
  readonly gated: number;
  /** Bound and not finished. */
  readonly running: number;
  /** Finished, log not yet safe. */
  readonly harvesting: number;
  readonly succeeded: number;
  readonly failed: number;
  /** Had a verdict before this call. */
  readonly skipped: number;
  /** A foreign pod has the name, or the log could not be made safe. */
  readonly blocked: number;
  /** Waiting for another attempt. */
  readonly retrying: number;
  /** Why nothing can start just now (`quota: …`, `unschedulable: …`, `API server does not answer: …`); empty if all is well. */
  readonly hold: string;
}

/** Something worth telling. */
export type RunEvent =
  /** An attempt has ended and is stored. */
  /** `isEarlier`: it was an earlier call's, which was killed before it could write it down. */
  | { readonly kind: "ended"; readonly record: EndRecord; readonly isEarlier?: true }
  /** Stored logs turned out to be worth less than `ended` had said of them. */
  | { readonly kind: "doubted"; readonly name: string; readonly logs: readonly LogRecord[] }
  /** An item will get no verdict in this run. */
  | { readonly kind: "open"; readonly name: string; readonly reason: string }
  /** A sentence for the user, once. */
  | { readonly kind: "notice"; readonly level: "info" | "warning"; readonly text: string }
  /** `-v` only. */
  | { readonly kind: "detail"; readonly text: string };

/** How a run ended. */
export interface Outcome {
  readonly status: Status;
  /**
   * - `complete`: every item has a verdict, or is named as open
   * - `halted`: by `--halt` or because the first items all failed alike, and some have no verdict; `why` says it
   * - `interrupted`: by a signal
   * - `submitted`: `--nowait`, everything is bound
   */
  readonly kind: "complete" | "halted" | "interrupted" | "submitted";
  readonly why: string;
  /** Items without a verdict, by name, with the reason; at most 1,000 of them. */
  readonly open: readonly { readonly name: string; readonly reason: string }[];
  /** Logs that are `incomplete` / `unproven`. */
  readonly incompleteLogs: number;
  readonly unprovenLogs: number;
  /** Pods that are, or may be, in the cluster still. */
  readonly podsLeft: number;
  /** Pods that were deleted and that a finalizer keeps there, and the finalizer of the first. */
  readonly podsHeld: number;
  readonly heldBy: string;
  /** What held the run back, in words; empty where nothing can be said. */
  readonly bottleneck: string;
}
