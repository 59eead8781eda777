// A limit on silence: a hung answer must not hold its place among the collects for ever.

const IDLE_MILLISECONDS = 60_000;

/** Ends work that hears nothing for a minute; `touch` is to be called with whatever it hears. */
export async function limitIdle<T>(
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal, touch: () => void) => Promise<T>,
  onSilence: (reason: string) => T,
): Promise<T> {
  const silence = new AbortController();
  const reason = `no byte of the log came for ${IDLE_MILLISECONDS / 1000} s`;
  const start = () => setTimeout(() => silence.abort(new Error(reason)), IDLE_MILLISECONDS);
  let timer = start();
  try {
    return await work(outer ? AbortSignal.any([outer, silence.signal]) : silence.signal, () => {
      clearTimeout(timer);
      timer = start();
    });
  } catch (error) {
    if (silence.signal.aborted && outer?.aborted !== true) return onSilence(reason);
    throw error;
  } finally {
    clearTimeout(timer);
  }
}
