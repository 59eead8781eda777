// The API server inside this program, which --local and most tests run on, against the cluster's: the same calls to both, and
// what a client can see of the answers compared.

import assert from "node:assert/strict";
import { systemClock } from "../../lib/clock.ts";
import { connect } from "../../lib/cluster/connect.ts";
import type { Transport } from "../../lib/cluster/transport/transport.ts";
import { makeApi } from "../../lib/local/api/api.ts";
import { Logs } from "../../lib/local/logs/logs.ts";
import { Store } from "../../lib/local/store/store.ts";
import { localTransport } from "../../lib/local/transport.ts";
import { responseOf } from "../response.ts";

const context = Deno.env.get("QUPODS_CONTEXT") ?? "plain";
const hasCluster = Deno.env.has("KUBECONFIG");
const mark = `double-${crypto.randomUUID().slice(0, 8)}`;

/** Nothing of it ever runs: no node has this label. */
function pod(
  name: string,
  spec: Record<string, unknown> = {},
  metadata: Record<string, unknown> = {},
): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${mark}-${name}`, labels: { mark }, ...metadata },
    spec: {
      nodeSelector: { "qupods.dev/nowhere": "yes" },
      restartPolicy: "Never",
      containers: [{ name: "main", image: "busybox" }],
      ...spec,
    },
  });
}

function withContainer(fields: Record<string, unknown>): Record<string, unknown> {
  return { containers: [{ name: "main", image: "busybox", ...fields }] };
}

interface Call {
  readonly method?: "GET" | "POST" | "DELETE";
  /** Below `pods`. */
  readonly path: string;
  readonly body?: string;
  /** The words differ: only status and reason are compared. */
  readonly isLoose?: true;
}

const create = (body: string, query = ""): Call => ({ method: "POST", path: query, body });
const named = (name: string) => `/${mark}-${name}`;
const listed = (query: string) => `?labelSelector=mark%3D${mark}${query}`;
const misplaced = { restrtPolicy: "x", ...withContainer({ imag: "x", env: [{ name: "a", valu: "b" }] }) };

const CALLS: Readonly<Record<string, Call>> = {
  "a dry run": create(pod("a"), "?dryRun=All&fieldValidation=Strict"),
  "nothing is stored by a dry run": { path: named("a") },
  "unknown fields, strictly": create(pod("a", misplaced, { foo: 1 }), "?fieldValidation=Strict"),
  "unknown fields, warned of": create(pod("warned", { restrtPolicy: "x" })),
  "unknown fields, ignored": create(pod("ignored", { restrtPolicy: "x" }), "?fieldValidation=Ignore"),
  "a validation that there is not": create(pod("a"), "?fieldValidation=strict"),
  "a dry run that there is not": create(pod("a"), "?dryRun=all"),
  "a create": create(pod("a")),
  "a second create": create(pod("a")),
  "a dry run of what exists": create(pod("a"), "?dryRun=All"),
  "a pod's name with capitals": create(pod("A_b")),
  "a pod's name of 270 characters": create(pod("x".repeat(255))),
  "no name": create(pod("b", {}, { name: undefined })),
  "a number as name": create(pod("b", {}, { name: 12 })),
  "no containers": create(pod("b", { containers: [] })),
  "containers that are a map": create(pod("b", { containers: {} })),
  "no spec": create(JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: `${mark}-b` } })),
  "no image": create(pod("b", { containers: [{ name: "main" }] })),
  "no container's name": create(pod("b", { containers: [{ image: "i" }] })),
  "a container's name with capitals": create(pod("b", withContainer({ name: "A_b" }))),
  "two containers of one name": create(
    pod("b", { containers: [{ name: "a", image: "i" }, { name: "a", image: "i" }] }),
  ),
  "a number in env": create(pod("b", withContainer({ env: [{ name: "A", value: 1 }] }))),
  "a truth in env": create(pod("b", withContainer({ env: [{ name: "A", value: true }] }))),
  "a variable without a name": create(pod("b", withContainer({ env: [{ value: "x" }] }))),
  "a number in a command": create(pod("b", withContainer({ command: ["a", 1] }))),
  "a command that is a text": create(pod("b", withContainer({ command: "a b" }))),
  "a quantity that is none": create(pod("b", withContainer({ resources: { limits: { cpu: "abc" } } }))),
  "a mount without a volume": create(
    pod("b", withContainer({ volumeMounts: [{ name: "v", mountPath: "/x" }] })),
  ),
  "a number as label": create(pod("b", {}, { labels: { a: 1 } })),
  "a label with a space": create(pod("b", {}, { labels: { a: "b c" } })),
  "a label's key with a space": create(pod("b", {}, { labels: { "a b": "c" } })),
  "a deadline of 0": create(pod("b", { activeDeadlineSeconds: 0 })),
  "a deadline that is a text": create(pod("b", { activeDeadlineSeconds: "5" })),
  "a restartPolicy that there is not": create(pod("b", { restartPolicy: "Sometimes" })),
  "an imagePullPolicy that there is not": create(pod("b", withContainer({ imagePullPolicy: "Sometimes" }))),
  "a Job": create(pod("b").replace('"Pod"', '"Job"')),
  "another version": create(pod("b").replace('"v1"', '"batch/v1"')),
  "another namespace": create(pod("b", {}, { namespace: "other" })),
  "no JSON": { ...create("{"), isLoose: true },
  "nothing": { ...create(""), isLoose: true },
  "a get of what there is not": { path: named("nothing") },
  "a log of what there is not": { path: `${named("nothing")}/log` },
  "a log of an unbound pod": { path: `${named("a")}/log` },
  "a log of a container that there is not": { path: `${named("a")}/log?container=nothing` },
  "tailLines below 0": { path: `${named("a")}/log?tailLines=-1` },
  "tailLines that are no number": { path: `${named("a")}/log?tailLines=x` },
  "limitBytes of 0": { path: `${named("a")}/log?limitBytes=0` },
  "sinceTime and sinceSeconds": { path: `${named("a")}/log?sinceSeconds=1&sinceTime=2020-01-01T00:00:00Z` },
  "sinceTime that is none": { path: `${named("a")}/log?sinceTime=x` },
  "a list": { path: listed("") },
  "a page": { path: listed("&limit=1") },
  "a list from any version": { path: listed("&resourceVersion=0") },
  "a list of nothing": { path: `?labelSelector=mark%3Dnot${mark}` },
  "a selector that is none": { path: "?labelSelector=a%20b", isLoose: true },
  "a field that there is not": { path: "?fieldSelector=spec.foo%3Db" },
  "a limit that is no number": { path: "?limit=x" },
  "a continue token that is none": { path: "?limit=1&continue=abc", isLoose: true },
  "a list from a version that is none": { path: "?resourceVersion=abc" },
  "a list from a version to come": { path: "?resourceVersion=99999999999", isLoose: true },
  "a watch from a version that is none": { path: "?watch=1&resourceVersion=abc" },
  "a delete of what there is not": { method: "DELETE", path: named("nothing") },
  "a delete of another UID": {
    method: "DELETE",
    path: named("a"),
    body: JSON.stringify({ preconditions: { uid: "other" } }),
  },
  "a delete whose options are none": { method: "DELETE", path: named("a"), body: "{", isLoose: true },
  "a dry delete": { method: "DELETE", path: `${named("a")}?dryRun=All` },
  "a delete": { method: "DELETE", path: named("a") },
  "a second delete": { method: "DELETE", path: named("a") },
  "a POST to a pod": { method: "POST", path: named("warned"), body: "{}" },
};

/** Both servers, and an end that removes what was made on the real one. */
async function openBoth(): Promise<{ real: Side; double: Side } & AsyncDisposable> {
  const link = await connect({
    kubectl: ["kubectl"],
    context,
    kubeconfig: null,
    namespace: null,
    transport: "auto",
    requestTimeoutSeconds: 60,
    isLocal: false,
  }, null);
  const transport = await link.open();
  const store = new Store();
  const double = localTransport({ handle: makeApi(store, new Logs(systemClock), systemClock) });
  const base = `/api/v1/namespaces/${link.namespace}/pods`;
  return {
    real: { transport, base },
    double: { transport: double, base },
    async [Symbol.asyncDispose]() {
      const list = JSON.parse(await (await transport.fetch(base + listed(""))).text());
      for (const { metadata: { name, uid } } of list.items) {
        const body = JSON.stringify({ preconditions: { uid } });
        await (await transport.fetch(`${base}/${name}`, { method: "DELETE", body })).body?.cancel();
      }
      await link[Symbol.asyncDispose]();
      await double[Symbol.asyncDispose]();
    },
  };
}

interface Side {
  readonly transport: Transport;
  readonly base: string;
}

async function send({ transport, base }: Side, { method = "GET", path, body }: Call): Promise<Response> {
  return responseOf(await transport.fetch(base + path, { method, ...(body === undefined ? {} : { body }) }));
}

/** What a client sees of an answer, without what differs from server to server. */
async function seen(answer: Response, isLoose = false): Promise<unknown> {
  const text = await answer.text();
  const facts = { status: answer.status, warning: answer.headers.get("warning") };
  if (text === "") return facts;
  const object = JSON.parse(text);
  if (object.kind === "Status") {
    const { reason, code, message, details, status } = object;
    if (isLoose) return { ...facts, status, code, reason };
    const plain = message.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "UID");
    return { ...facts, status, code, reason, message: plain, details };
  }
  if (object.kind === "PodList") {
    const keys = Object.keys(object.metadata).filter((key) => key !== "selfLink").sort();
    const names = object.items.map((item: { metadata: { name: string } }) => item.metadata.name);
    return { ...facts, keys, names, itemKeys: Object.keys(object.items[0] ?? {}).sort() };
  }
  return { ...facts, kind: object.kind, ...podFacts(object) };
}

function podFacts(
  { metadata, status }: { metadata: Record<string, unknown>; status: Record<string, unknown> },
): Record<string, unknown> {
  const keys = Object.keys(metadata).filter((key) => key !== "managedFields").sort();
  const { generation, deletionGracePeriodSeconds } = metadata;
  return { keys, generation, deletionGracePeriodSeconds, phase: status.phase, qosClass: status.qosClass };
}

Deno.test({
  name: "the API server of --local answers as the cluster's does",
  ignore: !hasCluster,
  fn: async (test) => {
    await using both = await openBoth();
    for (const [what, call] of Object.entries(CALLS)) {
      await test.step(what, async () => {
        const [real, double] = [await send(both.real, call), await send(both.double, call)];
        assert.deepEqual(await seen(double, call.isLoose), await seen(real, call.isLoose));
      });
    }
  },
});

/** What a watch from a version that is forgotten gets, as seen from a kube-apiserver 1.36. */
const EXPIRED = {
  type: "ERROR",
  kind: "Status",
  apiVersion: "v1",
  metadata: {},
  status: "Failure",
  message: "too old resource version: N (N)",
  reason: "Expired",
  code: 410,
};

Deno.test({
  name: "the API server of --local watches as the cluster's does",
  ignore: !hasCluster,
  fn: async () => {
    await using both = await openBoth();
    const watched = async (side: Side): Promise<unknown[]> => {
      const made = await (await send(side, create(pod("watched")))).json();
      const { resourceVersion } = made.metadata;
      const query = listed(`&watch=1&timeoutSeconds=3&resourceVersion=${resourceVersion}`);
      const watch = await side.transport.fetch(side.base + query, { isStream: true });
      await (await send(side, { method: "DELETE", path: named("watched") })).body?.cancel();
      const events = (await watch.text()).trim().split("\n").map((line) => JSON.parse(line));
      const versions = events.map(({ object }) => Number(object.metadata.resourceVersion));
      assert.deepEqual(versions, [...versions].sort((a, b) => a - b), "versions rise");
      // the scheduler's remark that nothing fits is the cluster's alone
      return events.filter(({ type, object }) => type !== "MODIFIED" || object.metadata.deletionTimestamp)
        .map(({ type, object }) => ({ type, apiVersion: object.apiVersion, ...podFacts(object) }));
    };
    assert.deepEqual(await watched(both.double), await watched(both.real));
    const tooOld = async (side: Side): Promise<{ readonly type: string }> => {
      const query = "?watch=1&timeoutSeconds=3&resourceVersion=1";
      const text = await (await side.transport.fetch(side.base + query, { isStream: true })).text();
      const { type, object } = JSON.parse(text.split("\n")[0] ?? "");
      if (type !== "ERROR") return { type };
      return { type, ...object, message: object.message.replace(/\d+/g, "N") };
    };
    const store = new Store({ historyLimit: 1 });
    for (const name of ["a", "b", "c", "d"]) store.create("n", pod(name));
    const old = localTransport({ handle: makeApi(store, new Logs(systemClock), systemClock) });
    assert.deepEqual(await tooOld({ ...both.double, transport: old }), EXPIRED);
    // a cluster that has just started still knows its first version
    const real = await tooOld(both.real);
    if (real.type === "ERROR") assert.deepEqual(real, EXPIRED);
    await old[Symbol.asyncDispose]();
  },
});
