// The door of the harvest room: brings the logs of pods home. Follows them while they run, within a budget; fetches,
// checks and stores them at the end. Knows pods and files, nothing of scheduling. A pod may be deleted only after
// `collect` has answered `stored`.

import type { PodView } from "../cluster/pod.ts";
import type { LogRecord, Verdict } from "../results/record.ts";

/** What is to become of a finished pod's logs. */
export interface CollectOrder {
  /** Verdict to be written; null for an attempt that will be tried again (all its logs go to NAME.d/ATTEMPT). */
  readonly verdict: Verdict | null;
  /** One line, without `qupods: `, that stands in for the main log where the main container never started. */
  readonly reason: string;
  readonly signal: AbortSignal;
  /**
   * Whether the watch has told by now that the pod is gone. Logs are asked for by name, and a name that is free may be
   * taken: what was read then is ours only if the name is still ours. Asked before the reading and after it.
   */
  readonly isDeleted?: () => boolean;
  /** Called with those logs of a verdict that may lack text; it is stored once that has resolved. */
  readonly announce?: (doubtful: readonly LogRecord[]) => Promise<void>;
}

/** What came of it. */
export type Collected =
  /** All durable under their final names. */
  | { readonly kind: "stored"; readonly logs: readonly LogRecord[] }
  /** The pod went away before its main log was read whole; what was had is stored as `incomplete`. */
  | { readonly kind: "lost"; readonly logs: readonly LogRecord[] }
  /** It could not be read or checked within the patience; the pod is to be kept and the item stays open. */
  | { readonly kind: "unsafe"; readonly reason: string }
  /** The disk refuses (full, I/O error): nothing was stored; try again when there is room. */
  | { readonly kind: "disk"; readonly reason: string };

/** A log that is being followed. */
export interface Followed {
  readonly pod: PodView;
  readonly container: string;
  /** The file in which it grows; each line stands after its time. */
  readonly path: string;
}

/** The harvest of one run. */
export interface Harvest extends AsyncDisposable {
  /**
   * Called with each new view of an unfinished pod: starts following containers that run, within the budget.
   *
   * @param isLeaving the pod is about to be deleted: what it still says goes with it
   */
  observe(pod: PodView, isLeaving?: boolean): void;
  /**
   * Puts all that the logs of a pod hold up to now onto tapes, for a `collect` after its deletion. Unchecked: they grow.
   * Resolves to why one could not be read, empty if all could.
   */
  save(pod: PodView, signal: AbortSignal): Promise<string>;
  /** Called once a pod has ended (or vanished): ends the streams, fetches what is missing, checks, stores. */
  collect(pod: PodView, order: CollectOrder): Promise<Collected>;
  /** Log streams open now. */
  readonly streams: number;
}
