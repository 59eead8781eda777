// How many short requests may be under way: grows by one after a clean round, halves when the server says that it is
// too much (additive increase, multiplicative decrease, as in TCP). A burst of such answers to requests that were under way
// together halves it once. What was too much once is remembered: more than that is tried only now and then, so that a server
// which is full all the time refuses one request in some hundreds, and not one in every few rounds.
// One gate per kind of request, and one for the logs that are brought home at a time.

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

/** So many clean answers are had before more is tried than was too much; half as many after each time that it was not. */
const PROBE_ANSWERS = 400;

/** @param cap highest limit; an ordinary user has about 49 seats under API priority and fairness */
export function makeGate(start: number, cap: number): Gate {
  let limit = start;
  let active = 0;
  let clean = 0;
  /** The highest limit that is known to do; Infinity where none was ever too high. */
  let enough = Infinity;
  let probeAnswers = PROBE_ANSWERS;
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
  /** After a clean answer. */
  function grow(): void {
    const isProbe = limit >= enough;
    if (++clean < (isProbe ? Math.max(limit, probeAnswers) : limit) || limit >= cap) return;
    // the step before has done
    if (limit > enough) {
      enough = limit;
      probeAnswers /= 2;
    }
    limit++;
    clean = 0;
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
        else grow();
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
      // a step too far is taken back; what has done before and does no more is halved
      if (limit > enough) limit = enough;
      else {
        enough = Math.max(1, limit - 1);
        limit = Math.max(1, Math.floor(limit / 2));
      }
      probeAnswers = PROBE_ANSWERS;
      clean = 0;
    },
    get limit() {
      return limit;
    },
  };
}
