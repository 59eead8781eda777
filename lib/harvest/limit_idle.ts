// A limit on silence: a hung answer must not hold its place among the collects for ever.

const IDLE_MILLISECONDS = 60_000;

/** Ends work that hears nothing for a minute (`most`); `touch` is to be called with whatever it hears. */
export async function limitIdle<T>(
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal, touch: () => void) => Promise<T>,
  onSilence: (reason: string) => T,
  most = IDLE_MILLISECONDS,
): Promise<T> {
  const silence = new AbortController();
  const reason = `no byte of the log came for ${most / 1000} s`;
  let heardAt = performance.now();
  const look = () => {
    const rest = heardAt + most - performance.now();
    if (rest > 0) timer = setTimeout(look, rest);
    else silence.abort(new Error(reason));
  };
  // one for all of a log, not one for each chunk
  let timer = setTimeout(look, most);
  try {
    return await work(outer ? AbortSignal.any([outer, silence.signal]) : silence.signal, () => {
      heardAt = performance.now();
    });
  } catch (error) {
    if (silence.signal.aborted && outer?.aborted !== true) return onSilence(reason);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
