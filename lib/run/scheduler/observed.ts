// Pods that the watch shows, and the attempts that they belong to: known ones, ones that an earlier call left, and twins. Part
// of the scheduler's step.

import type { PodView } from "../../cluster/pod.ts";
import { block, isHome, isWanted, letIn } from "./answers.ts";
import { isOnlySidecars } from "./classify.ts";
import type { Action } from "./event.ts";
import { hold } from "./held.ts";
import { removeLeftover } from "./leave.ts";
import { seen } from "./life.ts";
import { once } from "./once.ts";
import { ITEM, newAttempt, setItem, type State } from "./state.ts";

/** A pod with our label was seen. */
export function observed(state: State, pod: PodView, now: number, actions: Action[]): void {
  const position = state.config.find(pod.name);
  if (position < 0) {
    once(
      state,
      actions,
      `stray:${pod.name}`,
      `pod ${pod.name} belongs to this run but to no item of the list; it is left alone`,
    );
    return;
  }
  const attempt = state.attempts.get(position);
  if (attempt) {
    if (attempt.uid === pod.uid) seen(state, attempt, pod, now, actions);
    else if (attempt.uid === "" && isWanted(state, attempt, pod)) {
      letIn(state, pod, now);
      attempt.uid = pod.uid;
      attempt.resendAt = Infinity;
      seen(state, attempt, pod, now, actions);
    } else if (attempt.uid !== "") state.twins.set(position, pod);
    return;
  }
  adopt(state, position, pod, now, actions);
}

/**
 * Pods that came to be beside an attempt's own (a create that something in between sent twice, the first pod gone before the
 * second request) are met once that attempt has ended: nothing else would tell of them again.
 */
export function meetTwins(state: State, now: number, actions: Action[]): void {
  for (const [position, pod] of state.twins) {
    if (state.attempts.has(position)) continue;
    state.twins.delete(position);
    adopt(state, position, pod, now, actions);
  }
}

/** A pod of ours for which this call has no attempt: left by an earlier call. */
function adopt(state: State, position: number, pod: PodView, now: number, actions: Action[]): void {
  const code = state.items[position];
  // what lands after a GET had found nothing is stopped as the others were
  const isDropped = state.dropped.has(position) && isWanted(state, { position }, pod);
  if (code === ITEM.blocked && !isDropped) return;
  state.dropped.delete(position);
  const isOpen = code === ITEM.waiting || code === ITEM.retrying || isDropped;
  const isLeftover = !isOpen || isHome(state, position, pod);
  if (isLeftover) {
    // its logs are safe: what an earlier call did not get to delete, or kept on request
    const { keep } = state.config.schedule;
    const isKept = keep === "all" || (keep === "failed" && pod.phase === "Failed");
    // a late view of a pod whose DELETE has been answered: another one would change nothing
    const isLeaving = pod.deletionTimestamp !== null;
    if (isLeaving) hold(state, pod, now);
    if ((isOpen || !isKept) && !isLeaving && !state.noticed.has(`removed:${pod.uid}`)) {
      state.noticed.add(`removed:${pod.uid}`);
      const isTwin = !isOpen && pod.phase === "Running" && !isOnlySidecars(pod);
      if (isTwin) {
        const text =
          `pod ${pod.name} runs although its item has its verdict: a create that came late made it a ` +
          `second time; it is deleted, what it has written elsewhere may be cut off`;
        actions.push({ kind: "notice", level: "warning", text });
      }
      removeLeftover(state, pod, actions);
    }
    return;
  }
  const due = state.retries.findIndex((retry) => retry.position === position);
  if (due >= 0) state.retries.splice(due, 1);
  if (pod.hash !== state.config.hash(position)) {
    return block(state, position, pod, actions);
  }
  const attempt = newAttempt(position, pod.name, Math.max(1, pod.attempt));
  attempt.uid = pod.uid;
  attempt.resendAt = Infinity;
  // an earlier call's pod that has a node came there nobody knows when
  attempt.wasBound = pod.nodeName !== "";
  state.attempts.set(position, attempt);
  setItem(state, position, ITEM.open);
  seen(state, attempt, pod, now, actions);
}
