// Pods on nodes that have not begun with them. A scheduler binds whatever fits, and where nodes have no end of room (virtual
// ones, say) it binds faster than they start: without a cap the whole list would lie there, and its creates would take the
// cluster's time from the starts. So no more lie there than soon get their turn. Part of the scheduler's step.

import type { Load } from "./load.ts";
import type { Attempt, State } from "./state.ts";

/** Fewer never hold anything: the first images are pulled, and nobody knows yet how fast the nodes are. */
export const LEAST_STARTING = 500;
/** So many ways from node to start are one reading, their median: one that was very short, or very long, says nothing. */
const ROUND = 50;
/** What waits for its start gets its turn within so many ways: enough for bursts, and to find out that nodes start more. */
const WAYS = 4;
/** A turn is never shorter: where pods start in no time, what waits costs little. */
const LEAST_TURN_MILLISECONDS = 10_000;

/** How fast the nodes start pods. */
export interface Starts {
  /** Starts in about the last turn: a count that decays (exponentially), so it needs no list of times. */
  count: number;
  /** Monotonic ms of its last change. */
  at: number;
  /** The shortest median of a round, in ms: the way where nothing waits. Infinity before the first round. */
  shortest: number;
  readonly round: number[];
}

export function makeStarts(): Starts {
  return { count: 0, at: 0, shortest: Infinity, round: [] };
}

/**
 * A pod that was not seen to run before has started.
 *
 * @param since when it came to its node (monotonic ms); -Infinity if nobody knows
 */
export function countStart(starts: Starts, since: number, now: number): void {
  starts.count = recent(starts, now) + 1;
  starts.at = now;
  if (since === -Infinity || starts.round.push(now - since) < ROUND) return;
  const median = starts.round.toSorted((a, b) => a - b)[ROUND >> 1] ?? Infinity;
  starts.shortest = Math.min(starts.shortest, median);
  starts.round.length = 0;
}

/**
 * Why nothing new may be created; empty if it may. As many pods may wait for their start as have started in a turn: by
 * Little's law nodes that start all within a turn never reach that. A number given for `--max-running` is taken as it is.
 *
 * Counted are pods of which nothing is known but that they wait: one whose reason is known, or that has waited for minutes,
 * is stuck, and no sign of how fast the others start (see alike.ts).
 */
export function crowdedNodes(state: State, load: Load, now: number): string {
  if (state.config.schedule.maxRunning !== Infinity || load.running < LEAST_STARTING) return "";
  let starting = 0;
  for (const attempt of state.attempts.values()) if (isStarting(attempt, now)) starting++;
  if (starting < Math.max(LEAST_STARTING, recent(state.starts, now))) return "";
  return `nodes have ${starting} pods to start`;
}

function isStarting({ phase, stuck, stuckSince }: Attempt, now: number): boolean {
  return phase === "bound" && stuck !== null && stuck.patienceSeconds > 0 &&
    now - stuckSince < 1000 * stuck.patienceSeconds;
}

function recent({ count, at, shortest }: Starts, now: number): number {
  return count * Math.exp((at - now) / Math.max(LEAST_TURN_MILLISECONDS, WAYS * shortest));
}
