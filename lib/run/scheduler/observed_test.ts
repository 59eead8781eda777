import assert from "node:assert/strict";
import type { StepEvent } from "./event.ts";
import { isDone } from "./step.ts";
import { changed, container, listed, pod, scheduler } from "./test_pods.ts";

const ended = (uid: string) =>
  pod("pod-0", uid, {
    nodeName: "n",
    phase: "Succeeded",
    containers: [container({ state: "terminated", exitCode: 0 })],
  });
const gone = (uid: string): StepEvent => ({ kind: "watch", event: { kind: "gone", pod: ended(uid) } });
const stored: StepEvent = {
  kind: "collected",
  position: 0,
  uid: "u0",
  result: { kind: "stored", logs: [] },
};
const removed = (position: number, uid: string, outcome: "accepted" | "other"): StepEvent => ({
  kind: "removed",
  position,
  uid,
  outcome,
});

Deno.test("step() deletes the pod that came in place of an item's own while that one's log was fetched", () => {
  const { state, say } = scheduler(1);
  say(0, listed());
  assert.deepEqual(say(1, changed(ended("u0"))), ["collect pod-0"]);
  // somebody deletes the pod, and a create that was sent twice makes another one
  say(2, gone("u0"), changed(pod("pod-0", "u1")), changed(ended("u1")));
  assert.deepEqual(say(3, stored), ["record pod-0", "remove pod-0"]);
  assert.deepEqual(say(4, removed(0, "u0", "other")), ["remove pod-0"]);
  assert.ok(!isDone(state), "the answer is awaited");
  say(5, removed(-1, "u1", "accepted"));
  assert.ok(isDone(state));
});

Deno.test("step() takes the pod that came in place of one that is to be run again for the next attempt", () => {
  const { say } = scheduler(1, { infraRetries: 1, backoffSeconds: 100 });
  say(0, listed());
  say(1, changed(pod("pod-0", "u0", { nodeName: "n", phase: "Running" })));
  assert.deepEqual(say(2, { kind: "watch", event: { kind: "gone", pod: pod("pod-0", "u0") } }), [
    "collect pod-0",
  ]);
  say(3, changed(pod("pod-0", "u1")));
  assert.deepEqual(say(4, stored), ["record pod-0", "remove pod-0"]);
  assert.deepEqual(say(5, removed(0, "u0", "other")), []);
  assert.deepEqual(say(6, changed(ended("u1"))), ["collect pod-0"]);
});

Deno.test("step() forgets a pod that came and went beside an item's own", () => {
  const { state, say } = scheduler(1);
  say(0, listed());
  say(1, changed(ended("u0")));
  say(2, gone("u0"), changed(pod("pod-0", "u1")), gone("u1"));
  say(3, stored);
  assert.deepEqual(say(4, removed(0, "u0", "other")), []);
  assert.ok(isDone(state));
});
