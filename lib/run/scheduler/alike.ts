// Trouble that is the whole list's: when the first items all fail alike, or cannot start alike, the others would, too.
// Then nothing more is created. Part of the scheduler's step.

import type { PodView } from "../../cluster/pod.ts";
import type { End } from "./classify.ts";
import type { Action } from "./event.ts";
import { type Attempt, ITEM, type State } from "./state.ts";

/** So many items that fail alike before anything else happened stop the run. */
const ALIKE_LIMIT = 3;
/** So many bound pods stuck on one reason, while nothing else has started since, hold the rest back. */
const STUCK_LIMIT = 3;
/** The same, once something of the run has started: a few bad items among good ones are to hold nobody. */
const STUCK_LATER_LIMIT = 20;

/** A container of the run has started: what could not start before is not the whole list's trouble. */
export function hasRun(state: State, now: number): void {
  state.ranAt = now;
  state.unstarted.clear();
  state.alike.clear();
}

/** Whether any container of the pod ever ran. */
export function hasStarted(pod: PodView | null): boolean {
  return pod?.containers.some((container) => container.startedAt !== null) ?? false;
}

/** When the very first items all fail alike for want of a legal pod, the others would, too. */
export function countAlike(state: State, attempt: Attempt, how: End, actions: Action[]): void {
  const isItsOwn = how.class === "success" || how.class === "app" || how.class === "oom";
  if (isItsOwn || hasStarted(attempt.pod)) return state.alike.clear();
  if (how.class === "rejected" && state.isLetIn) return;
  // a registry's words differ from try to try
  const key = how.class === "rejected"
    ? how.reason.replace(/"[^"]*"|\S*\d\S*/g, "…")
    : how.reason.split(":")[0] ?? "";
  const count = (state.alike.get(key) ?? 0) + 1;
  state.alike.set(key, count);
  const isFirst = (state.counts[ITEM.succeeded] ?? 0) === 0;
  if (count < ALIKE_LIMIT || !isFirst || state.halted !== "") return;
  if (how.class === "rejected" && isAwaited(state, attempt.sentAt)) return;
  state.halted = `the first ${count} pods all failed alike: ${how.reason}`;
  actions.push({ kind: "notice", level: "warning", text: `${state.halted}; nothing more is started` });
}

/** A pod that was sent no later has no answer yet: it may be let in. */
function isAwaited(state: State, sentAt: number): boolean {
  for (const attempt of state.attempts.values()) {
    if (attempt.phase === "creating" && attempt.resendAt === Infinity && attempt.sentAt <= sentAt) {
      return true;
    }
  }
  return false;
}

/**
 * Bound pods that cannot start escape both caps one after the other: a few alike, and nothing that has started since, hold
 * the rest. Those that were given up and will be tried again count, too: else each round would let a few more in.
 */
export function stuckAlike(state: State, now: number): string {
  const limit = state.ranAt === -Infinity ? STUCK_LIMIT : STUCK_LATER_LIMIT;
  const counts = new Map<string, number>();
  for (const { position, stuck, stuckSince, phase } of state.attempts.values()) {
    if (phase !== "bound" || stuck === null || stuckSince < state.ranAt) continue;
    if (now - stuckSince < 1000 * stuck.patienceSeconds) continue;
    if (!state.unstarted.has(position)) counts.set(stuck.reason, (counts.get(stuck.reason) ?? 0) + 1);
  }
  const again = state.unstarted.size;
  const [reason = "", most = 0] = [...counts].sort((first, second) => second[1] - first[1])[0] ?? [];
  if (most + again < limit) return "";
  return `${most + again} pods cannot start${reason && `, all for ${reason}`}: ` +
    `nothing new is created until one of them does`;
}
