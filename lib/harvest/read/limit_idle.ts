// A limit on silence: a hung answer must not hold its place among the collects for ever.

import { linkSignals } from "../../linked.ts";

const IDLE_MILLISECONDS = 60_000;

/** Ends work that hears nothing for a minute (`most`); `touch` is to be called with whatever it hears. */
export async function limitIdle<T>(
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal, touch: () => void) => Promise<T>,
  onSilence: (reason: string) => T,
  most = IDLE_MILLISECONDS,
): Promise<T> {
  const limit = linkSignals(outer);
  let isSilent = false;
  const reason = `no byte of the log came for ${most / 1000} s`;
  let heardAt = performance.now();
  const look = () => {
    const rest = heardAt + most - performance.now();
    if (rest > 0) timer = setTimeout(look, rest);
    else {
      isSilent = true;
      limit.abort(new Error(reason));
    }
  };
  // one for all of a log, not one for each chunk
  let timer = setTimeout(look, most);
  try {
    return await work(limit.signal, () => {
      heardAt = performance.now();
    });
  } catch (error) {
    if (isSilent && outer?.aborted !== true) return onSilence(reason);
    throw error;
  } finally {
    clearTimeout(timer);
    limit.release();
  }
}
