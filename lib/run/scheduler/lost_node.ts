// Pods whose node does not answer, and pods that were deleted and do not go: told, waited for, and given up only where
// `--node-lost-timeout` says so. A node that is silent may well be at work: giving its pod up may make a twin.

import type { PodView } from "../../cluster/pod.ts";
import { type End, hasEnded } from "./classify.ts";
import type { Action } from "./event.ts";
import { once } from "./once.ts";
import type { Attempt, State } from "./state.ts";

/** A pod that was deleted may take so much longer than its grace before a word is said. */
const OVERDUE_MILLISECONDS = 60_000;

/** From a view of an attempt that has not ended: does its node answer, and was its deletion asked for? */
export function seenNode(state: State, attempt: Attempt, pod: PodView, now: number, actions: Action[]): void {
  if (pod.deletionTimestamp !== null && attempt.overdueAt === Infinity && !attempt.isOverdueTold) {
    expectGone(attempt, pod.deletionGraceSeconds, now);
  }
  const key = `node:${pod.nodeName}`;
  if (pod.isNodeLost) {
    attempt.lostSince = Math.min(attempt.lostSince, now);
    const limit = state.config.schedule.nodeLostTimeoutSeconds;
    const then = limit === null
      ? "; --node-lost-timeout TIME would run them again elsewhere"
      : ` for ${limit} s, then it runs them again`;
    once(
      state,
      actions,
      key,
      `node ${pod.nodeName} does not answer, its pods may be lost or may run on; qupods waits${then}`,
    );
  } else if (pod.deletionTimestamp === null && attempt.lostSince !== Infinity) {
    attempt.lostSince = Infinity;
    if (!state.noticed.delete(key)) return;
    actions.push({ kind: "notice", level: "info", text: `node ${pod.nodeName} answers again` });
  }
}

/** From a view of a pod that we have deleted: the server says how long it may take, which the view before did not. */
export function seenLeaving(attempt: Attempt, pod: PodView, now: number): void {
  const isNews = pod.deletionTimestamp !== (attempt.pod?.deletionTimestamp ?? null);
  attempt.pod = pod;
  if (isNews && attempt.overdueAt !== Infinity) expectGone(attempt, pod.deletionGraceSeconds, now);
}

/** The pod was asked to go: from when on is it late? */
export function expectGone(attempt: Attempt, graceSeconds: number, now: number): void {
  attempt.overdueAt = now + graceSeconds * 1000 + OVERDUE_MILLISECONDS;
}

/** What only time brings about: a deleted pod that stays, a lost node's pod that has been waited for long enough. */
export function agedDeletion(state: State, attempt: Attempt, now: number, actions: Action[]): void {
  const { pod, name } = attempt;
  if (attempt.overdueAt <= now) {
    attempt.lostSince = Math.min(attempt.lostSince, attempt.overdueAt - OVERDUE_MILLISECONDS);
    attempt.overdueAt = Infinity;
    attempt.isOverdueTold = true;
    const node = pod?.nodeName ? `node ${pod.nodeName} may be lost` : "nobody takes it away";
    const way = state.config.schedule.nodeLostTimeoutSeconds === null
      ? `: kubectl delete pod ${name} --force lets it run again`
      : "";
    const text =
      `pod ${name} was deleted and does not go (${node}, or a finalizer keeps it); its item waits for that${way}`;
    actions.push({ kind: "notice", level: "warning", text });
  }
  if (now < giveUpAt(state, attempt)) return;
  attempt.isGivenUp = true;
  actions.push(
    {
      kind: "notice",
      level: "warning",
      text: `pod ${name} is given up, ${reasonOf(state, attempt)}; its containers may still run there`,
    },
    { kind: "remove", position: attempt.position, name, uid: attempt.uid, isForced: true },
  );
}

/** When the attempt's pod is to be given up (monotonic ms); Infinity if never. */
export function giveUpAt(state: State, attempt: Attempt): number {
  const limit = state.config.schedule.nodeLostTimeoutSeconds;
  const { pod, phase, isGivenUp } = attempt;
  if (limit === null || isGivenUp || pod === null || pod.nodeName === "" || hasEnded(pod)) return Infinity;
  return phase === "bound" || phase === "leaving" ? attempt.lostSince + limit * 1000 : Infinity;
}

/** The end of an attempt whose pod was given up. */
export function givenUp(state: State, attempt: Attempt): End {
  return { class: "infra", reason: reasonOf(state, attempt), exitCode: null, signal: null };
}

function reasonOf({ config }: State, { pod }: Attempt): string {
  return `node lost: ${pod?.nodeName} has not answered for ${config.schedule.nodeLostTimeoutSeconds} s`;
}
