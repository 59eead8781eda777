// What bringing one container's log home takes, and what comes of it.

import type { Clock } from "../../clock.ts";
import type { ContainerView } from "../../cluster/pod.ts";
import type { Pods } from "../../cluster/pods.ts";
import type { Completeness } from "../../results/record.ts";
import type { StagedFile } from "../../results/results.ts";
import type { Follow } from "../follow/follow.ts";
import type { Spool } from "../tape/spool.ts";

/** A log as far as it could be had. */
export interface Brought {
  readonly container: ContainerView;
  readonly spool: Spool;
  /** The text, where it stands in a file already; else what is on the spool is to be written into one. */
  readonly file: StagedFile | null;
  readonly completeness: Completeness;
  /** Of `none`: why there is no log. */
  readonly reason: string;
  /** The pod is gone. */
  readonly isGone: boolean;
  /** It could not be made safe. */
  readonly isUnsafe: boolean;
}

/** What the log is brought with. */
export interface BringOptions {
  readonly pods: Pods;
  readonly clock: Clock;
  readonly spool: Spool;
  /** Of a log that was followed in this process. */
  readonly followed: Follow | null;
  /** A stream was on it, in this process or an earlier one. */
  readonly isFollowed: boolean;
  readonly patienceMilliseconds: number;
  /** Nodes of this place may rotate logs. */
  readonly isRotated: boolean;
  /** Told once, of a log that a server which answers does not give for a while. */
  readonly onUnread: (why: string) => void;
  readonly stage: () => Promise<StagedFile>;
  /** Lets others go first while this one waits. */
  readonly aside: (wait: () => Promise<void>) => Promise<void>;
  readonly signal: AbortSignal;
}
