// A question that may go without an answer.

import type { Clock } from "../clock.ts";

const ANSWER_MILLISECONDS = 5_000;

/** The answer if it comes within a few seconds, else null; rejects only where `stop` aborts. */
export async function ask<T>(
  work: (signal: AbortSignal) => Promise<T>,
  clock: Clock,
  stop: AbortSignal,
): Promise<T | null> {
  const request = new AbortController();
  const late = clock.sleep(ANSWER_MILLISECONDS, AbortSignal.any([request.signal, stop]))
    .then(() => null, () => null);
  try {
    return await Promise.race([work(AbortSignal.any([request.signal, stop])), late]);
  } catch (error) {
    if (stop.aborted) throw error;
    return null;
  } finally {
    request.abort();
  }
}
