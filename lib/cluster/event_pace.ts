// How long the events of a watch are let come together. Where many come, each by itself costs a turn of the event loop and
// a step of the scheduler; where they come one by one, a pause makes nothing but a delay.

import type { Clock } from "../clock.ts";

/** How fast events come. */
export interface EventPace {
  /** One has come. */
  note(): void;
  /** Milliseconds that the pieces of the stream should lie apart just now. */
  pause(): number;
}

const PAUSE_MILLISECONDS = 10;
/** Fewer events than this in a pause are not worth it (a pod makes five or six: 25 to 30 pods a second). */
const WORTHWHILE_EVENTS = 1.5;
/** The weight of an event falls to 1/e in this time. */
const MEMORY_MILLISECONDS = 1_000;

/** None has come. */
export function makeEventPace(clock: Pick<Clock, "monotonic">): EventPace {
  let weight = 0;
  let weighedAt = clock.monotonic();
  const weigh = () => {
    const now = clock.monotonic();
    weight *= Math.exp((weighedAt - now) / MEMORY_MILLISECONDS);
    weighedAt = now;
  };
  return {
    note() {
      weigh();
      weight++;
    },
    pause() {
      weigh();
      const expected = weight / MEMORY_MILLISECONDS * PAUSE_MILLISECONDS;
      return expected < WORTHWHILE_EVENTS ? 0 : PAUSE_MILLISECONDS;
    },
  };
}
