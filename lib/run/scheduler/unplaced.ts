// Pods that no node takes: when that is worth a word, and whose. Shown, never a failure: a full cluster is ordinary, and an
// autoscaler takes its time. Part of the scheduler's step.

import type { Action } from "./event.ts";
import { once } from "./once.ts";
import type { State } from "./state.ts";

const KEY = "unplaced";
/** So long no node takes any of our pods before it is told. */
const UNPLACED_MILLISECONDS = 5_000;
/** Of a scheduler that says nothing at all of pods: a busy one has a word for each within seconds. */
const SILENT_MILLISECONDS = 60_000;
const SILENCE = "and no scheduler says why: is there one for their spec.schedulerName, and does it run?";

/** The scheduler's own word on a pod that it cannot place; empty if it has none. */
export function schedulerWord(state: State): string {
  for (const { phase, pod, isGated } of state.attempts.values()) {
    if (phase === "unbound" && !isGated && pod?.schedulingMessage) {
      return `unschedulable: ${pod.schedulingMessage}`;
    }
  }
  return "";
}

/**
 * Tells, once, in a whole sentence, which the live line cuts, why none of our pods has a node.
 *
 * @param word the scheduler's
 * @returns why; empty while it is not worth saying
 */
export function tellUnplaced(
  state: State,
  running: number,
  word: string,
  now: number,
  actions: Action[],
): string {
  if (running > 0 || state.lostReason !== "" || !isAnyUnbound(state)) state.unplacedSince = Infinity;
  else if (state.unplacedSince === Infinity) state.unplacedSince = now;
  if (now < unplacedAt(state, word)) return "";
  const why = word || SILENCE;
  once(state, actions, KEY, `no node takes the pods yet, ${why}`);
  return why;
}

/** When there will be something to tell that is not told yet (monotonic ms); Infinity if never. */
export function unplacedTick(state: State): number {
  const isWaiting = state.unplacedSince !== Infinity && !state.noticed.has(KEY);
  return isWaiting ? unplacedAt(state, schedulerWord(state)) : Infinity;
}

/** When it is worth saying: a scheduler that has said nothing may have much to do. */
function unplacedAt({ unplacedSince }: State, word: string): number {
  return unplacedSince + (word === "" ? SILENT_MILLISECONDS : UNPLACED_MILLISECONDS);
}

function isAnyUnbound(state: State): boolean {
  for (const { phase, isGated } of state.attempts.values()) {
    if (phase === "unbound" && !isGated) return true;
  }
  return false;
}
