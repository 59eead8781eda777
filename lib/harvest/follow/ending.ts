// Whether the end of a stream was the end of its log. A stream's own end proves nothing: a kubelet that dies ends its streams
// as if their containers had ended. What speaks for it: soon afterwards the container was known to have ended, and meanwhile
// the node did not refuse to answer.

import type { Clock } from "../../clock.ts";

export interface Ending {
  /** The last stream has come to its end by itself. */
  readonly isOver: boolean;
  /** … and nothing says that it was not the log's end. */
  readonly isLogsEnd: boolean;
  /** A stream has come to its end, by itself or not. */
  streamEnded(isByItself: boolean): void;
  /** A new line has come. */
  wentOn(): void;
  /** The node did not give another stream. */
  wasRefused(): void;
  /** The container is known to have ended. */
  containerEnded(): void;
}

/** A container's end is known so long after its stream's at most. */
const KNOWN_MILLISECONDS = 5_000;

export function makeEnding(clock: Clock): Ending {
  let isOver = false;
  let overAt = 0;
  let isRefused = false;
  /** Monotonic milliseconds. */
  let containerEndedAt = Infinity;
  return {
    get isOver() {
      return isOver;
    },
    get isLogsEnd() {
      return isOver && !isRefused && overAt >= containerEndedAt - KNOWN_MILLISECONDS;
    },
    streamEnded(isByItself) {
      isOver = isByItself;
      overAt = clock.monotonic();
      isRefused = false;
    },
    wentOn() {
      isOver = false;
    },
    wasRefused() {
      isRefused = true;
    },
    containerEnded() {
      containerEndedAt = Math.min(containerEndedAt, clock.monotonic());
    },
  };
}
