// What the scheduler measures of a run while it goes on: what keeps it from starting more, and how long each stretch of a
// pod's way takes. Part of the scheduler's state; words are made of it in bottleneck.ts.

/**
 * Why nothing more is started at a moment.
 * - `pending`, `running`, `rate`: own caps
 * - `room`: no node has room for the pods that wait
 * - `quota`, `lost`, `login`, `disk`: waits for the quota, the API server, a login there, the disk
 * - `backlog`: too many ended pods wait for their logs
 * - `starting`: too many pods wait on their nodes to be started
 * - `stuck`: the pods that were started cannot start
 * - `nothing`: there is nothing to start
 */
export type Limit =
  | "room"
  | "pending"
  | "running"
  | "rate"
  | "quota"
  | "lost"
  | "login"
  | "disk"
  | "backlog"
  | "starting"
  | "stuck"
  | "nothing";

export interface Mean {
  sum: number;
  count: number;
}

/** All times in milliseconds. */
export interface Meter {
  limit: Limit;
  since: number;
  /** For how long each has held the run back. */
  readonly held: { [limit in Limit]: number };
  /** POSTs sent. */
  creates: number;
  /** From create to its answer, from create to a node, from there until it runs, from there to its end, from there until it is gone. */
  readonly answer: Mean;
  readonly bind: Mean;
  readonly start: Mean;
  readonly run: Mean;
  readonly harvest: Mean;
}

export function makeMeter(): Meter {
  const mean = () => ({ sum: 0, count: 0 });
  return {
    limit: "nothing",
    since: NaN,
    held: {
      room: 0,
      pending: 0,
      running: 0,
      rate: 0,
      quota: 0,
      lost: 0,
      login: 0,
      disk: 0,
      backlog: 0,
      starting: 0,
      stuck: 0,
      nothing: 0,
    },
    creates: 0,
    answer: mean(),
    bind: mean(),
    start: mean(),
    run: mean(),
    harvest: mean(),
  };
}

/** From now on it is this that holds the run back. */
export function heldBy(meter: Meter, limit: Limit, now: number): void {
  if (!Number.isNaN(meter.since)) meter.held[meter.limit] += now - meter.since;
  meter.limit = limit;
  meter.since = now;
}

/** One more measurement; nothing where the beginning is not known. */
export function add(mean: Mean, since: number, now: number): void {
  if (since === -Infinity) return;
  mean.sum += now - since;
  mean.count++;
}

/** NaN where nothing was measured. */
export function meanOf({ sum, count }: Mean): number {
  return sum / count;
}
