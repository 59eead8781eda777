// A pod as the rest of the program sees it: the few fields that decide something, read out of the API's object.

/** What one container of a pod is and how it fares. */
export interface ContainerView {
  readonly name: string;
  /** `init`: runs to its end before the others; `sidecar`: an init container with restartPolicy Always; `app`: the others. */
  readonly kind: "init" | "sidecar" | "app";
  /** True for the template's own app containers: only their exit codes decide. */
  readonly isDecider: boolean;
  readonly state: "waiting" | "running" | "terminated";
  /** Reason of the state, such as `ImagePullBackOff`, `Completed`, `OOMKilled`; empty if none. */
  readonly reason: string;
  readonly message: string;
  /** Null unless terminated. */
  readonly exitCode: number | null;
  readonly signal: number | null;
  /** RFC 3339, as the server gave it; null if it never started. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  /** Times that it was started again; the API serves the last start's log alone. */
  readonly restarts: number;
}

/** One pod, as of one resourceVersion. */
export interface PodView {
  readonly name: string;
  readonly uid: string;
  readonly resourceVersion: string;
  /** Run label; empty if the pod has none. */
  readonly run: string;
  /** From our annotations; -1 / 0 / "" where they are missing or malformed. */
  readonly index: number;
  readonly attempt: number;
  readonly hash: string;
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
  /** Empty while unbound. */
  readonly nodeName: string;
  /** Held back by a scheduling gate (Kueue): not the scheduler's burden. */
  readonly isGated: boolean;
  /** RFC 3339 time by which the pod is to be gone; null if nobody asked for its deletion. */
  readonly deletionTimestamp: string | null;
  readonly deletionGraceSeconds: number;
  /** The first of its finalizers: it stays, deleted, until all are taken off; empty if it has none. */
  readonly finalizer: string;
  readonly createdAt: string;
  readonly startedAt: string | null;
  /** `status.reason` and `status.message`: `Evicted`, `DeadlineExceeded` … */
  readonly reason: string;
  readonly message: string;
  /** Reason of the condition DisruptionTarget, if it is True; else empty. */
  readonly disruption: string;
  /** RFC 3339 time since when that is so; null where nothing says it. */
  readonly disruptedAt: string | null;
  /** Message of the condition PodScheduled while it is False; else empty. */
  readonly schedulingMessage: string;
  /** The node controller has lost touch with the node: what the pod shows is the last that was heard. */
  readonly isNodeLost: boolean;
  /** Init containers first, then the others, as in the spec. */
  readonly containers: readonly ContainerView[];
  /** Name of the container whose log becomes NAME.log. */
  readonly mainContainer: string;
  /** What QUPODS_ITEM says in its environment; empty if it has none. */
  readonly itemText: string;
}
