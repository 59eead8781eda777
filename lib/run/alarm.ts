// An alarm clock for a loop that is woken by events, too, many times for each time that it rings: it is set anew only where
// it must ring sooner than it would. So it may ring without need, which costs a look.

import type { Clock } from "../clock.ts";

export interface Alarm extends Disposable {
  /** Rings at this time of the monotonic clock, or earlier. */
  ringBy(time: number): void;
}

/** A reason of its own: without one, each abort makes an exception with its stack, ten times as dear as all else here. */
const SET_ANEW = "set anew";

/** @param ring called each time; not after disposal */
export function makeAlarm(clock: Clock, ring: () => void): Alarm {
  let due = Infinity;
  let waiting = new AbortController();

  async function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    try {
      await clock.sleep(milliseconds, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    if (signal.aborted) return;
    due = Infinity;
    ring();
  }

  return {
    ringBy(time) {
      if (time >= due) return;
      waiting.abort(SET_ANEW);
      waiting = new AbortController();
      due = time;
      void wait(Math.max(1, time - clock.monotonic()), waiting.signal);
    },
    [Symbol.dispose]() {
      due = -Infinity;
      waiting.abort(SET_ANEW);
    },
  };
}
