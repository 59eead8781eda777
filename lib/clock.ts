// Time as an argument, so that tests run without sleeping.

/** What a room may ask of time. */
export interface Clock {
  /** Milliseconds since the epoch, for what is written down. */
  now(): number;
  /** Milliseconds of a clock that never jumps, for intervals and deadlines. */
  monotonic(): number;
  /** Resolves after `milliseconds`; rejects with the signal's reason when it aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** A timer takes no more: given more it rings at once, and whoever waits for a month waits in a loop. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      let rest = milliseconds;
      const wake = () => {
        if (rest > 0) return set();
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const set = () => {
        const part = Math.min(LONGEST_MILLISECONDS, rest);
        rest -= part;
        timer = setTimeout(wake, part);
      };
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      let timer: ReturnType<typeof setTimeout>;
      set();
      signal?.addEventListener("abort", stop, { once: true });
    });
  },
};

/** Whether the time passed before the signal aborted. */
export async function slept(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(milliseconds, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
