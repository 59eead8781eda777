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

/** A timer of the runtime takes no more, and rings at once where it is given more: of 25 days, say. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep(milliseconds, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      let rest = milliseconds;
      const set = () => setTimeout(wake, Math.min(rest, LONGEST_MILLISECONDS));
      const wake = () => {
        rest -= LONGEST_MILLISECONDS;
        if (rest > 0) return timer = set();
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const stop = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      let timer = set();
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
