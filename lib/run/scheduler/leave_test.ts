import assert from "node:assert/strict";
import { toldBy } from "../../../tests/failures/table.ts";
import { exitStatus } from "../../commands/exit_status.ts";
import type { Collected } from "../../harvest/harvest.ts";
import type { StepEvent } from "./event.ts";
import { nextTick } from "./fill.ts";
import { statusOf } from "./load.ts";
import { isDone } from "./step.ts";
import { changed, container, listed, pod, scheduler } from "./test_pods.ts";

const done = (name: string, uid: string) =>
  changed(pod(name, uid, {
    nodeName: "n",
    phase: "Succeeded",
    containers: [container({ state: "terminated", exitCode: 0 })],
  }));
const collected = (result: Collected): StepEvent => ({ kind: "collected", position: 0, uid: "u0", result });

Deno.test("step() keeps a pod whose log cannot be had, and its item open, which is no success", () => {
  const { state, say } = scheduler(1);
  say(0, listed());
  say(1, done("pod-0", "u0"));
  const words = say(2, collected({ kind: "unsafe", reason: "502 Bad Gateway" }));
  assert.match(words.join(), toldBy("log-unsafe"));
  assert.deepEqual(words.map((word) => word.split(" ")[0]), ["open"], "no DELETE, no verdict");
  assert.ok(isDone(state, 5));
  const open = [{ name: "pod-0", reason: "" }];
  const end = {
    kind: "complete",
    why: "",
    open,
    incompleteLogs: 0,
    unprovenLogs: 0,
    podsLeft: 0,
    podsHeld: 0,
    heldBy: "",
    bottleneck: "",
  } as const;
  assert.equal(exitStatus({ ...end, status: statusOf(state) }, 0, 130), 3);
});

Deno.test("step() starts nothing and deletes nothing while the disk takes no logs, and tries again", () => {
  const { state, say } = scheduler(3, { maxPending: 1 });
  say(0, listed());
  say(1, done("pod-0", "u0"));
  assert.match(
    say(2, collected({ kind: "disk", reason: "No space left on device" })).join(),
    toldBy("disk-full"),
  );
  assert.deepEqual(say(3, changed(pod("pod-1", "u1", { nodeName: "n" }))), ["observe pod-1"]);
  assert.equal(nextTick(state, 3), 5002);
  assert.deepEqual(say(5002), ["collect pod-0"], "no pod more before the disk has taken one");
  assert.deepEqual(
    say(5003, collected({ kind: "disk", reason: "No space left on device" })),
    [],
    "told once",
  );
  assert.equal(nextTick(state, 5003), 10_003);
  assert.deepEqual(say(10_003), ["collect pod-0"]);
  assert.deepEqual(say(10_004, collected({ kind: "stored", logs: [] })), [
    "record pod-0",
    "remove pod-0",
    "create pod-2",
  ]);
});

Deno.test("step() goes on where the log that the disk has refused cannot be had any more", () => {
  const { say } = scheduler(2, { maxPending: 1 });
  say(0, listed());
  say(1, done("pod-0", "u0"), collected({ kind: "disk", reason: "No space left on device" }));
  assert.deepEqual(say(5001), ["collect pod-0"]);
  assert.ok(say(5002, collected({ kind: "unsafe", reason: "502 Bad Gateway" })).includes("create pod-1"));
});

Deno.test("step() starts nothing while the journal cannot be written", () => {
  const { say } = scheduler(2, { maxPending: 1 });
  say(0, listed());
  const words = say(1, { kind: "disk", reason: "No space left on device" }, done("pod-0", "u0"));
  assert.match(words.join(), toldBy("journal-full"));
  assert.deepEqual(words.slice(1), ["collect pod-0"]);
  assert.ok(say(2, { kind: "disk", reason: null }).includes("create pod-1"));
});
