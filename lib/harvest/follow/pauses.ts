// The pauses between two tries to open the stream of a log: ever longer ones, cut short by news of its pod or its node.

import { type Clock, slept } from "../../clock.ts";

export interface Pauses {
  /**
   * Waits until the next try is due. Rejects when the signal aborts.
   *
   * @param isUnheard the node answers, and does not know the pod yet
   */
  wait(isUnheard?: boolean): Promise<void>;
  /** The last try has brought something: the next pause is a short one again. */
  reset(): void;
  /** There is news: the next try is due now, and those after it come quickly again. */
  hasten(): void;
}

const FIRST_MILLISECONDS = 500;
/** A kubelet that has just come back hears of its pods within a second or two, and may take away those that were deleted. */
const UNHEARD_MILLISECONDS = 200;
const UNHEARD_TRIES = 50;

/** @param longest no pause is longer than that, in milliseconds; asked before each */
export function makePauses(clock: Clock, signal: AbortSignal, longest: () => number): Pauses {
  let tries = 0;
  let unheard = 0;
  let news = new AbortController();
  return {
    async wait(isUnheard = false) {
      unheard = isUnheard ? unheard + 1 : 0;
      const most = isUnheard && unheard <= UNHEARD_TRIES ? UNHEARD_MILLISECONDS : longest();
      news = new AbortController();
      const pause = Math.min(most, FIRST_MILLISECONDS * 2 ** Math.min(tries++, 6));
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
