import assert from "node:assert/strict";
import type { PodView } from "../../cluster/pod.ts";
import { nextTick } from "./fill.ts";
import { changed, container, listed, pod, scheduler, stored } from "./test_pods.ts";

Deno.test("nextTick() does not spin on a retry that is due and for which there is no room", () => {
  const { say, state } = scheduler(2, { maxPending: 1, infraRetries: 1, backoffSeconds: 10 });
  say(0, listed());
  const first = pod("pod-0", "u0");
  say(1, changed(first));
  say(2, { kind: "watch", event: { kind: "gone", pod: first } });
  say(3, stored(0, "u0"), { kind: "removed", position: 0, uid: "u0", outcome: "gone" });
  say(4, changed(pod("pod-1", "u1")));
  assert.equal(nextTick(state, 4), 10_003, "when it is due");
  assert.deepEqual(say(10_003), [], "the other pod waits for the scheduler");
  assert.equal(
    nextTick(state, 10_003),
    60_004,
    "its event makes room, not time, which only finds that it is silent",
  );
  assert.deepEqual(say(10_004, changed(pod("pod-1", "u1", { nodeName: "n" }))), [
    "observe pod-1",
    "create pod-0",
  ]);
});

Deno.test("nextTick() does not spin on a retry that is due in an outage", () => {
  const { say, state } = scheduler(1, { infraRetries: 1, backoffSeconds: 10 });
  say(0, listed());
  const first = pod("pod-0", "u0");
  say(1, changed(first));
  say(2, { kind: "watch", event: { kind: "gone", pod: first } });
  say(3, stored(0, "u0"), { kind: "removed", position: 0, uid: "u0", outcome: "gone" });
  say(4, { kind: "watch", event: { kind: "lost", cause: "silence", reason: "refused" } });
  say(10_003);
  assert.equal(nextTick(state, 10_003), Infinity);
  const words = say(20_000, { kind: "watch", event: { kind: "back", cause: "silence" } });
  assert.ok(words.includes("create pod-0"));
});

Deno.test("nextTick() does not spin while a pod goes whose sidecars have outstayed", () => {
  const { say, state } = scheduler(1);
  const view: Partial<PodView> = {
    nodeName: "n",
    phase: "Running",
    containers: [
      container({ state: "terminated", exitCode: 0, startedAt: "2026-01-01T00:00:00Z" }),
      container({ name: "injected", isDecider: false, state: "running", startedAt: "2026-01-01T00:00:00Z" }),
    ],
  };
  say(0, listed());
  say(1, changed(pod("pod-0", "u0", view)));
  assert.equal(nextTick(state, 1), 30_001);
  assert.deepEqual(say(30_001), ["collect pod-0"]);
  assert.equal(nextTick(state, 30_001), Infinity, "its log is read");
  say(30_002, stored(0, "u0"));
  say(30_003, { kind: "removed", position: 0, uid: "u0", outcome: "accepted" });
  assert.equal(nextTick(state, 30_003), 120_003, "30 s to go, and a minute until a word is worth it");
});
