// What starts next: the windows (pending, running, rate), what holds everything, and what only time brings about.
// Part of the scheduler's step.

import { stuckAlike } from "./alike.ts";
import type { Action } from "./event.ts";
import { heldUntil } from "./held.ts";
import { aged, killAll, SIDECAR_GRACE_MILLISECONDS } from "./life.ts";
import { giveUpAt } from "./lost_node.ts";
import { type Load, measure } from "./load.ts";
import { heldBy, type Limit } from "./meter.ts";
import { full } from "./pending_window.ts";
import { type Attempt, ITEM, newAttempt, setItem, type State } from "./state.ts";
import { crowdedNodes } from "./starting.ts";
import { schedulerWord, tellUnplaced, unplacedTick } from "./unplaced.ts";

/** Ended pods that may wait for their harvest before nothing new is started (the cluster's pod GC begins at 12,500). */
const FINISHED_LIMIT = 500;

/** Appends what is due now. */
export function fill(state: State, now: number, actions: Action[]): void {
  if (!state.isSynced) return;
  heldBy(state.meter, start(state, now, actions), now);
}

/** Starts what can be started; why it is no more. */
function start(state: State, now: number, actions: Action[]): Limit {
  if (state.isKilling) killAll(state, actions);
  for (const attempt of state.attempts.values()) {
    aged(state, attempt, now, actions);
    if (state.halted !== "" && isPutOff(attempt)) {
      withdraw(state, attempt);
      continue;
    }
    if (attempt.resendAt > now) continue;
    if (attempt.phase === "collecting") {
      attempt.resendAt = Infinity;
      actions.push({ kind: "collect", attempt, pod: attempt.pod, verdict: attempt.verdict });
    } else if (attempt.phase !== "creating" || state.isDraining) continue;
    else if (isQuotaFull(state, now)) attempt.resendAt = state.quotaUntil;
    else send(state, attempt, -Infinity, actions);
  }
  if (state.isDraining || state.isKilling || state.halted !== "") return "nothing";
  const load = measure(state);
  const { maxRunning, rate, delaySeconds } = state.config.schedule;
  const maxPending = state.window?.size ?? state.config.schedule.maxPending;
  const hasMore = () => (state.counts[ITEM.waiting] ?? 0) > 0 || (state.retries[0]?.due ?? Infinity) <= now;
  const [limit, barrier] = barrierReason(state, load, hasMore(), now);
  const word = load.pending > 0 ? schedulerWord(state) : "";
  const unplaced = tellUnplaced(state, load.running, word, now, actions);
  const stuck = stuckAlike(state, now);
  state.holdReason = barrier || stuck || state.createTrouble || word || unplaced;
  if (stuck !== "" && !state.noticed.has("stuck")) {
    state.noticed.add("stuck");
    actions.push({ kind: "notice", level: "warning", text: stuck });
  }
  if (barrier !== "") return limit;
  while (load.pending < maxPending && load.pending + load.gated + load.running < maxRunning) {
    if (state.nextCreateAt > now) return hasMore() ? "rate" : "nothing";
    const next = takeNext(state, now, stuck !== "");
    if (next === null) return stuck !== "" && hasMore() ? "stuck" : "nothing";
    const attempt = newAttempt(next.position, state.config.name(next.position), next.number);
    state.attempts.set(next.position, attempt);
    setItem(state, next.position, ITEM.open);
    send(state, attempt, now, actions);
    load.pending++;
    const gap = Math.max(delaySeconds * 1000, Number.isFinite(rate) ? 1000 / rate : 0);
    if (gap > 0) state.nextCreateAt = Math.max(state.nextCreateAt + gap, now + gap - 50);
  }
  if (!hasMore()) return "nothing";
  if (load.pending < maxPending) return "running";
  if (word !== "") return "room";
  if (state.window !== null) full(state.window);
  return "pending";
}

/** When `step` wants a tick at the latest (monotonic ms), Infinity if only events can change anything. */
export function nextTick(state: State, now: number): number {
  let at = Infinity;
  const consider = (time: number) => {
    if (time < at) at = time;
  };
  for (const attempt of state.attempts.values()) {
    if (!state.isDraining || attempt.phase !== "creating") consider(attempt.resendAt);
    consider(attempt.overdueAt);
    consider(giveUpAt(state, attempt));
    if (attempt.phase !== "bound") continue;
    if (attempt.sidecarsSince > 0) consider(attempt.sidecarsSince + SIDECAR_GRACE_MILLISECONDS);
    if (attempt.stuck !== null) {
      const { limitSeconds, patienceSeconds } = attempt.stuck;
      consider(attempt.stuckSince + 1000 * (state.config.schedule.pendingTimeoutSeconds ?? limitSeconds));
      const troubleAt = attempt.stuckSince + 1000 * patienceSeconds;
      if (troubleAt > now) consider(troubleAt);
    }
  }
  if (heldUntil(state) > now) consider(state.heldUntil);
  if (state.isDraining || state.halted !== "") return Math.max(at, now);
  const first = state.retries[0];
  // for one that is due already there is no room, or something holds it: both end with an event, or at a time below
  if (first && first.due > now) consider(first.due);
  if (state.nextCreateAt > now) consider(state.nextCreateAt);
  if (state.quotaUntil > now) consider(state.quotaUntil);
  const untold = unplacedTick(state);
  if (untold > now) consider(untold);
  return Math.max(at, now);
}

/** @param now -Infinity for what is sent again: how long that took says nothing */
function send(state: State, attempt: Attempt, now: number, actions: Action[]): void {
  attempt.resendAt = Infinity;
  attempt.sentAt = now;
  state.meter.creates++;
  actions.push({ kind: "create", attempt, isFirstSend: now !== -Infinity });
}

/** It waits for its create to be sent again, and it is known that no pod was made. */
function isPutOff({ phase, resendAt, isUnclear }: Attempt): boolean {
  return phase === "creating" && resendAt !== Infinity && !isUnclear;
}

/** It would start something new: its item waits for the next call, which the journal tells that it was begun. */
function withdraw(state: State, { position }: Attempt): void {
  state.attempts.delete(position);
  setItem(state, position, ITEM.waiting);
}

/** The next item to start: a retry that is due, what an earlier call left open, else the list in its order. */
function takeNext(
  state: State,
  now: number,
  isHeld: boolean,
): { position: number; number: number } | null {
  const retry = state.retries[0];
  if (retry && retry.due <= now) {
    state.retries.shift();
    return retry;
  }
  if (isHeld) return null;
  while (state.cursor < state.config.length) {
    const position = state.cursor++;
    if (state.items[position] !== ITEM.waiting) continue;
    const prior = state.prior.get(position);
    return { position, number: prior === undefined ? 1 : prior.attempt + (prior.isOpen ? 0 : 1) };
  }
  return null;
}

function isQuotaFull(state: State, now: number): boolean {
  return state.quotaUntil > now;
}

/** Why nothing new may be created just now; empty words if it may. */
function barrierReason(state: State, load: Load, hasMore: boolean, now: number): [Limit, string] {
  if (state.lostReason !== "") return [state.isLoginRefused ? "login" : "lost", state.lostReason];
  if (isQuotaFull(state, now)) return ["quota", `quota is full: ${state.quotaReason}`];
  if (state.diskReason !== "") return ["disk", `disk refuses logs: ${state.diskReason}`];
  if (state.journalReason !== "") return ["disk", `disk refuses the journal: ${state.journalReason}`];
  if (load.finished >= FINISHED_LIMIT) return ["backlog", `${load.finished} ended pods wait for their logs`];
  const crowd = hasMore ? crowdedNodes(state, load, now) : "";
  return crowd === "" ? ["nothing", ""] : ["starting", crowd];
}
