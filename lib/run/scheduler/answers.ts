// What the answer to a create means for its attempt: made, there already (ours or another's), unclear, put off, refused.
// Part of the scheduler's step.

import { RUN_LABEL } from "../../marks.ts";
import { hasEnded } from "./classify.ts";
import type { PodView } from "../../cluster/pod.ts";
import type { CreateOutcome } from "../../cluster/pods.ts";
import type { Action } from "./event.ts";
import { removeLeftover } from "./leave.ts";
import { finish, rejected, seen } from "./life.ts";
import { add } from "./meter.ts";
import { once } from "./once.ts";
import { strained } from "./pending_window.ts";
import { type Attempt, ITEM, setItem, type State } from "./state.ts";

/** Seconds between attempts to send an unclear create again: doubling from 1 to 30. */
const RESEND_CAP_MILLISECONDS = 30_000;

/** Longest pause once the server takes writes again: where some fail on, that is no storm. */
const HASTENED_MILLISECONDS = 5_000;

/** The answer to a POST. */
export function created(
  state: State,
  position: number,
  number: number,
  outcome: CreateOutcome,
  now: number,
  actions: Action[],
): void {
  // also where the watch has shown the pod before
  if (outcome.kind === "made") letIn(state, outcome.pod, now);
  const attempt = state.attempts.get(position);
  if (attempt?.number !== number || attempt.uid !== "") return;
  switch (outcome.kind) {
    case "made":
      if (outcome.pod.run !== state.config.run) return stripped(state, attempt, outcome.pod, actions);
      add(state.meter.answer, attempt.sentAt, now);
      attempt.uid = outcome.pod.uid;
      attempt.resendAt = Infinity;
      seen(state, attempt, outcome.pod, now, actions);
      break;
    case "exists":
      attempt.phase = "looking";
      attempt.resendAt = Infinity;
      actions.push({ kind: "look", attempt });
      break;
    case "unclear":
      attempt.isUnclear = true;
      if (state.window !== null) strained(state.window, now);
      sendAgain(attempt, now);
      struggle(state, attempt, `creates are not answered: ${outcome.reason}`, actions);
      break;
    case "later":
      if (state.isKilling) return dropped(state, attempt, actions);
      attempt.isOverQuota = outcome.isQuota;
      sendAgain(attempt, now, outcome.retryAfterMilliseconds);
      if (outcome.isQuota) {
        state.quotaUntil = attempt.resendAt;
        state.quotaReason = outcome.reason;
        once(state, actions, "quota", `quota is full, waiting for room: ${outcome.reason}`, "info");
      } else {
        if (state.window !== null) strained(state.window, now);
        struggle(state, attempt, `creates are put off: ${outcome.reason}`, actions);
      }
      break;
    case "refused":
      rejected(state, attempt, `${outcome.reason}: ${outcome.message}`, actions);
      break;
  }
}

/** The server has made a pod of this call. */
export function letIn(state: State, pod: PodView, now: number): void {
  hasten(state, now);
  state.createTrouble = "";
  state.isLetIn ||= pod.run === state.config.run;
}

/** The answer to the GET after a 409: whose pod has the name. */
export function looked(
  state: State,
  position: number,
  number: number,
  pod: PodView | null,
  now: number,
  actions: Action[],
): void {
  const attempt = state.attempts.get(position);
  if (attempt?.number !== number || attempt.uid !== "") return;
  if (pod === null && state.isKilling) dropped(state, attempt, actions);
  else if (pod === null) {
    // it has gone just now, as a rule
    sendAgain(attempt, now);
    struggle(
      state,
      attempt,
      "creates are put off: the server says that a pod of this name is there, and has none",
      actions,
    );
  } else if (pod.run !== state.config.run) {
    const owner = pod.run === "" ? "is not of qupods" : `belongs to run ${pod.run}`;
    state.attempts.delete(position);
    setItem(state, position, ITEM.blocked);
    const reason = `a pod of this name exists and ${owner}; it was not touched`;
    actions.push({ kind: "open", position, name: attempt.name, reason });
  } else if (isWanted(state, attempt, pod)) {
    attempt.uid = pod.uid;
    attempt.resendAt = Infinity;
    if (hasEnded(pod)) finish(state, attempt, pod, now, actions);
    else seen(state, attempt, pod, now, actions);
  } else if (isHome(state, position, pod)) {
    // it is on its way out
    attempt.phase = "creating";
    attempt.resendAt = now + 1000;
    removeLeftover(state, pod, actions);
  } else {
    state.attempts.delete(position);
    block(state, position, pod, actions);
  }
}

/**
 * Whether this pod is one that a create of ours made and that is not over: it may be an earlier attempt's, where something
 * in between has sent a request twice. What it did is as good.
 */
export function isWanted(state: State, attempt: Pick<Attempt, "position">, pod: PodView): boolean {
  return pod.run === state.config.run && !isHome(state, attempt.position, pod) &&
    pod.hash === state.config.hash(attempt.position);
}

/** A pod of ours, from whatever template, of an attempt whose logs are safe. */
export function isHome(state: State, position: number, { uid, attempt }: PodView): boolean {
  const prior = state.prior.get(position);
  return prior !== undefined && (prior.ended.includes(uid) || attempt <= (prior.homeUpTo ?? -1));
}

/** A pod of ours that this template and item would not make. */
export function block(state: State, position: number, pod: PodView, actions: Action[]): void {
  setItem(state, position, ITEM.blocked);
  const reason =
    `its running pod was made from another template or item; delete it with qupods cancel, or wait for its end`;
  actions.push({ kind: "open", position, name: pod.name, reason });
}

/** Without its label no watch would show it: it is taken back at once, and the next would fare alike. */
function stripped(state: State, attempt: Attempt, pod: PodView, actions: Action[]): void {
  const { position, name } = attempt;
  state.attempts.delete(position);
  setItem(state, position, ITEM.blocked);
  removeLeftover(state, pod, actions);
  const reason = `the cluster made its pod without the label ${RUN_LABEL} (an admission policy?)`;
  actions.push({ kind: "open", position, name, reason: `${reason}; it was deleted` });
  state.halted ||= `${reason}, by which it would be found again`;
}

/** @param milliseconds as the server has asked; else a pause that doubles */
function sendAgain(attempt: Attempt, now: number, milliseconds: number | null = null): void {
  const backoff = Math.min(RESEND_CAP_MILLISECONDS, 1000 * 2 ** Math.min(attempt.resends, 5));
  attempt.phase = "creating";
  attempt.resends++;
  attempt.resendAt = now + (milliseconds ?? backoff);
}

/** A create that fails for no fault of the item's: said once it has failed twice, and whenever the words change. */
function struggle(state: State, attempt: Attempt, text: string, actions: Action[]): void {
  // of a login that is refused was told, whichever request it was
  if (attempt.resends < 2 || state.isLoginRefused) return;
  state.createTrouble = text.replaceAll(attempt.name, "…");
  once(state, actions, `create:${state.createTrouble.slice(0, 60)}`, `${state.createTrouble}; trying on`);
}

/** The server has taken a write: creates that wait for an answer need not wait out their long pauses. */
export function hasten(state: State, now: number): void {
  if (state.createTrouble === "") return;
  for (const attempt of state.attempts.values()) {
    if (attempt.phase !== "creating" || attempt.isOverQuota || attempt.resendAt === Infinity) continue;
    attempt.resendAt = Math.min(attempt.resendAt, now + HASTENED_MILLISECONDS);
  }
}

/** `--halt now` came before the pod was made. */
function dropped(state: State, attempt: Attempt, actions: Action[]): void {
  const { position, name } = attempt;
  state.attempts.delete(position);
  state.dropped.add(position);
  setItem(state, position, ITEM.blocked);
  actions.push({ kind: "open", position, name, reason: "stopped before its pod was made" });
}
