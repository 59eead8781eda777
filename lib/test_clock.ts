// A clock for tests of what waits.

import type { Clock } from "./clock.ts";

/** So much time at most goes by at once: what nobody sleeps for takes turns of the event loop as well. */
const STEP_MILLISECONDS = 100;

/** A clock that stands still until it is told to go on, and begins at 0. */
export interface StandingClock extends Clock {
  /** So many milliseconds go by; whoever sleeps meanwhile wakes at its own time, and does what it can. */
  pass(milliseconds: number): Promise<void>;
  /** How many sleep. */
  readonly sleepers: number;
}

/** Nobody sleeps yet. */
export function standingClock(): StandingClock {
  let now = 0;
  const sleepers = new Set<{ readonly due: number; readonly wake: () => void }>();
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = { due: now + milliseconds, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      }),
    async pass(milliseconds) {
      for (const end = now + milliseconds; now < end;) {
        now = Math.min(end, now + STEP_MILLISECONDS, ...[...sleepers].map(({ due }) => Math.max(now, due)));
        for (const sleeper of sleepers) if (sleeper.due <= now && sleepers.delete(sleeper)) sleeper.wake();
        await new Promise((resolve) => setTimeout(resolve, 0)); // all microtasks
      }
    },
    get sleepers() {
      return sleepers.size;
    },
  };
}
