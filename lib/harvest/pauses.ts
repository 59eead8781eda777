// The pauses between two tries to open the stream of a log: ever longer ones, cut short by news of its pod or its node.

import { type Clock, slept } from "../clock.ts";

export interface Pauses {
  /** Waits until the next try is due. Rejects when the signal aborts. */
  wait(): Promise<void>;
  /** The last try has brought something: the next pause is a short one again. */
  reset(): void;
  /** There is news: the next try is due now, and those after it come quickly again. */
  hasten(): void;
}

const FIRST_MILLISECONDS = 500;

/** @param longest no pause is longer than that, in milliseconds; asked before each */
export function makePauses(clock: Clock, signal: AbortSignal, longest: () => number): Pauses {
  let tries = 0;
  let news = new AbortController();
  return {
    async wait() {
      news = new AbortController();
      const pause = Math.min(longest(), FIRST_MILLISECONDS * 2 ** Math.min(tries++, 6));
      await slept(clock, pause, AbortSignal.any([signal, news.signal]));
      signal.throwIfAborted();
    },
    reset() {
      tries = 0;
    },
    hasten() {
      tries = 0;
      news.abort();
    },
  };
}
