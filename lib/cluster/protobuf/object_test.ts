import assert from "node:assert/strict";
import { varint, writeMessage, writeProtobufFrame, writeProtobufObject } from "../../../tests/protobuf.ts";
import { viewPod } from "../view.ts";
import { MalformedMessage, readMessage } from "./message.ts";
import { readProtobufEvent, readProtobufObject } from "./object.ts";

const POD = {
  kind: "Pod",
  metadata: {
    name: "größe-1",
    uid: "u-1",
    resourceVersion: "12345",
    creationTimestamp: "2026-11-26T21:19:00Z",
    deletionTimestamp: "2026-11-26T21:20:00Z",
    deletionGracePeriodSeconds: 0,
    finalizers: ["kueue.x-k8s.io/managed", "other"],
    labels: { "qupods.dev/run": "r", empty: "" },
    annotations: { "qupods.dev/item": "12 2 ab main,other" },
  },
  spec: {
    nodeName: "n",
    schedulingGates: [{ name: "g" }],
    initContainers: [{ name: "i" }, { name: "s", restartPolicy: "Always" }],
    containers: [
      { name: "main", env: [{ name: "QUPODS_ITEM", value: "a $$ ✓\n" }, { name: "X", value: "" }] },
      { name: "other" },
    ],
  },
  status: {
    phase: "Failed",
    reason: "Evicted",
    message: "The node was low on memory.",
    startTime: "2026-11-26T21:19:01Z",
    conditions: [
      { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "m" },
      { type: "PodScheduled", status: "False", reason: "SchedulingGated", message: "held" },
    ],
    initContainerStatuses: [{
      name: "s",
      state: { waiting: { reason: "ErrImagePull", message: "no" } },
      restartCount: 0,
    }],
    containerStatuses: [
      {
        name: "main",
        restartCount: 300,
        state: {
          terminated: {
            exitCode: -1073741510,
            reason: "Error",
            startedAt: "1970-01-01T00:00:00Z",
            finishedAt: "2026-11-26T21:19:09Z",
          },
        },
      },
      { name: "other", restartCount: 0, state: { running: { startedAt: "2026-11-26T21:19:02Z" } } },
    ],
  },
};

Deno.test("readProtobufObject() gives a pod of which viewPod() makes what it makes of the JSON", () => {
  const read = readProtobufObject(writeProtobufObject(POD));
  assert.equal(read.kind, "Pod");
  assert.deepEqual(viewPod(read), viewPod(POD));
  // and none of it is a coincidence of two empty views
  const [, , main] = viewPod(read).containers;
  assert.deepEqual([main?.exitCode, main?.signal, main?.startedAt, main?.restarts], [
    -1073741510,
    null,
    null,
    300,
  ]);
  assert.equal(viewPod(read).itemText, "a $ ✓\n");
});

Deno.test("readProtobufObject() tells the zero time from 1970, and a signal from none", () => {
  const read = (terminated: Record<string, unknown>) =>
    readProtobufObject(
      writeProtobufObject({ status: { containerStatuses: [{ name: "a", state: { terminated } }] } }),
    ) as { status: { containerStatuses: [{ state: { terminated: Record<string, unknown> } }] } };
  const zero = read({ exitCode: 0 }).status.containerStatuses[0].state.terminated;
  assert.deepEqual([zero.exitCode, "signal" in zero, zero.startedAt], [0, false, null]);
  const killed = read({ exitCode: 137, signal: 9, startedAt: "1970-01-01T00:00:00Z" });
  const { signal, startedAt } = killed.status.containerStatuses[0].state.terminated;
  assert.deepEqual([signal, startedAt], [9, "1970-01-01T00:00:00Z"]);
});

Deno.test("readProtobufObject() gives an empty list its items", () => {
  const list = readProtobufObject(
    writeProtobufObject({ kind: "PodList", metadata: { resourceVersion: "7" } }),
  );
  assert.deepEqual(list, { kind: "PodList", metadata: { resourceVersion: "7", continue: "" }, items: [] });
});

Deno.test("readProtobufObject() gives of a kind that it does not know the kind alone", () => {
  assert.deepEqual(readProtobufObject(writeProtobufObject({ kind: "Lease", metadata: { name: "x" } })), {
    kind: "Lease",
  });
});

Deno.test("readProtobufObject() takes no part of an object for an object, wherever it is cut", () => {
  const whole = writeProtobufObject(POD);
  for (let length = 0; length < whole.length; length++) {
    // cut between the wrapping's own fields it has no bytes: a pod of nothing would pass for one
    assert.throws(() => readProtobufObject(whole.subarray(0, length)), MalformedMessage, `${length} bytes`);
  }
});

Deno.test("readProtobufEvent() reads type and object, and takes no part of an event for one", () => {
  const frame = writeProtobufFrame({ type: "MODIFIED", object: POD }).subarray(4);
  const { type, object } = readProtobufEvent(frame);
  assert.equal(type, "MODIFIED");
  assert.deepEqual(viewPod(object), viewPod(POD));
  for (let length = 0; length < frame.length; length++) {
    assert.throws(() => readProtobufEvent(frame.subarray(0, length)), MalformedMessage, `${length} bytes`);
  }
});

const NAMED = new Map([[3, { name: "name", kind: "text" }], [4, { name: "count", kind: "number" }]] as const);

Deno.test("readMessage() skips unknown fields of every wire type", () => {
  const bytes = Uint8Array.from([
    ...[1 * 8, ...varint(2 ** 40)],
    ...[1 * 8 + 1, 1, 2, 3, 4, 5, 6, 7, 8],
    ...[1 * 8 + 5, 1, 2, 3, 4],
    ...[...varint(5000 * 8 + 2), 2, 9, 9],
    ...writeMessage({ name: "x", count: 5 }, NAMED),
  ]);
  assert.deepEqual(readMessage(bytes, NAMED), { name: "x", count: 5 });
});

for (const value of [0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, 2 ** 53 - 1, -1, -300, -(2 ** 31), -(2 ** 40)]) {
  Deno.test(`readMessage() reads the number ${value}`, () => {
    assert.deepEqual(readMessage(writeMessage({ count: value }, NAMED), NAMED), { name: "", count: value });
  });
}

for (
  const [what, bytes] of [
    ["a number of eleven bytes", [4 * 8, ...Array(10).fill(0xff), 1]],
    ["a text that is a number", [3 * 8, 5]],
    ["a number that is a text", [4 * 8 + 2, 1, 65]],
    ["a group", [9 * 8 + 3]],
    ["a length beyond the end", [3 * 8 + 2, 5, 65]],
    ["a negative length", [3 * 8 + 2, ...varint(-5), 65]],
    ["eight bytes that are four", [9 * 8 + 1, 1, 2, 3, 4]],
    ["a number without an end", [4 * 8, 0x80]],
  ] as const
) {
  Deno.test(`readMessage() refuses ${what}`, () => {
    assert.throws(() => readMessage(Uint8Array.from(bytes), NAMED), MalformedMessage);
  });
}
