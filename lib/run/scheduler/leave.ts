// What happens to an attempt after its end: its logs are brought home, its pod is deleted, its next attempt is put in line.
// Part of the scheduler's step.

import type { PodView } from "../../cluster/pod.ts";
import type { RemoveOutcome } from "../../cluster/pods.ts";
import type { Collected } from "../../harvest/harvest.ts";
import { countAlike } from "./alike.ts";
import { hasEnded } from "./classify.ts";
import type { Action } from "./event.ts";
import { hold } from "./held.ts";
import { expectGone } from "./lost_node.ts";
import { add } from "./meter.ts";
import { type Attempt, ITEM, setItem, type State } from "./state.ts";

/** Pause before a collect that the disk refused is tried again. */
const DISK_PAUSE_MILLISECONDS = 5_000;
/** The quota's books are brought up to date a moment after a pod's end. */
const QUOTA_PAUSE_MILLISECONDS = 250;

/** The harvest has answered. */
export function collected(
  state: State,
  position: number,
  result: Collected,
  now: number,
  actions: Action[],
): void {
  const attempt = state.attempts.get(position);
  if (!attempt || attempt.phase !== "collecting" || attempt.end === null) return;
  const how = attempt.end;
  if (result.kind === "disk") {
    if (state.diskReason === "") {
      actions.push({
        kind: "notice",
        level: "warning",
        text: `cannot write logs: ${result.reason}; nothing new starts until it works again`,
      });
    }
    state.diskReason = result.reason;
    attempt.resendAt = now + DISK_PAUSE_MILLISECONDS;
    return;
  }
  // also where it says nothing of the disk: whatever the disk refuses next says it again
  state.diskReason = "";
  if (result.kind === "unsafe") {
    setItem(state, position, ITEM.blocked);
    state.attempts.delete(position);
    actions.push({
      kind: "open",
      position,
      name: attempt.name,
      reason: `its log is not safe, the pod is kept: ${result.reason}`,
    });
    return;
  }
  const isFinal = attempt.verdict !== null;
  actions.push({ kind: "record", attempt, result, isFinal });
  const prior = state.prior.get(position);
  if (prior && attempt.uid !== "") {
    state.prior.set(position, { ...prior, ended: [...prior.ended, attempt.uid] });
  }
  if (isFinal) {
    state.unstarted.delete(position);
    setItem(state, position, how.class === "success" ? ITEM.succeeded : ITEM.failed);
    countAlike(state, attempt, how, actions);
  } else if (!attempt.willRetry) {
    setItem(state, position, ITEM.blocked);
    actions.push({
      kind: "open",
      position,
      name: attempt.name,
      reason: `stopped in the middle (${state.halted}); its partial log is in its .d folder`,
    });
  } else setItem(state, position, ITEM.retrying);
  wakeQuota(state, now);
  attempt.phase = "leaving";
  attempt.overdueAt = Infinity;
  const { keep } = state.config.schedule;
  const isKept = isFinal && (keep === "all" || (keep === "failed" && how.class !== "success"));
  if (attempt.uid === "" || isKept) left(state, attempt, now);
  else {
    const { name, uid, isVanished } = attempt;
    actions.push({ kind: "remove", position, name, uid, ...(isVanished ? { isUnseen: true } : {}) });
  }
}

/** A pod whose logs are safe, or that must not be, and that no attempt of this call waits for. */
export function removeLeftover(state: State, pod: PodView, actions: Action[]): void {
  const { name, uid } = pod;
  state.leftovers.set(uid, pod);
  actions.push({ kind: "remove", position: -1, name, uid });
}

/** The API server has answered a DELETE. */
export function removed(
  state: State,
  position: number,
  uid: string,
  outcome: RemoveOutcome,
  now: number,
): void {
  const leftover = position < 0 ? state.leftovers.get(uid) : undefined;
  if (leftover !== undefined) {
    state.leftovers.delete(uid);
    if (outcome === "accepted") hold(state, leftover, now);
  }
  const attempt = state.attempts.get(position);
  if (!attempt || attempt.uid !== uid || attempt.phase !== "leaving") return;
  // an ended pod goes with the DELETE itself; one that still runs (sidecars) is waited for, so that its name is free
  const { pod, willRetry } = attempt;
  const isOver = !willRetry && pod !== null && hasEnded(pod);
  if (outcome === "accepted" && isOver) hold(state, pod, now);
  if (outcome !== "accepted" || isOver) return left(state, attempt, now);
  expectGone(attempt, pod?.deletionGraceSeconds || 30, now);
}

/** A pod has ended, so there may be room under the quota: those who wait for it try again, soon and then ever more slowly. */
function wakeQuota(state: State, now: number): void {
  if (state.quotaUntil <= now) return;
  state.quotaUntil = 0;
  for (const attempt of state.attempts.values()) {
    if (!attempt.isOverQuota) continue;
    attempt.resends = 0;
    if (attempt.resendAt !== Infinity) attempt.resendAt = now + QUOTA_PAUSE_MILLISECONDS;
  }
}

/** Nothing of the attempt is left in the cluster. */
export function left(state: State, attempt: Attempt, now: number): void {
  state.attempts.delete(attempt.position);
  add(state.meter.harvest, attempt.endedAt, now);
  if (!attempt.willRetry) return;
  const { backoffSeconds, backoffCapSeconds } = state.config.schedule;
  const budget = state.prior.get(attempt.position)?.budget ?? { app: 1, infra: 0 };
  const pause = Math.min(
    backoffCapSeconds,
    backoffSeconds * 2 ** Math.min(20, budget.app + budget.infra - 1),
  );
  const due = now + pause * 1000;
  let place = state.retries.length;
  while (place > 0 && (state.retries[place - 1]?.due ?? 0) > due) place--;
  state.retries.splice(place, 0, { position: attempt.position, number: attempt.number + 1, due });
}
