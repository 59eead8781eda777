// Deadlines that hardly ever come, of requests: to set a timer of the runtime for each and clear it again costs as much as all
// else about such a limit, so that all of them share one.

/** The deadlines of one room's calls; not of all, so that they end with whoever made them. */
export interface Deadlines {
  /** Calls back once `milliseconds` have gone by, unless what it returns is called before. */
  set(milliseconds: number, onLate: () => void): () => void;
}

interface Deadline {
  /** Monotonic milliseconds. */
  readonly at: number;
  readonly onLate: () => void;
}

/** A timer takes no more; one that rings early is set anew. */
const LONGEST_MILLISECONDS = 2 ** 31 - 1;

/** None yet, and no timer. */
export function makeDeadlines(): Deadlines {
  const deadlines = new Set<Deadline>();
  let timer: ReturnType<typeof setTimeout> | null = null;
  /** When it rings. */
  let ringsAt = Infinity;

  function silence(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    ringsAt = Infinity;
  }

  function ringAt(at: number): void {
    silence();
    ringsAt = at;
    timer = setTimeout(ring, Math.min(LONGEST_MILLISECONDS, Math.max(0, at - performance.now())));
  }

  /** Most that it was set for have been met by now: it is set anew for the earliest that has not. */
  function ring(): void {
    silence();
    const now = performance.now();
    const late = [...deadlines].filter(({ at }) => at <= now);
    for (const deadline of late) deadlines.delete(deadline);
    let next = Infinity;
    for (const { at } of deadlines) next = Math.min(next, at);
    if (next < Infinity) ringAt(next);
    for (const { onLate } of late) onLate();
  }

  return {
    set(milliseconds, onLate) {
      const deadline: Deadline = { at: performance.now() + milliseconds, onLate };
      deadlines.add(deadline);
      if (deadline.at < ringsAt) ringAt(deadline.at);
      return () => {
        deadlines.delete(deadline);
        if (deadlines.size === 0) silence();
      };
    },
  };
}
