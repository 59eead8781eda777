// One signal for "this or that", of work that ends. AbortSignal.any takes four microseconds, or eight with a listener
// (Deno 2.9), several times for each log, and what it makes is only let go by the collector.

/** Aborts with others until it is released. */
export interface Linked {
  readonly signal: AbortSignal;
  /** Aborts it alone. */
  abort(reason: unknown): void;
  /** The work has ended: nothing is listened to any more. */
  release(): void;
}

/** A signal that aborts with any of these, for the same reason. */
export function linkSignals(...others: readonly (AbortSignal | undefined)[]): Linked {
  const own = new AbortController();
  const links: (() => void)[] = [];
  const release = () => {
    for (const unlink of links.splice(0)) unlink();
  };
  const abort = (reason: unknown) => {
    release();
    own.abort(reason);
  };
  for (const other of others) {
    if (other === undefined) continue;
    if (other.aborted) {
      abort(other.reason);
      break;
    }
    const follow = () => abort(other.reason);
    other.addEventListener("abort", follow);
    links.push(() => other.removeEventListener("abort", follow));
  }
  return { signal: own.signal, abort, release };
}
