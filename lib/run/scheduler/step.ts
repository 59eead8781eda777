// The scheduler's one door: `step(state, events, now)` changes the state and answers with actions. No clock, no I/O.
// Here events find their attempt; what then happens to it is decided in life.ts and
// leave.ts, what starts next in fill.ts.

import type { WatchEvent } from "../../cluster/pods.ts";
import { created, hasten, looked } from "./answers.ts";
import type { Action, StepEvent } from "./event.ts";
import { fill } from "./fill.ts";
import { heldUntil, release } from "./held.ts";
import { collected, removed } from "./leave.ts";
import { killAll, vanish } from "./life.ts";
import { meetTwins, observed } from "./observed.ts";
import { backNotice, outageNotice, outageText } from "./outage_text.ts";
import { ITEM, type State } from "./state.ts";

/**
 * Events in, actions out, in the order in which they are to be begun. Events that came together are given together:
 * the windows are measured once for all of them.
 *
 * @param now monotonic milliseconds
 */
export function step(state: State, events: readonly StepEvent[], now: number): Action[] {
  const actions: Action[] = [];
  for (const event of events) take(state, event, now, actions);
  meetTwins(state, now, actions);
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
      looked(state, event.position, event.number, event.pod, now, actions);
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

/**
 * Whether nothing is left to be done in this call.
 *
 * @param now monotonic milliseconds
 */
export function isDone(state: State, now: number): boolean {
  if (!state.isSynced) return state.isDraining;
  if (state.leftovers.size > 0) return false;
  const { isNoWait } = state.config.schedule;
  if (!state.isDraining) {
    const isWaiting = state.halted === "" &&
      ((state.counts[ITEM.waiting] ?? 0) > 0 || state.retries.length > 0);
    if (isWaiting) return false;
    if (!isNoWait) return state.attempts.size === 0 && heldUntil(state) <= now;
  }
  for (const { phase, resendAt } of state.attempts.values()) {
    if (phase === "bound") continue;
    if (!state.isDraining || (phase !== "unbound" && resendAt === Infinity)) return false;
  }
  return true;
}

function watched(state: State, event: WatchEvent, now: number, actions: Action[]): void {
  release(state, event);
  switch (event.kind) {
    case "listing":
      state.listing.clear();
      for (const { uid } of state.attempts.values()) if (uid !== "") state.listing.add(uid);
      break;
    case "listed": {
      state.twins.clear();
      const names = new Map(event.pods.map((pod) => [pod.name, pod.uid]));
      if (!state.isLoginRefused) state.lostReason = "";
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
      const position = state.config.find(event.pod.name);
      if (state.twins.get(position)?.uid === event.pod.uid) state.twins.delete(position);
      const attempt = state.attempts.get(position);
      if (attempt?.uid === event.pod.uid) vanish(state, attempt, event.pod, now, actions);
      break;
    }
    case "lost":
      state.lostReason = outageText(event);
      state.isLoginRefused = event.cause === "login";
      actions.push({ kind: "notice", level: "warning", text: outageNotice(event) });
      break;
    case "back":
      state.lostReason = "";
      state.isLoginRefused = false;
      // what an outage has put off need not wait for the end of its pause
      for (const attempt of state.attempts.values()) {
        if (attempt.phase === "creating" && !attempt.isOverQuota && attempt.resendAt !== Infinity) {
          attempt.resendAt = now;
        }
      }
      actions.push({ kind: "notice", level: "info", text: backNotice(event) });
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
