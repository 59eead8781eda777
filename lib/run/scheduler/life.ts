// What happens to one attempt from the moment its pod is seen to its end; decides verdicts, retries and halts. Part of the
// scheduler's step; what follows the end is in leave.ts.

import type { PodView } from "../../cluster/pod.ts";
import { hasRun, hasStarted } from "./alike.ts";
import { classify, type End, hasEnded, isOnlySidecars, stuckReason, vanished } from "./classify.ts";
import type { Action } from "./event.ts";
import { left } from "./leave.ts";
import { agedDeletion, givenUp, seenLeaving, seenNode } from "./lost_node.ts";
import { add } from "./meter.ts";
import { once } from "./once.ts";
import { countStart } from "./starting.ts";
import { type Attempt, ITEM, type State } from "./state.ts";
import { timeWay } from "./way.ts";

/** Time that injected sidecars get after all deciders have ended. */
export const SIDECAR_GRACE_MILLISECONDS = 30_000;

/** A view of the attempt's own pod (the UID has been checked). */
export function seen(state: State, attempt: Attempt, pod: PodView, now: number, actions: Action[]): void {
  if (attempt.phase === "collecting") return;
  if (attempt.phase === "leaving") return seenLeaving(attempt, pod, now);
  attempt.pod = pod;
  attempt.isGated = pod.isGated && pod.nodeName === "";
  timeWay(state, attempt, pod, now);
  attempt.wasBound ||= pod.nodeName !== "";
  attempt.phase = pod.nodeName === "" ? "unbound" : "bound";
  if (hasEnded(pod)) return finish(state, attempt, pod, now, actions);
  seenNode(state, attempt, pod, now, actions);
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
  agedDeletion(state, attempt, now, actions);
  if (attempt.phase !== "bound" || pod === null) return;
  if (attempt.sidecarsSince > 0 && now - attempt.sidecarsSince >= SIDECAR_GRACE_MILLISECONDS) {
    return finish(state, attempt, pod, now, actions);
  }
  if (attempt.stuck === null) return;
  const { reason, message, limitSeconds, patienceSeconds } = attempt.stuck;
  const stuckSeconds = (now - attempt.stuckSince) / 1000;
  if (patienceSeconds > 0 && stuckSeconds >= patienceSeconds) {
    const text = `pod ${attempt.name} has been ${reason} for ${patienceSeconds / 60} minutes: ${message}`;
    once(state, actions, "slow", `${text}; it is waited for (--pending-timeout gives it up)`);
  }
  if (stuckSeconds < (state.config.schedule.pendingTimeoutSeconds ?? limitSeconds)) return;
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
  if (hasStarted(pod)) {
    hasRun(state, now);
    if (attempt.ranAt === -Infinity) countStart(state.starts, attempt.boundAt, now);
  }
  attempt.endedAt = now;
  add(state.meter.run, attempt.ranAt, now);
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
  attempt.isVanished = true;
  if (attempt.phase === "leaving") return left(state, attempt, now);
  if (attempt.phase === "collecting") return; // the harvest asks for it
  // its last view may well be its end: a pod deleted by somebody ends first and goes then
  if (pod !== null && hasEnded(pod)) return finish(state, attempt, pod, now, actions);
  end(state, attempt, attempt.isGivenUp ? givenUp(state, attempt) : vanished(pod), actions);
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
      ...old,
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
    end(state, attempt, { class: "cancelled", reason: state.halted, exitCode: null, signal: null }, actions);
  }
}
