import assert from "node:assert/strict";
import { toldBy } from "../../../tests/failures/table.ts";
import type { CreateOutcome } from "../../cluster/pods.ts";
import type { StepEvent } from "./event.ts";
import { nextTick } from "./fill.ts";
import { statusOf } from "./load.ts";
import { ITEM } from "./state.ts";
import { isDone, step } from "./step.ts";
import { changed, container, created, listed, pod, scheduler, stored } from "./test_pods.ts";

const QUOTA = {
  kind: "later",
  reason: "exceeded quota: q",
  isQuota: true,
  retryAfterMilliseconds: null,
} as const;
const UNCLEAR = { kind: "unclear", reason: "500 InternalError: webhook" } as const;
const done = (name: string, uid: string) =>
  pod(name, uid, {
    nodeName: "n",
    phase: "Succeeded",
    containers: [container({ state: "terminated", exitCode: 0, startedAt: "2026-01-01T00:00:00Z" })],
  });

Deno.test("step() holds creates while a quota is full, says so, and tries again soon after a pod has ended", () => {
  const { state, say } = scheduler(3, { maxPending: 2 });
  say(0, listed());
  const first = pod("pod-0", "u0", { nodeName: "n", phase: "Running" });
  assert.deepEqual(say(1, created(0, { kind: "made", pod: first }), created(1, QUOTA)), [
    "observe pod-0",
    "notice quota is full, waiting for room: exceeded quota: q",
  ]);
  assert.equal(state.holdReason, "quota is full: exceeded quota: q");
  assert.ok(nextTick(state, 1) >= 1000, "no spinning");
  say(1001);
  say(1002, created(1, QUOTA));
  assert.ok(nextTick(state, 1002) >= 3000, "ever more slowly");
  say(1100, changed(done("pod-0", "u0")));
  say(1101, stored(0, "u0"));
  assert.deepEqual(say(1400).filter((word) => word === "create pod-1"), ["create pod-1"]);
});

Deno.test("step() tells of creates that are not answered, and takes it back once one is made", () => {
  const { state, say } = scheduler(1);
  say(0, listed());
  assert.deepEqual(say(1, created(0, UNCLEAR)), []);
  say(1002);
  assert.deepEqual(say(1003, created(0, UNCLEAR)), [
    "notice creates are not answered: 500 InternalError: webhook; trying on",
  ]);
  assert.match(state.holdReason, /not answered/);
  say(4000);
  say(4001, created(0, { kind: "made", pod: pod("pod-0", "u") }));
  assert.equal(state.holdReason, "");
});

Deno.test("step() tells of a login that is refused once, not of each request, and goes on at once when it is accepted", () => {
  const { state, say } = scheduler(3, { maxPending: 1 });
  const refused = created(0, {
    kind: "later",
    reason: "Unauthorized: Unauthorized",
    isQuota: false,
    retryAfterMilliseconds: null,
  });
  say(0, listed());
  const lost: StepEvent = {
    kind: "watch",
    event: { kind: "lost", cause: "login", reason: "401 Unauthorized" },
  };
  const told = say(1, lost);
  assert.equal(told.length, 1);
  assert.match(told[0] ?? "", toldBy("login-refused"));
  let now = 1;
  for (let tries = 0; tries < 6; tries++) {
    assert.deepEqual(say(now, refused), []);
    assert.deepEqual(say(now += 40_000), ["create pod-0"]);
  }
  assert.match(statusOf(state).hold, /^the cluster refuses the login \(401 Unauthorized\)$/);
  assert.deepEqual(say(now, refused), []);
  assert.deepEqual(say(now + 1, { kind: "watch", event: { kind: "back", cause: "login" } }), [
    "notice the cluster accepts the login again",
    "create pod-0",
  ]);
  assert.equal(statusOf(state).hold, "");
});

Deno.test("step() sends what waits for an answer soon after another create got through", () => {
  const { say } = scheduler(2);
  say(0, listed());
  let now = 0;
  for (let tries = 0; tries < 6; tries++) {
    say(now += 30_000);
    say(now, created(0, UNCLEAR), created(1, UNCLEAR));
  }
  say(now + 1, created(1, { kind: "made", pod: pod("pod-1", "u1", { nodeName: "n" }) }));
  assert.deepEqual(say(now + 5000), []);
  assert.deepEqual(say(now + 5001), ["create pod-0"]);
});

Deno.test("step() under --halt now lets no create slip through: made, put off, unclear", () => {
  const { state, say } = scheduler(4, {
    maxPending: 4,
    halt: { when: "now", on: "fail", count: 1, isPercent: false },
  });
  say(0, listed());
  say(1, created(3, UNCLEAR));
  const failed = pod("pod-0", "u0", {
    nodeName: "n",
    phase: "Failed",
    containers: [container({ state: "terminated", exitCode: 1 })],
  });
  assert.deepEqual(say(2, changed(failed)), ["collect pod-0", "look pod-3"]);
  assert.deepEqual(say(3, stored(0, "u0")), ["record pod-0", "remove pod-0"]);
  assert.deepEqual(say(4, created(1, { kind: "made", pod: pod("pod-1", "u1") })), ["collect pod-1"]);
  assert.deepEqual(say(5, created(2, QUOTA)), ["open pod-2: stopped before its pod was made"]);
  assert.deepEqual(say(6, { kind: "looked", position: 3, number: 1, pod: null }), [
    "open pod-3: stopped before its pod was made",
  ]);
  assert.deepEqual(say(7, stored(1, "u1")).slice(1), [
    "open pod-1: stopped in the middle (--halt now,fail=1: 1 of 4); its partial log is in its .d folder",
    "remove pod-1",
  ]);
  say(8, { kind: "removed", position: 0, uid: "u0", outcome: "gone" }, {
    kind: "removed",
    position: 1,
    uid: "u1",
    outcome: "gone",
  });
  assert.ok(isDone(state, 5));
});

Deno.test("step() starts nothing after the end that --halt waits for, and takes no verdict back", () => {
  const { state, say } = scheduler(4, {
    maxRunning: 2,
    halt: { when: "now", on: "fail", count: 2, isPercent: false },
  });
  const failed = (position: number) =>
    changed(pod(`pod-${position}`, `u${position}`, {
      nodeName: "n",
      phase: "Failed",
      containers: [container({ state: "terminated", exitCode: 1 })],
    }));
  say(0, listed());
  assert.deepEqual(say(1, failed(0)), ["collect pod-0", "create pod-2"]);
  assert.deepEqual(say(2, failed(1)), ["collect pod-1"]);
  assert.match(state.halted, /2 of 4/);
  say(3, stored(0, "u0"), stored(1, "u1"));
  assert.equal(state.counts[ITEM.failed], 2);
});

Deno.test("step() leaves a pod alone that another template made, and one of another run", () => {
  const { state, say } = scheduler(2);
  say(0, listed());
  say(1, created(0, { kind: "exists" }), created(1, { kind: "exists" }));
  assert.deepEqual(
    say(2, { kind: "looked", position: 0, number: 1, pod: pod("pod-0", "x", { hash: "other" }) }),
    [
      "open pod-0: its running pod was made from another template or item; delete it with qupods cancel, or wait for its end",
    ],
  );
  assert.deepEqual(say(3, { kind: "looked", position: 1, number: 1, pod: pod("pod-1", "y", { run: "" }) }), [
    "open pod-1: a pod of this name exists and is not of qupods; it was not touched",
  ]);
  assert.equal(state.counts[ITEM.blocked], 2);
});

Deno.test("step() takes a pod back that the cluster made without its label, and starts no more", () => {
  const { state, say } = scheduler(9, { maxPending: 1 });
  say(0, listed());
  assert.deepEqual(say(1, created(0, { kind: "made", pod: pod("pod-0", "u0", { run: "" }) })), [
    "remove pod-0",
    "open pod-0: the cluster made its pod without the label qupods.dev/run (an admission policy?); it was deleted",
  ]);
  assert.match(state.halted, /without the label qupods.dev\/run/);
  say(2, { kind: "removed", position: -1, uid: "u0", outcome: "accepted" });
  assert.equal(isDone(state, 5), true);
});

Deno.test("step() has a pod looked at before it is deleted where the watch has told that it is gone", () => {
  const { state, say } = scheduler(1, { infraRetries: 0 });
  say(0, listed());
  const runs = pod("pod-0", "u1", { nodeName: "n", phase: "Running" });
  say(1, changed(runs));
  say(2, { kind: "watch", event: { kind: "gone", pod: runs } });
  const actions = step(state, [stored(0, "u1")], 3);
  const remove = { kind: "remove", position: 0, name: "pod-0", uid: "u1", isUnseen: true };
  assert.deepEqual(actions.find(({ kind }) => kind === "remove"), remove);
});

Deno.test("step() deletes the pod of a verdict whose end was not written down, from whatever template, before the item is run again", () => {
  const prior = { attempt: 2, isOpen: false, ended: [], homeUpTo: 2, budget: { app: 0, infra: 0 } };
  const { state, say } = scheduler(3, {}, new Map([0, 1, 2].map((position) => [position, prior])));
  const old = { hash: "other", attempt: 2, nodeName: "n", phase: "Succeeded" } as const;
  assert.deepEqual(say(0, listed(pod("pod-0", "u0", old))), [
    "remove pod-0",
    "create pod-0",
    "create pod-1",
    "create pod-2",
  ]);
  say(1, created(1, { kind: "exists" }), created(2, { kind: "exists" }));
  const looked = (position: number, attempt: number): StepEvent => ({
    kind: "looked",
    position,
    number: 3,
    pod: pod(`pod-${position}`, `u${position}`, { ...old, attempt }),
  });
  assert.deepEqual(say(2, looked(1, 2)), ["remove pod-1"]);
  assert.match(say(3, looked(2, 3)).join(), /^open pod-2: its running pod was made from another/);
  assert.equal(state.counts[ITEM.blocked], 1);
});

Deno.test("step() sends first what an earlier call may have sent: it holds its place under the cap", () => {
  const open = { attempt: 2, isOpen: true, ended: [], budget: { app: 0, infra: 1 } };
  const { say } = scheduler(6, { maxPending: 2 }, new Map([[1, open], [4, open], [5, open]]));
  // pod-1 is there already
  assert.deepEqual(say(0, listed(pod("pod-1", "u1", { attempt: 2, nodeName: "n" }))), [
    "observe pod-1",
    "create pod-4",
    "create pod-5",
  ]);
});

Deno.test("step() says once that a deleted pod does not go, and waits for it", () => {
  const { say } = scheduler(1);
  const going = pod("pod-0", "u", {
    nodeName: "n",
    phase: "Running",
    deletionTimestamp: "2026-01-01T00:00:30Z",
    deletionGraceSeconds: 30,
  });
  say(0, listed(going));
  assert.deepEqual(say(80_000), []);
  const words = say(91_000).join();
  assert.match(words, toldBy("stays"));
  assert.match(words, /^notice pod pod-0 .*\(node n may be lost/);
  assert.deepEqual(say(200_000), []);
});

Deno.test("step() sends no second DELETE when an earlier view of a pod that it has deleted comes late", () => {
  const { say } = scheduler(2, { maxPending: 1 });
  say(0, listed());
  say(1, changed(done("pod-0", "u0")));
  say(2, stored(0, "u0"));
  say(3, { kind: "removed", position: 0, uid: "u0", outcome: "accepted" });
  const leaving = { ...done("pod-0", "u0"), deletionTimestamp: "2026-01-01T00:00:01Z" };
  assert.deepEqual(say(4, changed(leaving)), []);
  assert.deepEqual(say(5, changed(done("pod-0", "u0"))), ["remove pod-0"], "one that nobody deletes goes");
});

Deno.test("step() deletes a pod that a late create made of an item with its verdict, and says so if it runs", () => {
  const { say } = scheduler(1);
  say(0, listed());
  say(1, created(0, { kind: "made", pod: pod("pod-0", "u0") }), changed(done("pod-0", "u0")));
  say(2, stored(0, "u0"));
  say(3, { kind: "removed", position: 0, uid: "u0", outcome: "accepted" });
  const twin = pod("pod-0", "late", { nodeName: "n", phase: "Running" });
  const [told = "", ...rest] = say(4, changed(twin));
  assert.match(told, /^notice pod pod-0 runs although its item has its verdict/);
  assert.deepEqual(rest, ["remove pod-0"]);
  assert.deepEqual(say(5, changed(twin)), [], "once");
});

Deno.test("step() takes it back that creates are put off once a pod is made, though the watch shows it first", () => {
  const { state, say } = scheduler(1);
  say(0, listed());
  const later: CreateOutcome = {
    kind: "later",
    reason: "Busy: no",
    isQuota: false,
    retryAfterMilliseconds: 1,
  };
  for (let now = 1; now < 6; now += 2) say(now, created(0, later)), say(now + 1);
  assert.match(state.holdReason, /creates are put off: Busy/);
  const made = pod("pod-0", "u0");
  say(9, changed(made));
  say(10, created(0, { kind: "made", pod: made }));
  assert.equal(state.holdReason, "");
});
