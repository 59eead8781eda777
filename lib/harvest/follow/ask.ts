// A question that may go without an answer.

import type { Clock } from "../../clock.ts";
import { linkSignals } from "../../linked.ts";

const ANSWER_MILLISECONDS = 5_000;

/** One for all: an error with its stack costs more than the sleep that it ends. */
const ANSWERED = new DOMException("no longer asked", "AbortError");

/** The answer if it comes within a few seconds, else null; rejects only where `stop` aborts. */
export async function ask<T>(
  work: (signal: AbortSignal) => Promise<T>,
  clock: Clock,
  stop: AbortSignal,
): Promise<T | null> {
  const request = linkSignals(stop);
  const late = clock.sleep(ANSWER_MILLISECONDS, request.signal).then(() => null, () => null);
  try {
    return await Promise.race([work(request.signal), late]);
  } catch (error) {
    if (stop.aborted) throw error;
    return null;
  } finally {
    request.abort(ANSWERED);
  }
}
