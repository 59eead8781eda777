// Waits that something else may end: a limit of time, a signal.

/** Resolves after the time, or at once when the signal aborts. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal?.addEventListener("abort", wake, { once: true });
  });
}

/** Whether the promise settles in time. */
export async function settlesWithin(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  try {
    return await Promise.race([promise.then(() => true), wait(milliseconds, over.signal).then(() => false)]);
  } finally {
    over.abort();
  }
}

/** Resolves with the promise, or when the signal aborts. */
export async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const stop = () => aborted.resolve();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener("abort", stop);
}
