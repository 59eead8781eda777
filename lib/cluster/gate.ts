// How many short requests may be under way: grows by one after a clean round, halves when the server says that it is
// too much (additive increase, multiplicative decrease, as in TCP). A burst of such answers to requests that were under way
// together halves it once. One gate per kind of request, and one for the logs that are brought home at a time.

/** A limit that learns. */
export interface Gate {
  /** Runs `work` once there is room. */
  run<T>(work: () => Promise<T>): Promise<T>;
  /** Of work that `run` has begun: gives its place to others while it waits for something, then gets in line again. */
  aside(wait: () => Promise<void>): Promise<void>;
  /** The server answered 429 or 503. */
  slowDown(): void;
  readonly limit: number;
}

/** @param cap highest limit; an ordinary user has about 49 seats under API priority and fairness */
export function makeGate(start: number, cap: number): Gate {
  let limit = start;
  let active = 0;
  let clean = 0;
  /** Ends to come of requests that were under way when the limit was halved: their answers say nothing new. */
  let stale = 0;
  const waiting: (() => void)[] = [];
  let head = 0;
  function next(): void {
    while (active < limit && head < waiting.length) {
      active++;
      waiting[head++]?.();
    }
    if (head > 1024 && head * 2 > waiting.length) waiting.splice(0, head), head = 0;
  }
  async function enter(): Promise<void> {
    const turn = Promise.withResolvers<void>();
    waiting.push(turn.resolve);
    next();
    await turn.promise;
  }
  return {
    async run(work) {
      await enter();
      try {
        return await work();
      } finally {
        active--;
        if (stale > 0) stale--;
        else if (++clean >= limit && limit < cap) {
          limit++;
          clean = 0;
        }
        next();
      }
    },
    async aside(wait) {
      active--;
      next();
      try {
        await wait();
      } finally {
        await enter();
      }
    },
    slowDown() {
      if (stale > 0) return;
      stale = active;
      limit = Math.max(1, Math.floor(limit / 2));
      clean = 0;
    },
    get limit() {
      return limit;
    },
  };
}
