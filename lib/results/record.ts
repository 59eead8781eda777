// What is written down about an item: the journal's lines (line.ts has their form), the run's identity, and what a log is
// known to be.

/** How an attempt ended. */
export type Verdict = "succeeded" | "failed";

/**
 * What is known of a log.
 * - `proven`: one file, transferred and checked whole
 * - `followed`: rotated, and followed from its start; each file that was looked at came home. What the runtime held in its
 *   hands at the moment of a rotation (up to 32 KB, less than a millisecond's writing as a rule) may have gone to the old
 *   file after the kubelet had left it: no reader can have that, or know of it. Also a log of which no doubt was announced
 *   and whose end a killed call could not write down: it was this or better
 * - `unproven`: its beginning may have been rotated away while nobody followed, or it was rotated and has pauses in which
 *   nobody could look whether a file was missed, or it was read out once, and its pod went before that could be compared;
 *   nothing says that text is lost
 * - `incomplete`: part of it is known to be lost, or a stranger's pod took the name as it was read, and it may be that one's
 * - `none`: the container never started, there is no log
 */
export type Completeness = "proven" | "followed" | "unproven" | "incomplete" | "none";

/** One stored log. */
export interface LogRecord {
  readonly container: string;
  /** Path below the log directory. */
  readonly file: string;
  readonly bytes: number;
  readonly completeness: Completeness;
}

/** An attempt is about to be created; written before the POST. */
export interface IntentRecord {
  readonly kind: "intent";
  readonly name: string;
  readonly attempt: number;
  /**
   * The pod's; read again, only its beginning. Absent where no pod is about to be made and the number alone is announced (by a
   * cancel), and in lines of earlier versions.
   */
  readonly hash?: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** An attempt has ended and its logs are safe. */
export interface EndRecord {
  readonly kind: "end";
  readonly name: string;
  /** The pod's; read again, only its beginning. */
  readonly hash: string;
  readonly index: number;
  readonly attempt: number;
  readonly uid: string;
  readonly verdict: Verdict;
  /** True if this was the last attempt: NAME.log or NAME.err exists. */
  readonly isFinal: boolean;
  /**
   * Failure class: `success`, `app`, `oom`, `timeout`, `infra`, `config`, `rejected`; `cancelled` by the user or their
   * `--halt now`; `unknown` where the verdict is all that is left of the attempt.
   */
  readonly class: string;
  /** One line for people: `exit code 3`, `Evicted: …`. */
  readonly reason: string;
  /** Main container's exit code; null if it never ran, or nobody knows. */
  readonly exitCode: number | null;
  readonly signal: number | null;
  readonly node: string;
  /** Milliseconds since the epoch; 0 where unknown. */
  readonly createdAt: number;
  readonly startedAt: number;
  readonly finishedAt: number;
  readonly logs: readonly LogRecord[];
}

/** Of a verdict's logs those that may lack text; what an attempt that was tried again could not say is no verdict's. */
export function doubtfulLogs({ isFinal, logs }: Pick<EndRecord, "isFinal" | "logs">): readonly LogRecord[] {
  if (!isFinal) return [];
  return logs.filter(({ completeness }) => completeness === "incomplete" || completeness === "unproven");
}

/**
 * Logs of a verdict that is about to be stored may lack text. On disk before it is, or a kill between the verdict and its end
 * record would leave a log that nobody doubts. An end record says the same again, for good; an intent after it says that there
 * is no such verdict any more.
 */
export interface DoubtRecord {
  readonly kind: "doubt";
  readonly name: string;
  readonly attempt: number;
  readonly uid: string;
  readonly logs: readonly LogRecord[];
}

/** An attempt left nothing (its pod vanished before it had a log): only the budget knows of it. */
export interface LossRecord {
  readonly kind: "loss";
  readonly name: string;
  readonly attempt: number;
  readonly uid: string;
  readonly class: string;
  readonly reason: string;
  readonly at: number;
}

export type JournalRecord = IntentRecord | DoubtRecord | EndRecord | LossRecord;

/** How a run reaches its cluster, so that `qupods cancel DIR` finds it again from another shell. */
export interface Via {
  readonly kubectl: readonly string[];
  /** By name, also where it was only the current one; null inside a cluster. */
  readonly context: string | null;
  /** `--kubeconfig` and the variable KUBECONFIG, paths absolute; null where they were not given. */
  readonly kubeconfig: string | null;
  readonly kubeconfigVariable: string | null;
  readonly transport: "auto" | "proxy" | "direct" | "raw";
}

/** `.qupods/run.json`: one directory is one run. */
export interface RunFile {
  readonly version: 1;
  /** Random id, the value of the run label. */
  readonly run: string;
  /** Server URL, or `local`. */
  readonly server: string;
  readonly namespace: string;
  /** Of the latest call; null under `--local`. */
  readonly via: Via | null;
  /** `--retries` of the latest call. */
  readonly retries: number;
  readonly templateHash: string;
  readonly listHash: string;
  /** Seed of `--sample`; null if it was never used. */
  readonly seed: number | null;
  readonly createdAt: number;
}
