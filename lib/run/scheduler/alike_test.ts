import assert from "node:assert/strict";
import { toldBy } from "../../../tests/failures/table.ts";
import type { StepEvent } from "./event.ts";
import { nextTick } from "./fill.ts";
import { changed, container, listed, pod, scheduler } from "./test_pods.ts";

const bound = (position: number, reason: string, message = "") =>
  changed(
    pod(`pod-${position}`, `u${position}`, { nodeName: "n", containers: [container({ reason, message })] }),
  );
const running = (position: number): StepEvent =>
  changed(pod(`pod-${position}`, `u${position}`, { nodeName: "n", phase: "Running" }));
const creates = (words: string[]) => words.filter((word) => word.startsWith("create "));

Deno.test("three pods that cannot start hold the rest, though others are being started, until one runs", () => {
  const { state, say } = scheduler(20, { maxPending: 1 });
  say(0, listed());
  let now = 0;
  for (let position = 0; position < 3; position++) {
    assert.deepEqual(creates(say(++now, bound(position, "ContainerCreating"))), [
      `create pod-${position + 1}`,
    ]);
  }
  say(++now, bound(0, "ErrImagePull"), bound(1, "ErrImagePull"));
  assert.deepEqual(creates(say(++now, bound(3, "ContainerCreating"))), ["create pod-4"]);
  assert.match(
    say(++now, bound(4, "ContainerCreating"), bound(2, "ImagePullBackOff")).join(),
    /^observe.*notice 3 pods cannot start, all for ErrImagePull: nothing new is created until one of them does$/,
  );
  assert.match(state.holdReason, /3 pods cannot start/);
  assert.deepEqual(creates(say(++now, running(3))), ["create pod-5"]);
});

Deno.test("pods given up for an image that nobody has stop the run after three of them", () => {
  const { state, say } = scheduler(20, { maxPending: 1 });
  say(0, listed());
  for (let position = 0; position < 3; position++) {
    say(position + 1, bound(position, position === 1 ? "ImagePullBackOff" : "ErrImagePull", "x: not found"));
  }
  const given = say(100_000).filter((word) => word.startsWith("collect"));
  assert.equal(given.length, 3);
  for (let position = 0; position < 3; position++) {
    say(100_001, { kind: "collected", position, uid: `u${position}`, result: { kind: "stored", logs: [] } });
  }
  assert.match(state.halted, /^the first 3 pods all failed alike: ErrImagePull: x: not found/);
});

Deno.test("pods that a silent registry keeps from starting are tried again, and let no others in meanwhile", () => {
  const { say } = scheduler(20, { maxPending: 1, infraRetries: 1 });
  say(0, listed());
  for (let position = 0; position < 3; position++) say(position, bound(position, "ErrImagePull", "timeout"));
  say(901_000);
  for (let position = 0; position < 3; position++) {
    say(901_001, { kind: "collected", position, uid: `u${position}`, result: { kind: "stored", logs: [] } });
    say(901_002, { kind: "removed", position, uid: `u${position}`, outcome: "gone" });
  }
  assert.deepEqual(creates(say(901_003)), []);
  assert.deepEqual(creates(say(920_000)), ["create pod-0"]);
});

Deno.test("a scheduler that places none of the pods is quoted once, after five seconds", () => {
  const { state, say } = scheduler(3, { maxPending: 1 });
  say(0, listed());
  const message = "0/3 nodes are available: 3 Insufficient nvidia.com/gpu.";
  say(1, changed(pod("pod-0", "u0", { schedulingMessage: message })));
  assert.equal(state.holdReason, `unschedulable: ${message}`);
  assert.equal(nextTick(state, 1), 5001);
  assert.deepEqual(say(5001), [`notice no node takes the pods yet, unschedulable: ${message}`]);
  assert.deepEqual(say(9000), []);
  say(9001, running(0));
  assert.equal(state.holdReason, "");
});

Deno.test("that no scheduler says anything of the pods is told once, after a minute", () => {
  const { state, say } = scheduler(3, { maxPending: 1 });
  say(0, listed());
  say(1, changed(pod("pod-0", "u0")));
  assert.equal(state.holdReason, "");
  assert.equal(nextTick(state, 1), 60_001);
  assert.deepEqual(say(60_000), []);
  const [notice, ...more] = say(60_001);
  assert.match(notice ?? "", toldBy("no-scheduler"));
  assert.match(notice ?? "", /spec\.schedulerName/);
  assert.deepEqual(more, []);
  assert.match(state.holdReason, /no scheduler says why/);
  assert.deepEqual(say(70_000), []);
  assert.equal(nextTick(state, 70_000), Infinity);
  say(70_001, running(0));
  assert.equal(state.holdReason, "");
});

Deno.test("an outage is no silence of the scheduler", () => {
  const { state, say } = scheduler(3, { maxPending: 1 });
  say(0, listed());
  say(1, changed(pod("pod-0", "u0")));
  say(10_000, { kind: "watch", event: { kind: "lost", cause: "silence", reason: "no answer" } });
  say(80_000, { kind: "watch", event: { kind: "back", cause: "silence" } });
  assert.deepEqual(say(90_000), []);
  assert.equal(nextTick(state, 90_000), 140_000);
});

Deno.test("a pod behind a gate is not called unschedulable", () => {
  const { state, say } = scheduler(3, { maxPending: 1 });
  say(0, listed());
  const schedulingMessage = "Scheduling is blocked due to non-empty scheduling gates";
  say(1, changed(pod("pod-0", "u0", { schedulingMessage, isGated: true })));
  assert.equal(state.holdReason, "");
  assert.deepEqual(say(9000), []);
});

Deno.test("the first three that a policy refuses stop the run, unless it let another in", () => {
  const refused = (position: number): StepEvent => ({
    kind: "created",
    position,
    number: 1,
    outcome: {
      kind: "refused",
      status: 422,
      reason: "Invalid",
      message: `pods "pod-${position}" is forbidden: no`,
    },
  });
  const stored = (position: number): StepEvent => ({
    kind: "collected",
    position,
    uid: "",
    result: { kind: "stored", logs: [] },
  });
  for (const isLetIn of [false, true]) {
    const { state, say } = scheduler(9, { maxPending: isLetIn ? 4 : 3 });
    say(0, listed());
    if (isLetIn) {
      say(1, { kind: "created", position: 3, number: 1, outcome: { kind: "made", pod: pod("pod-3", "u3") } });
    }
    say(2, refused(0), refused(1), refused(2));
    say(3, stored(0), stored(1), stored(2));
    assert.match(state.halted, isLetIn ? /^$/ : /^the first 3 pods all failed alike: Invalid: pods/);
  }
  for (const isLetIn of [false, true]) {
    const { state, say } = scheduler(9, { maxPending: 4 });
    say(0, listed());
    say(2, refused(1), refused(2), refused(3));
    say(3, stored(1), stored(2), stored(3));
    assert.equal(state.halted, "", "the first is not answered yet");
    say(
      4,
      isLetIn
        ? { kind: "created", position: 0, number: 1, outcome: { kind: "made", pod: pod("pod-0", "u0") } }
        : refused(0),
    );
    say(5, ...(isLetIn ? [refused(4)] : [stored(0)]));
    say(6, ...(isLetIn ? [stored(4)] : []));
    assert.match(state.halted, isLetIn ? /^$/ : /^the first 4 pods all failed alike/);
  }
});

Deno.test("a pod that the watch shows before its create is answered was let in as well", () => {
  const refused = (position: number): StepEvent => ({
    kind: "created",
    position,
    number: 1,
    outcome: {
      kind: "refused",
      status: 403,
      reason: "Forbidden",
      message: "a webhook denied the request: no",
    },
  });
  const stored = (position: number): StepEvent => ({
    kind: "collected",
    position,
    uid: "",
    result: { kind: "stored", logs: [] },
  });
  for (const isAnswered of [false, true]) {
    const { state, say } = scheduler(9, { maxPending: 4 });
    const first = pod("pod-0", "u0");
    say(0, listed());
    say(1, changed(first));
    if (isAnswered) {
      say(2, { kind: "created", position: 0, number: 1, outcome: { kind: "made", pod: first } });
    }
    say(3, refused(1), refused(2), refused(3));
    say(4, stored(1), stored(2), stored(3));
    assert.equal(state.halted, "");
  }
});

Deno.test("a pod that does not start, nobody knows why, is told after five minutes, and given up where that was asked for", () => {
  const waiting = scheduler(20, { maxPending: 1 });
  waiting.say(0, listed());
  for (let position = 0; position < 3; position++) waiting.say(1, bound(position, "ContainerCreating"));
  assert.equal(waiting.state.holdReason, "");
  assert.equal(nextTick(waiting.state, 1), 300_001);
  const words = waiting.say(300_001).filter((word) => !word.startsWith("create"));
  assert.equal(words.length, 2);
  assert.match(
    words[0] ?? "",
    /^notice pod pod-0 has been ContainerCreating for 5 minutes: nothing has started on n; .*--pending-timeout/,
  );
  assert.match(words[1] ?? "", /3 pods cannot start, all for ContainerCreating/);
  assert.match(waiting.state.holdReason, /3 pods cannot start/);
  waiting.say(300_002, running(2));
  assert.equal(waiting.state.holdReason, "");

  const { say, state } = scheduler(1, { pendingTimeoutSeconds: 15, infraRetries: 0 });
  say(0, listed());
  say(1000, bound(0, "PodInitializing"));
  assert.equal(nextTick(state, 1001), 16_000);
  assert.deepEqual(say(16_000), ["collect pod-0"]);
  assert.match(state.attempts.get(0)?.end?.reason ?? "", /^PodInitializing: nothing has started on n/);
});

Deno.test("an image that is not there stays so between two pulls", () => {
  const { state, say } = scheduler(1);
  say(0, listed());
  say(1, bound(0, "ErrImagePull", "manifest unknown"));
  say(2, bound(0, "ImagePullBackOff", "Back-off pulling image"));
  assert.equal(state.attempts.get(0)?.stuck?.class, "config");
});
