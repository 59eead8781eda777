import assert from "node:assert/strict";
import { nextTick } from "./fill.ts";
import { ITEM } from "./state.ts";
import { changed, container, listed, pod, scheduler } from "./test_pods.ts";

const GOING = { deletionTimestamp: "2026-01-01T00:00:30Z", deletionGraceSeconds: 30 };
const running = (name: string, uid: string, changes = {}) =>
  pod(name, uid, {
    nodeName: "n",
    phase: "Running",
    containers: [container({ state: "running" })],
    ...changes,
  });
const gone = (name: string, uid: string) =>
  ({ kind: "watch", event: { kind: "gone", pod: running(name, uid) } }) as const;

Deno.test("step() tells once of a node that does not answer, and of its return, and waits for ever", () => {
  const { say, state } = scheduler(2);
  say(0, listed(running("pod-0", "u0"), running("pod-1", "u1")));
  const lost = [
    changed(running("pod-0", "u0", { isNodeLost: true })),
    changed(running("pod-1", "u1", { isNodeLost: true })),
  ];
  assert.deepEqual(say(1000, ...lost), [
    "notice node n does not answer, its pods may be lost or may run on; qupods waits; " +
    "--node-lost-timeout TIME would run them again elsewhere",
    "observe pod-0",
    "observe pod-1",
  ]);
  assert.equal(nextTick(state, 1000), Infinity, "nothing is to be done about it");
  assert.deepEqual(say(9e8), []);
  assert.deepEqual(say(9e8, changed(running("pod-0", "u0")), changed(running("pod-1", "u1"))), [
    "notice node n answers again",
    "observe pod-0",
    "observe pod-1",
  ]);
  assert.match(say(9e8 + 1, ...lost).join(), /does not answer/, "a second outage is told, too");
});

Deno.test("step() gives a lost node's pods up after --node-lost-timeout, and runs their items again", () => {
  const { say, state } = scheduler(1, { nodeLostTimeoutSeconds: 60, backoffSeconds: 1 });
  say(0, listed(running("pod-0", "u0")));
  say(1000, changed(running("pod-0", "u0", { isNodeLost: true })));
  // the taint manager's DELETE in between begins nothing anew
  say(50_000, changed(running("pod-0", "u0", { isNodeLost: true, ...GOING })));
  assert.equal(nextTick(state, 50_000), 61_000);
  assert.deepEqual(say(60_999), []);
  assert.deepEqual(say(61_000), [
    "notice pod pod-0 is given up, node lost: n has not answered for 60 s; its containers may still run there",
    "remove pod-0 by force",
  ]);
  assert.deepEqual(say(61_001, { kind: "removed", position: 0, uid: "u0", outcome: "accepted" }), []);
  assert.deepEqual(say(139_999), [], "once");
  assert.deepEqual(say(139_999, gone("pod-0", "u0")), ["collect pod-0"]);
  const attempt = state.attempts.get(0);
  assert.equal(attempt?.end?.class, "infra");
  assert.match(attempt?.end?.reason ?? "", /^node lost: n has not answered for 60 s$/);
  assert.equal(attempt?.willRetry, true);
});

Deno.test("step() gives up nothing whose node answers again in time, or that ends by itself", () => {
  const { say } = scheduler(2, { nodeLostTimeoutSeconds: 60 });
  say(0, listed(running("pod-0", "u0"), running("pod-1", "u1")));
  say(
    1000,
    changed(running("pod-0", "u0", { isNodeLost: true })),
    changed(running("pod-1", "u1", { isNodeLost: true })),
  );
  say(30_000, changed(running("pod-0", "u0")));
  const done = pod("pod-1", "u1", {
    nodeName: "n",
    phase: "Succeeded",
    containers: [container({ state: "terminated", exitCode: 0 })],
  });
  assert.deepEqual(say(30_001, changed(done)), ["collect pod-1"]);
  assert.deepEqual(say(500_000), []);
});

Deno.test("step() counts a deleted pod that does not go as lost from the time at which it should have gone", () => {
  const { say } = scheduler(1, { nodeLostTimeoutSeconds: 100 });
  say(0, listed(running("pod-0", "u0", GOING)));
  assert.match(
    say(90_000).join(),
    /^notice pod pod-0 was deleted and does not go .*its item waits for that$/,
  );
  assert.deepEqual(say(129_999), []);
  assert.match(say(130_000).join(), /remove pod-0 by force$/);
});

Deno.test("step() frees the name of a pod that was given up as never started, and that its lost node holds", () => {
  const { say, state } = scheduler(1, {
    nodeLostTimeoutSeconds: 100,
    pendingTimeoutSeconds: 5,
    backoffSeconds: 1,
  });
  const waiting = pod("pod-0", "u0", {
    nodeName: "n",
    containers: [container({ reason: "ErrImagePull", message: "dial tcp: timeout" })],
  });
  say(0, listed(waiting));
  assert.deepEqual(say(5000), ["collect pod-0"]);
  say(5001, { kind: "collected", position: 0, uid: "u0", result: { kind: "stored", logs: [] } });
  say(5002, { kind: "removed", position: 0, uid: "u0", outcome: "accepted" });
  assert.match(say(95_002).join(), /^notice pod pod-0 was deleted and does not go/);
  assert.match(say(135_002).join(), /remove pod-0 by force$/);
  say(135_003, gone("pod-0", "u0"));
  assert.equal(state.counts[ITEM.retrying], 1);
  assert.deepEqual(say(137_000), ["create pod-0"]);
});

Deno.test("step() does not call a pod late that has a long grace of its own, however the DELETE's answer and its event come", () => {
  for (const isAnswerFirst of [true, false]) {
    const { state, say } = scheduler(2, {
      halt: { when: "now", on: "fail", count: 1, isPercent: false },
      nodeLostTimeoutSeconds: 60,
    });
    const runs = { nodeName: "n", phase: "Running" } as const;
    say(0, listed());
    say(1, changed(pod("pod-0", "u0", runs)), changed(pod("pod-1", "u1", runs)));
    const failed = container({ state: "terminated", exitCode: 1 });
    say(2, changed(pod("pod-0", "u0", { nodeName: "n", phase: "Failed", containers: [failed] })));
    say(3, { kind: "collected", position: 1, uid: "u1", result: { kind: "stored", logs: [] } });
    const answer = { kind: "removed", position: 1, uid: "u1", outcome: "accepted" } as const;
    const deletionTimestamp = "2026-01-01T00:10:00Z";
    const going = changed(pod("pod-1", "u1", { ...runs, deletionTimestamp, deletionGraceSeconds: 600 }));
    say(4, ...(isAnswerFirst ? [answer, going] : [going, answer]));
    assert.deepEqual(say(100_000), [], "it has ten minutes");
    assert.equal(nextTick(state, 100_000), 660_004);
    assert.match(say(660_004).join(), /pod pod-1 was deleted and does not go/);
  }
});
