import assert from "node:assert/strict";
import type { ApiError } from "../api_error.ts";
import { compileSelectors } from "./selector.ts";
import { Store } from "./store.ts";

function manifest(
  name: string,
  spec: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, ...metadata },
    spec: { containers: [{ name: "main", image: "busybox" }], ...spec },
  });
}

function refusal(act: () => unknown): ApiError {
  let thrown: unknown;
  assert.throws(act, (error: ApiError) => (thrown = error) !== undefined && error.name === "ApiError");
  return thrown as ApiError;
}

Deno.test("Store gives each pod a UID, a rising resourceVersion and the phase Pending", () => {
  const store = new Store();
  const a = store.create("ns", manifest("a")).pod;
  const b = store.create("ns", manifest("b")).pod;
  assert.match(a.metadata.uid, /^[0-9a-f-]{36}$/);
  assert.equal(Number(b.metadata.resourceVersion), Number(a.metadata.resourceVersion) + 1);
  assert.equal(a.status.phase, "Pending");
  assert.equal(store.get("ns", "a"), a);
  assert.equal(refusal(() => store.get("other", "a")).code, 404);
});

Deno.test("Store refuses a second pod of the same name, and a delete of another UID", () => {
  const store = new Store();
  store.create("ns", manifest("a"));
  const twin = refusal(() => store.create("ns", manifest("a")));
  assert.deepEqual([twin.code, twin.reason, twin.message], [409, "AlreadyExists", 'pods "a" already exists']);
  const other = refusal(() => store.remove("ns", "a", { uid: "x" }));
  assert.deepEqual([other.code, other.reason], [409, "Conflict"]);
  assert.equal(store.size, 1);
});

for (
  const [what, text, code, message] of [
    ["no JSON", "{", 400, /unrecognized/],
    [
      "another kind",
      '{"apiVersion":"v1","kind":"Job"}',
      400,
      /Job in version "v1" cannot be handled as a Pod/,
    ],
    [
      "an unknown field",
      manifest("a", { restrtPolicy: "Never" }),
      400,
      /strict decoding error: unknown field "spec\.restrtPolicy"/,
    ],
    [
      "a number in env",
      manifest("a", { containers: [{ name: "m", image: "i", env: [{ name: "A", value: 1 }] }] }),
      400,
      /cannot unmarshal number .* of type string/,
    ],
    ["no containers", manifest("a", { containers: [] }), 422, /spec\.containers: Required value/],
    [
      "a variable with two values",
      manifest("a", {
        containers: [{
          name: "m",
          image: "i",
          env: [{ name: "A", value: "1", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }],
        }],
      }),
      422,
      /env\[0\]\.valueFrom: Invalid value: "": may not be specified when `value` is not empty/,
    ],
    ["no image", manifest("a", { containers: [{ name: "m" }] }), 422, /containers\[0\]\.image: Required/],
    ["a bad name", manifest("A_b"), 422, /metadata\.name: Invalid value: "A_b"/],
    ["another namespace", manifest("a", {}, { namespace: "x" }), 400, /does not match/],
  ] as const
) {
  Deno.test(`Store refuses ${what} as the API server does`, () => {
    const error = refusal(() => new Store().create("ns", text, { isStrict: true }));
    assert.equal(error.code, code);
    assert.match(error.message, message);
  });
}

Deno.test("Store stores nothing in a dry run, and only warns of unknown fields unless strict", () => {
  const store = new Store();
  assert.deepEqual(store.create("ns", manifest("a", { foo: 1 }), { isDryRun: true }).warnings, [
    'unknown field "spec.foo"',
  ]);
  assert.equal(store.size, 0);
});

Deno.test("Store removes an unbound or finished pod at once and lets a running one wait for its kubelet", () => {
  const store = new Store();
  for (const name of ["unbound", "running", "finished"]) store.create("ns", manifest(name));
  for (const name of ["running", "finished"]) {
    store.update(store.get("ns", name), (pod) => ({
      ...pod,
      spec: { ...pod.spec, nodeName: "n" },
      status: { phase: name === "running" ? "Running" : "Failed" },
    }));
  }
  for (const name of ["unbound", "finished"]) {
    store.remove("ns", name);
    assert.equal(refusal(() => store.get("ns", name)).code, 404);
  }
  store.remove("ns", "running");
  const dying = store.get("ns", "running");
  assert.ok(dying.metadata.deletionTimestamp);
  assert.equal(dying.metadata.deletionGracePeriodSeconds, 30);
  assert.equal(store.remove("ns", "running", { graceSeconds: 5 }).metadata.deletionGracePeriodSeconds, 5);
  store.finalize(dying);
  assert.equal(store.size, 0);
  assert.equal(store.update(dying, (pod) => ({ ...pod })), null);
});

Deno.test("Store keeps a pod with finalizers until they are gone", () => {
  const store = new Store();
  const pod = store.create("ns", manifest("a", {}, { finalizers: ["kueue.x-k8s.io/managed"] })).pod;
  store.remove("ns", "a");
  assert.equal(store.get("ns", "a").metadata.deletionGracePeriodSeconds, 0);
  store.update(pod, (now) => ({ ...now, metadata: { ...now.metadata, finalizers: [] } }));
  assert.equal(store.size, 0);
});

Deno.test("Store lists by label, page by page, at one moment", () => {
  const store = new Store();
  for (const name of ["c", "a", "b"]) store.create("ns", manifest(name, {}, { labels: { run: "1" } }));
  store.create("ns", manifest("z", {}, { labels: { run: "2" } }));
  const first = store.list("ns", compileSelectors("run=1", ""), 2);
  store.create("ns", manifest("d", {}, { labels: { run: "1" } }));
  const second = store.list("ns", undefined, 2, first.next);
  assert.deepEqual([...first.items, ...second.items].map((pod) => pod.metadata.name), ["a", "b", "c"]);
  assert.deepEqual([first.remaining, second.next], [1, ""]);
  assert.equal(first.resourceVersion, second.resourceVersion);
  store.compact();
  assert.equal(refusal(() => store.list("ns", undefined, 2, first.next)).code, 410);
});

Deno.test("Store forgets old changes and says 410 for them", () => {
  const store = new Store({ historyLimit: 2 });
  for (let i = 0; i < 7; i++) store.create("ns", manifest(`p${i}`));
  assert.equal(refusal(() => store.changesSince(1)).code, 410);
  assert.deepEqual(store.changesSince(5).map(({ resourceVersion }) => resourceVersion), [6, 7]);
  assert.deepEqual(store.changesSince(7), []);
});
