// The scheduler's one door: `step(state, events, now)` changes the state and answers with actions. No clock, no I/O.
// Here events find their attempt; what then happens to it is decided in life.ts and
// leave.ts, what starts next in fill.ts.

import type { PodView } from "../cluster/pod.ts";
import type { WatchEvent } from "../cluster/pods.ts";
import { block, created, hasten, isWanted, looked } from "./answers.ts";
import type { Action, StepEvent } from "./event.ts";
import { fill } from "./fill.ts";
import { collected, removed, removeLeftover } from "./leave.ts";
import { killAll, seen, vanish } from "./life.ts";
import { isOnlySidecars } from "./classify.ts";
import { once } from "./once.ts";
import { ITEM, newAttempt, setItem, type State } from "./state.ts";

/**
 * Events in, actions out, in the order in which they are to be begun. Events that came together are given together:
 * the windows are measured once for all of them.
 *
 * @param now monotonic milliseconds
 */
export function step(state: State, events: readonly StepEvent[], now: number): Action[] {
  const actions: Action[] = [];
  for (const event of events) take(state, event, now, actions);
  fill(state, now, actions);
  return actions;
}

function take(state: State, event: StepEvent, now: number, actions: Action[]): void {
  switch (event.kind) {
    case "watch":
      watched(state, event.event, now, actions);
      break;
    case "created":
      created(state, event.position, event.number, event.outcome, now, actions);
      break;
    case "looked":
      looked(state, event.position, event.pod, now, actions);
      break;
    case "collected":
      collected(state, event.position, event.result, now, actions);
      break;
    case "removed":
      hasten(state, now);
      removed(state, event.position, event.uid, event.outcome, now);
      break;
    case "drain":
      state.isDraining = true;
      break;
    case "kill":
      killAll(state, actions);
      break;
    case "disk":
      state.journalReason = event.reason ?? "";
      actions.push(
        event.reason === null
          ? { kind: "notice", level: "info", text: "the journal can be written again" }
          : {
            kind: "notice",
            level: "warning",
            text: `cannot write the journal: ${event.reason}; nothing new starts until it works again`,
          },
      );
      break;
    case "tick":
      break;
  }
}

/** Whether nothing is left to be done in this call. */
export function isDone(state: State): boolean {
  if (!state.isSynced) return state.isDraining;
  if (state.leftovers.size > 0) return false;
  const { isNoWait } = state.config.schedule;
  if (!state.isDraining) {
    const isWaiting = state.halted === "" &&
      ((state.counts[ITEM.waiting] ?? 0) > 0 || state.retries.length > 0);
    if (isWaiting) return false;
    if (!isNoWait) return state.attempts.size === 0;
  }
  for (const { phase, resendAt } of state.attempts.values()) {
    if (phase === "bound") continue;
    if (!state.isDraining || (phase !== "unbound" && resendAt === Infinity)) return false;
  }
  return true;
}

function watched(state: State, event: WatchEvent, now: number, actions: Action[]): void {
  switch (event.kind) {
    case "listing":
      state.listing.clear();
      for (const { uid } of state.attempts.values()) if (uid !== "") state.listing.add(uid);
      break;
    case "listed": {
      const names = new Map(event.pods.map((pod) => [pod.name, pod.uid]));
      state.lostReason = "";
      for (const pod of event.pods) observed(state, pod, now, actions);
      for (const attempt of [...state.attempts.values()]) {
        // what was made after the list had been asked for need not be in it
        if (state.listing.has(attempt.uid) && names.get(attempt.name) !== attempt.uid) {
          vanish(state, attempt, attempt.pod, now, actions);
        }
      }
      if (!state.isSynced) reserve(state);
      state.isSynced = true;
      break;
    }
    case "changed":
      observed(state, event.pod, now, actions);
      break;
    case "gone": {
      const attempt = state.attempts.get(state.config.find(event.pod.name));
      if (attempt?.uid === event.pod.uid) vanish(state, attempt, event.pod, now, actions);
      break;
    }
    case "lost":
      state.lostReason = `API server does not answer: ${event.reason}`;
      actions.push({ kind: "notice", level: "warning", text: `${state.lostReason}; waiting for it` });
      break;
    case "back":
      state.lostReason = "";
      // what an outage has put off need not wait for the end of its pause
      for (const attempt of state.attempts.values()) {
        if (attempt.phase === "creating" && !attempt.isOverQuota && attempt.resendAt !== Infinity) {
          attempt.resendAt = now;
        }
      }
      actions.push({ kind: "notice", level: "info", text: "API server answers again" });
      break;
  }
}

/** Creates of an earlier call that may still land come first: so they hold their places under the caps. */
function reserve(state: State): void {
  const open = [...state.prior].filter(([position, prior]) =>
    prior.isOpen && state.items[position] === ITEM.waiting
  );
  state.retries.unshift(
    ...open.map(([position, { attempt }]) => ({ position, number: attempt, due: -Infinity })),
  );
}

/** A pod with our label was seen. */
function observed(state: State, pod: PodView, now: number, actions: Action[]): void {
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
      attempt.uid = pod.uid;
      attempt.resendAt = Infinity;
      seen(state, attempt, pod, now, actions);
    }
    return;
  }
  adopt(state, position, pod, now, actions);
}

/** A pod of ours for which this call has no attempt: left by an earlier call. */
function adopt(state: State, position: number, pod: PodView, now: number, actions: Action[]): void {
  const code = state.items[position];
  if (code === ITEM.blocked) return;
  const prior = state.prior.get(position);
  const isOpen = code === ITEM.waiting || code === ITEM.retrying;
  const isLeftover = !isOpen || prior?.ended.includes(pod.uid);
  if (isLeftover) {
    // its logs are safe: what an earlier call did not get to delete, or kept on request
    const { keep } = state.config.schedule;
    const isKept = keep === "all" || (keep === "failed" && pod.phase === "Failed");
    // a late view of a pod whose DELETE has been answered: another one would change nothing
    const isLeaving = pod.deletionTimestamp !== null;
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
  if (pod.hash !== state.config.hash(position)) {
    return block(state, position, pod, actions);
  }
  const attempt = newAttempt(position, pod.name, Math.max(1, pod.attempt));
  attempt.uid = pod.uid;
  attempt.resendAt = Infinity;
  const due = state.retries.findIndex((retry) => retry.position === position);
  if (due >= 0) state.retries.splice(due, 1);
  state.attempts.set(position, attempt);
  setItem(state, position, ITEM.open);
  seen(state, attempt, pod, now, actions);
}
