import assert from "node:assert/strict";
import type { PodView } from "../../cluster/pod.ts";
import type { StepEvent } from "./event.ts";
import { nextTick } from "./fill.ts";
import { isDone } from "./step.ts";
import { changed, container, listed, pod, scheduler } from "./test_pods.ts";

const END: Partial<PodView> = {
  nodeName: "n",
  phase: "Succeeded",
  containers: [container({ state: "terminated", exitCode: 0 })],
};
const ended = (uid: string) => pod("pod-0", uid, END);
const gone = (uid: string): StepEvent => ({ kind: "watch", event: { kind: "gone", pod: ended(uid) } });
const STORED = {
  kind: "collected",
  position: 0,
  uid: "u0",
  result: { kind: "stored", logs: [] },
} as const;
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
  assert.deepEqual(say(3, STORED), ["record pod-0", "remove pod-0"]);
  assert.deepEqual(say(4, removed(0, "u0", "other")), ["remove pod-0"]);
  assert.ok(!isDone(state, 5), "the answer is awaited");
  say(5, removed(-1, "u1", "accepted"));
  assert.ok(isDone(state, 5));
});

Deno.test("step() takes the pod that came in place of one that is to be run again for the next attempt", () => {
  const { say } = scheduler(1, { infraRetries: 1, backoffSeconds: 100 });
  say(0, listed());
  say(1, changed(pod("pod-0", "u0", { nodeName: "n", phase: "Running" })));
  assert.deepEqual(say(2, { kind: "watch", event: { kind: "gone", pod: pod("pod-0", "u0") } }), [
    "collect pod-0",
  ]);
  say(3, changed(pod("pod-0", "u1")));
  assert.deepEqual(say(4, STORED), ["record pod-0", "remove pod-0"]);
  assert.deepEqual(say(5, removed(0, "u0", "other")), []);
  assert.deepEqual(say(6, changed(ended("u1"))), ["collect pod-0"]);
});

Deno.test("step() forgets a pod that came and went beside an item's own", () => {
  const { state, say } = scheduler(1);
  say(0, listed());
  say(1, changed(ended("u0")));
  say(2, gone("u0"), changed(pod("pod-0", "u1")), gone("u1"));
  say(3, STORED);
  assert.deepEqual(say(4, removed(0, "u0", "other")), []);
  assert.ok(isDone(state, 5));
});

Deno.test("step() waits a little for deleted pods that a finalizer keeps, and the end tells of those that stay", () => {
  const { state, say } = scheduler(2);
  const held = (name: string, uid: string) => pod(name, uid, { ...END, finalizer: "kueue.x-k8s.io/managed" });
  say(0, listed());
  say(1, changed(held("pod-0", "u0")), changed(held("pod-1", "u1")));
  say(2, STORED, { ...STORED, position: 1, uid: "u1" });
  say(3, removed(0, "u0", "accepted"), removed(1, "u1", "accepted"));
  assert.ok(!isDone(state, 3));
  assert.equal(nextTick(state, 3), 5_003);
  say(4, gone("u0"));
  assert.ok(!isDone(state, 4));
  assert.deepEqual([...state.held], [["u1", "kueue.x-k8s.io/managed"]]);
  assert.ok(isDone(state, 5_003), "nobody takes it off");
  say(5_004, listed());
  assert.equal(state.held.size, 0);
});
