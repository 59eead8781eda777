import assert from "node:assert/strict";
import { DEFAULT_CONTAINER_ANNOTATION, MARK_ANNOTATION, markText } from "../marks.ts";
import type { PodView } from "./pod.ts";
import { viewPod } from "./view.ts";

function pod(annotations: Record<string, string>, names: readonly string[], status: unknown = {}): unknown {
  return { metadata: { annotations }, spec: { containers: names.map((name) => ({ name })) }, status };
}

function mark(...containers: string[]): string {
  return markText({ index: 0, attempt: 1, hash: "ab", containers });
}

Deno.test("viewPod() reads marks, and says where they are missing or malformed", () => {
  const view = viewPod({
    metadata: {
      name: "a",
      uid: "u",
      resourceVersion: "7",
      labels: { "qupods.dev/run": "r" },
      annotations: { "qupods.dev/item": "12 2 ab main" },
    },
  });
  assert.deepEqual([view.name, view.uid, view.resourceVersion, view.run], ["a", "u", "7", "r"]);
  assert.deepEqual([view.index, view.attempt, view.hash], [12, 2, "ab"]);
  for (
    const text of ["-3 2 ab main", "3 x ab main", "3 2 ab", "3 2  main", "3 0 ab main", "", "3 2 ab main x"]
  ) {
    const bad = viewPod({ metadata: { annotations: { "qupods.dev/item": text } } });
    assert.deepEqual([bad.index, bad.attempt, bad.hash, bad.run], [-1, 0, "", ""], text);
  }
});

for (const nothing of [null, undefined, 3, "x", [], {}, { metadata: 1, spec: [], status: "s" }]) {
  Deno.test(`viewPod() makes a pending pod without a name of ${JSON.stringify(nothing)}`, () => {
    const view = viewPod(nothing);
    assert.deepEqual([view.name, view.phase, view.containers.length, view.mainContainer], [
      "",
      "Pending",
      0,
      "",
    ]);
  });
}

for (
  const [what, annotations, deciders, main] of [
    ["no annotations", {}, ["a", "b", "c"], "a"],
    ["own containers", { [MARK_ANNOTATION]: mark("b", "c") }, ["b", "c"], "b"],
    ["a default container", { [DEFAULT_CONTAINER_ANNOTATION]: "c" }, ["a", "b", "c"], "c"],
    ["a default container that is none", { [DEFAULT_CONTAINER_ANNOTATION]: "z" }, ["a", "b", "c"], "a"],
    ["both", { [MARK_ANNOTATION]: mark("b"), [DEFAULT_CONTAINER_ANNOTATION]: "b" }, ["b"], "b"],
  ] as const
) {
  Deno.test(`viewPod() finds deciders and main container with ${what}`, () => {
    const view = viewPod(pod(annotations, ["a", "b", "c"]));
    assert.deepEqual(view.containers.filter((c) => c.isDecider).map((c) => c.name), deciders);
    assert.equal(view.mainContainer, main);
  });
}

Deno.test("viewPod() tells init containers from sidecars, which decide nothing", () => {
  const view = viewPod({
    spec: {
      initContainers: [{ name: "i" }, { name: "s", restartPolicy: "Always" }],
      containers: [{ name: "m" }],
    },
  });
  assert.deepEqual(view.containers.map((c) => [c.name, c.kind, c.isDecider]), [
    ["i", "init", false],
    ["s", "sidecar", false],
    ["m", "app", true],
  ]);
  assert.equal(view.mainContainer, "m");
});

for (
  const [state, expected] of [
    [{ waiting: { reason: "ErrImagePull", message: "no" } }, ["waiting", "ErrImagePull", null, null]],
    [{ running: { startedAt: "t1" } }, ["running", "", null, "t1"]],
    [{ terminated: { exitCode: 137, reason: "OOMKilled", startedAt: "t1" } }, [
      "terminated",
      "OOMKilled",
      137,
      "t1",
    ]],
    [undefined, ["waiting", "", null, null]],
  ] as const
) {
  Deno.test(`viewPod() reads the container state ${JSON.stringify(state)}`, () => {
    const view = viewPod(pod({}, ["a"], { containerStatuses: [{ name: "a", state }] }));
    const [a] = view.containers;
    assert.deepEqual([a?.state, a?.reason, a?.exitCode, a?.startedAt], expected);
  });
}

for (
  const [what, object, key, expected] of [
    ["a gate", { spec: { schedulingGates: [{ name: "k" }] } }, "isGated", true],
    ["a bound pod", { spec: { nodeName: "n" } }, "nodeName", "n"],
    ["a deletion", { metadata: { deletionTimestamp: "t" } }, "deletionTimestamp", "t"],
    ["a grace", { metadata: { deletionGracePeriodSeconds: 5 } }, "deletionGraceSeconds", 5],
    ["a finalizer", { metadata: { finalizers: ["a", "b"] } }, "finalizer", "a"],
    ["a disruption", condition("DisruptionTarget", "True", "PodGC"), "disruption", "PodGC"],
    ["no disruption", condition("DisruptionTarget", "False", "PodGC"), "disruption", ""],
    ["since when it is disrupted", condition("DisruptionTarget", "True", "PodGC"), "disruptedAt", "t"],
    [
      "no time of what is no disruption",
      condition("DisruptionTarget", "False", "PodGC"),
      "disruptedAt",
      null,
    ],
    ["no room", condition("PodScheduled", "False", "Unschedulable"), "schedulingMessage", "m"],
    ["an odd phase", { status: { phase: "Weird" } }, "phase", "Pending"],
    ["a node that is lost", readiness({}), "isNodeLost", true],
    [
      "a container that is not ready",
      readiness({ reason: "ContainersNotReady" }, "False"),
      "isNodeLost",
      false,
    ],
    ["a gate of readiness", readiness({ reason: "ReadinessGatesNotReady" }), "isNodeLost", false],
    ["an eviction", { status: { reason: "Evicted" } }, "reason", "Evicted"],
  ] as const satisfies readonly (readonly [string, unknown, keyof PodView, unknown])[]
) {
  Deno.test(`viewPod() sees ${what}`, () => assert.equal(viewPod(object)[key], expected));
}

/** A pod that is not ready. */
function readiness(ready: Record<string, string>, containers = "True"): unknown {
  return {
    status: {
      conditions: [{ type: "Ready", status: "False", ...ready }, {
        type: "ContainersReady",
        status: containers,
      }],
    },
  };
}

function condition(type: string, status: string, reason: string): unknown {
  return { status: { conditions: [{ type, status, reason, message: "m", lastTransitionTime: "t" }] } };
}

Deno.test("viewPod() reads the item back out of the environment of the main container", () => {
  const env = [{ name: "QUPODS_ITEM", value: "costs $$5, $$(HOME)" }];
  const object = (containers: unknown) => ({ spec: { containers } });
  assert.equal(viewPod(object([{ name: "m", env }, { name: "o" }])).itemText, "costs $5, $(HOME)");
  assert.equal(viewPod(object([{ name: "m" }])).itemText, "");
});
