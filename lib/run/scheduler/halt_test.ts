import assert from "node:assert/strict";
import type { CreateOutcome } from "../../cluster/pods.ts";
import { statusOf } from "./load.ts";
import { ITEM } from "./state.ts";
import { isDone } from "./step.ts";
import { changed, container, created, listed, pod, scheduler } from "./test_pods.ts";

const put = (isQuota: boolean): CreateOutcome => ({
  kind: "later",
  reason: "exceeded quota: q",
  isQuota,
  retryAfterMilliseconds: null,
});
const failed = (position: number) =>
  changed(pod(`pod-${position}`, `u${position}`, {
    nodeName: "n",
    phase: "Failed",
    containers: [container({ state: "terminated", exitCode: 1 })],
  }));

Deno.test("step() after --halt soon sends no create again that the server has put off, nor waits for it", () => {
  const { state, say } = scheduler(6, {
    maxPending: 4,
    halt: { when: "soon", on: "fail", count: 1, isPercent: false },
  });
  say(0, listed());
  say(1, created(1, put(true)), created(3, { kind: "unclear", reason: "timeout" }));
  assert.deepEqual(say(2, failed(0)), ["collect pod-0"]);
  say(3, created(2, put(false)));
  say(4, { kind: "collected", position: 0, uid: "u0", result: { kind: "stored", logs: [] } });
  say(5, { kind: "removed", position: 0, uid: "u0", outcome: "accepted" });
  assert.deepEqual(say(600_000), ["create pod-3"], "of that one nobody knows whether it was made");
  say(600_001, created(3, put(true)));
  assert.ok(!isDone(state, 600_001));
  say(700_000, created(3, { kind: "made", pod: pod("pod-3", "u3") }));
  say(700_001, failed(3));
  say(700_002, { kind: "collected", position: 3, uid: "u3", result: { kind: "stored", logs: [] } });
  say(700_003, { kind: "removed", position: 3, uid: "u3", outcome: "accepted" });
  assert.ok(isDone(state, 700_003));
  const { waiting, failed: failures, pending } = statusOf(state);
  assert.deepEqual({ waiting, failures, pending }, { waiting: 4, failures: 2, pending: 0 });
  assert.deepEqual([...state.items], [
    ITEM.failed,
    ITEM.waiting,
    ITEM.waiting,
    ITEM.failed,
    ITEM.waiting,
    ITEM.waiting,
  ]);
});

Deno.test("step() under --halt now stops a pod, too, whose create lands after a GET had found nothing", () => {
  const { state, say } = scheduler(2, { halt: { when: "now", on: "fail", count: 1, isPercent: false } });
  say(0, listed());
  say(1, created(1, { kind: "unclear", reason: "timeout" }));
  assert.deepEqual(say(2, failed(0)), ["collect pod-0", "look pod-1"]);
  assert.deepEqual(say(3, { kind: "looked", position: 1, number: 1, pod: null }), [
    "open pod-1: stopped before its pod was made",
  ]);
  const late = pod("pod-1", "u1", { nodeName: "n", phase: "Running" });
  assert.deepEqual(say(4, changed(late)), ["observe pod-1", "collect pod-1"]);
  const words = say(5, { kind: "collected", position: 1, uid: "u1", result: { kind: "stored", logs: [] } });
  assert.ok(words.includes("remove pod-1"));
  assert.equal(state.counts[ITEM.blocked], 1);
  assert.deepEqual(say(6, changed(pod("pod-1", "u2", { hash: "other" }))), [], "another's is left alone");
});
