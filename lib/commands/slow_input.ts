// A word about an input that does not come to its end. GNU parallel starts at the first line, and `tail -f LIST | qupods -i -`
// would wait for ever: a list is judged whole before anything is created.

import { type Clock, slept, systemClock } from "../clock.ts";

const SLOW_MILLISECONDS = 5_000;

/** Gives what `reading` comes to; `tell` is called once if that takes long. */
export async function tellIfSlow<T>(
  reading: Promise<T>,
  tell: () => void,
  clock: Clock = systemClock,
): Promise<T> {
  const end = new AbortController();
  const telling = slept(clock, SLOW_MILLISECONDS, end.signal).then((isSlow) => {
    if (isSlow) tell();
  });
  try {
    return await reading;
  } finally {
    end.abort();
    await telling;
  }
}
