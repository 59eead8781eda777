// What happens to one attempt from the moment its pod is seen to the moment it is gone. Part of the scheduler's step;
// decides verdicts, retries and halts.

import type { PodView } from "../cluster/pod.ts";
import type { RemoveOutcome } from "../cluster/pods.ts";
import type { Collected } from "../harvest/harvest.ts";
import { countAlike, hasRun, hasStarted } from "./alike.ts";
import { classify, type End, hasEnded, isOnlySidecars, stuckReason, vanished } from "./classify.ts";
import type { Action } from "./event.ts";
import { type Attempt, ITEM, setItem, type State } from "./state.ts";

/** Time that injected sidecars get after all deciders have ended. */
const SIDECAR_GRACE_MILLISECONDS = 30_000;
/** Pause before a collect that the disk refused is tried again. */
const DISK_PAUSE_MILLISECONDS = 5_000;
/** A pod that was deleted may take so much longer than its grace before a word is said. */
const OVERDUE_MILLISECONDS = 60_000;
/** The quota's books are brought up to date a moment after a pod's end. */
const QUOTA_PAUSE_MILLISECONDS = 250;

/** A view of the attempt's own pod (the UID has been checked). */
export function seen(state: State, attempt: Attempt, pod: PodView, now: number, actions: Action[]): void {
  if (attempt.phase === "collecting" || attempt.phase === "leaving") return;
  attempt.pod = pod;
  attempt.isGated = pod.isGated && pod.nodeName === "";
  attempt.wasBound ||= pod.nodeName !== "";
  attempt.phase = pod.nodeName === "" ? "unbound" : "bound";
  if (hasEnded(pod)) return finish(state, attempt, pod, now, actions);
  if (pod.deletionTimestamp !== null && attempt.overdueAt === Infinity) {
    attempt.overdueAt = now + pod.deletionGraceSeconds * 1000 + OVERDUE_MILLISECONDS;
  }
  if (isOnlySidecars(pod)) attempt.sidecarsSince ||= now;
  const stuck = stuckReason(pod);
  const isSame = stuck !== null && stuck.reason === attempt.stuck?.reason;
  if (!isSame) attempt.stuckSince = now;
  // between two pulls the kubelet says only that it waits: what the registry said before still holds
  if (!isSame || attempt.stuck?.class !== "config") attempt.stuck = stuck;
  if (pod.nodeName === "") return;
  if (pod.phase === "Running") hasRun(state, now);
  actions.push({ kind: "observe", pod });
}

/** What only time brings about: sidecars that outstay, containers that never start, pods that do not go. */
export function aged(state: State, attempt: Attempt, now: number, actions: Action[]): void {
  const { pod } = attempt;
  if (attempt.overdueAt <= now) {
    attempt.overdueAt = Infinity;
    const node = pod?.nodeName ? `node ${pod.nodeName} may be lost` : "nobody takes it away";
    actions.push({
      kind: "notice",
      level: "warning",
      text: `pod ${attempt.name} was deleted and does not go (${node}, or a finalizer keeps it); ` +
        `its item waits for that: kubectl delete pod ${attempt.name} --force lets it run again`,
    });
  }
  if (attempt.phase !== "bound" || pod === null) return;
  if (attempt.sidecarsSince > 0 && now - attempt.sidecarsSince >= SIDECAR_GRACE_MILLISECONDS) {
    return finish(state, attempt, pod, now, actions);
  }
  if (attempt.stuck === null) return;
  const limit = state.config.schedule.pendingTimeoutSeconds ?? attempt.stuck.limitSeconds;
  if (now - attempt.stuckSince < limit * 1000) return;
  const { reason, message } = attempt.stuck;
  end(state, attempt, {
    class: attempt.stuck.class,
    reason: `${reason}: ${message}`.replace(/\s+/g, " ").slice(0, 300),
    exitCode: null,
    signal: null,
  }, actions);
  if (attempt.willRetry) state.unstarted.add(attempt.position);
}

/** The pod has ended. */
export function finish(state: State, attempt: Attempt, pod: PodView, now: number, actions: Action[]): void {
  attempt.pod = pod;
  attempt.uid = pod.uid;
  attempt.wasBound ||= pod.nodeName !== "";
  if (hasStarted(pod)) hasRun(state, now);
  end(state, attempt, classify(pod), actions);
}

/** The pod's object is gone. */
export function vanish(
  state: State,
  attempt: Attempt,
  pod: PodView | null,
  now: number,
  actions: Action[],
): void {
  if (attempt.phase === "leaving") return left(state, attempt, now, actions);
  if (attempt.phase === "collecting") return;
  // its last view may well be its end: a pod deleted by somebody ends first and goes then
  if (pod !== null && hasEnded(pod)) return finish(state, attempt, pod, now, actions);
  end(state, attempt, vanished(pod), actions);
}

/** The API server refused the pod for good: a verdict, without a log. */
export function rejected(state: State, attempt: Attempt, reason: string, actions: Action[]): void {
  end(state, attempt, {
    class: "rejected",
    reason: reason.replace(/\s+/g, " "),
    exitCode: null,
    signal: null,
  }, actions);
}

/** Decides between verdict and another attempt, and sends for the logs. */
function end(state: State, attempt: Attempt, how: End, actions: Action[]): void {
  const { schedule } = state.config;
  const budget = state.prior.get(attempt.position)?.budget ?? { app: 0, infra: 0 };
  const isOwn = how.class === "app" || how.class === "oom" || how.class === "timeout";
  attempt.end = how;
  attempt.willRetry = !state.isKilling && (
    (isOwn && budget.app < schedule.retries) ||
    (how.class === "infra" && budget.infra < schedule.infraRetries)
  );
  if (isOwn || how.class === "infra") {
    const used = { app: budget.app + (isOwn ? 1 : 0), infra: budget.infra + (isOwn ? 0 : 1) };
    const old = state.prior.get(attempt.position);
    state.prior.set(attempt.position, {
      attempt: attempt.number,
      isOpen: false,
      ended: old?.ended ?? [],
      budget: used,
    });
  }
  attempt.phase = "collecting";
  if (attempt.uid === "" && how.class !== "rejected") attempt.uid = attempt.pod?.uid ?? "";
  if (how.class === "success") attempt.verdict = "succeeded";
  else attempt.verdict = attempt.willRetry || state.isKilling ? null : "failed";
  actions.push({ kind: "collect", attempt, pod: attempt.pod, verdict: attempt.verdict });
  checkHalt(state, actions);
}

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
    if (state.diskUntil < now) {
      actions.push({
        kind: "notice",
        level: "warning",
        text: `cannot write logs: ${result.reason}; nothing new starts until it works again`,
      });
    }
    state.diskUntil = now + DISK_PAUSE_MILLISECONDS;
    attempt.resendAt = state.diskUntil;
    return;
  }
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
  if (attempt.uid === "" || isKept) left(state, attempt, now, actions);
  else actions.push({ kind: "remove", position, name: attempt.name, uid: attempt.uid });
}

/** A pod whose logs are safe, or that must not be, and that no attempt of this call waits for. */
export function removeLeftover(state: State, { name, uid }: PodView, actions: Action[]): void {
  state.leftovers.add(uid);
  actions.push({ kind: "remove", position: -1, name, uid });
}

/** The API server has answered a DELETE. */
export function removed(
  state: State,
  position: number,
  uid: string,
  outcome: RemoveOutcome,
  now: number,
  actions: Action[],
): void {
  if (position < 0) state.leftovers.delete(uid);
  const attempt = state.attempts.get(position);
  if (!attempt || attempt.uid !== uid || attempt.phase !== "leaving") return;
  // an ended pod goes with the DELETE itself; one that still runs (sidecars) is waited for, so that its name is free
  const isGone = outcome !== "accepted" ||
    (!attempt.willRetry && attempt.pod !== null && hasEnded(attempt.pod));
  if (isGone) return left(state, attempt, now, actions);
  attempt.overdueAt = now + (attempt.pod?.deletionGraceSeconds || 30) * 1000 + OVERDUE_MILLISECONDS;
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
function left(state: State, attempt: Attempt, now: number, _actions: Action[]): void {
  state.attempts.delete(attempt.position);
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

/** `--halt`, in GNU parallel's sense: an end counts as soon as it is known, so that nothing starts while its log is fetched. */
function checkHalt(state: State, actions: Action[]): void {
  const { halt } = state.config.schedule;
  if (halt === null || state.halted !== "") return;
  let failed = state.counts[ITEM.failed] ?? 0;
  let succeeded = state.counts[ITEM.succeeded] ?? 0;
  for (const { phase, verdict } of state.attempts.values()) {
    if (phase !== "collecting") continue;
    if (verdict === "failed") failed++;
    if (verdict === "succeeded") succeeded++;
  }
  const seenCount = halt.on === "fail" ? failed : halt.on === "success" ? succeeded : failed + succeeded;
  const limit = halt.isPercent ? Math.ceil(state.config.length * halt.count / 100) : halt.count;
  if (seenCount < Math.max(1, limit)) return;
  state.halted = `--halt ${halt.when},${halt.on}=${halt.count}${
    halt.isPercent ? "%" : ""
  }: ${seenCount} of ${state.config.length}`;
  if (halt.when === "now") killAll(state, actions);
}

/** Saves what there is of every open attempt, aside, and deletes its pod. Harmless if called again. */
export function killAll(state: State, actions: Action[]): void {
  state.isKilling = true;
  state.halted ||= "interrupted";
  for (const attempt of [...state.attempts.values()]) {
    if (attempt.phase === "collecting" || attempt.phase === "leaving") continue;
    if (attempt.uid === "") {
      if (attempt.resendAt === Infinity) continue; // its answer is awaited, and met here again
      attempt.phase = "looking";
      attempt.resendAt = Infinity;
      actions.push({ kind: "look", attempt });
      continue;
    }
    end(state, attempt, { class: "infra", reason: state.halted, exitCode: null, signal: null }, actions);
  }
}
