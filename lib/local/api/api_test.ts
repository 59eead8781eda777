import assert from "node:assert/strict";
import { systemClock } from "../../clock.ts";
import { type ApiHandler, makeApi } from "./api.ts";
import { Logs } from "../logs/logs.ts";
import { Store } from "../store/store.ts";

const PODS = "/api/v1/namespaces/ns/pods";

function open(): { store: Store; handle: ApiHandler } {
  const store = new Store();
  return { store, handle: makeApi(store, new Logs(systemClock), systemClock) };
}

function manifest(name: string, labels: Record<string, string> = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels },
    spec: { containers: [{ name: "main", image: "busybox" }] },
  });
}

interface WatchLine {
  readonly type: string;
  readonly object: { readonly code?: number; readonly metadata: { readonly name?: string } };
}

async function readLines(response: Response, count: number): Promise<WatchLine[]> {
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  let text = "";
  while (text.split("\n").length <= count) {
    const part = await reader.read();
    if (part.done) break;
    text += new TextDecoder().decode(part.value);
  }
  await reader.cancel();
  return text.trim().split("\n").map((line) => JSON.parse(line));
}

Deno.test("makeApi() answers refusals with a Status", async () => {
  const { handle } = open();
  const response = await handle({ method: "GET", path: `${PODS}/a` });
  assert.equal(response.status, 404);
  assert.deepEqual(await response.json(), {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: 'pods "a" not found',
    reason: "NotFound",
    details: { name: "a", kind: "pods" },
    code: 404,
  });
  assert.equal((await handle({ method: "GET", path: "/api/v1/nodes" })).status, 404);
  assert.equal((await handle({ method: "PUT", path: PODS })).status, 405);
});

Deno.test("makeApi() permits everything and knows its version", async () => {
  const { handle } = open();
  const review = await handle({
    method: "POST",
    path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
    body: "{}",
  });
  assert.equal((await review.json()).status.allowed, true);
  assert.equal((await (await handle({ method: "GET", path: "/version" })).json()).major, "1");
});

Deno.test("makeApi() lists in pages and by label", async () => {
  const { store, handle } = open();
  for (let i = 0; i < 5; i++) store.create("ns", manifest(`p${i}`, { run: i === 4 ? "y" : "x" }));
  const names: string[] = [];
  for (let token = ""; names.length < 9;) {
    const page = await handle({
      method: "GET",
      path: `${PODS}?labelSelector=run%3Dx&limit=3&continue=${token}`,
    });
    const list = await page.json();
    for (const { metadata } of list.items) names.push(metadata.name);
    token = list.metadata.continue ?? "";
    if (token === "") break;
  }
  assert.deepEqual(names, ["p0", "p1", "p2", "p3"]);
});

Deno.test("makeApi() watches from a version: what was missed, what comes, only what the label sees", async () => {
  const { store, handle } = open();
  store.create("ns", manifest("old", { run: "x" }));
  const from = store.resourceVersion;
  store.create("ns", manifest("missed", { run: "x" }));
  const response = await handle({
    method: "GET",
    path: `${PODS}?watch=1&labelSelector=run%3Dx&resourceVersion=${from}`,
  });
  store.create("ns", manifest("foreign", { run: "y" }));
  store.create("ns", manifest("new", { run: "x" }));
  store.remove("ns", "new");
  const lines = await readLines(response, 4);
  assert.deepEqual(lines.map(({ type, object }) => `${type} ${object.metadata.name}`), [
    "ADDED missed",
    "ADDED new",
    "MODIFIED new",
    "DELETED new",
  ]);
});

Deno.test("makeApi() says 410 in the stream of a watch that starts too far back", async () => {
  const { store, handle } = open();
  for (const name of ["a", "b"]) store.create("ns", manifest(name));
  store.compact();
  const response = await handle({ method: "GET", path: `${PODS}?watch=1&resourceVersion=1` });
  assert.equal(response.status, 200);
  const [line, ...rest] = await readLines(response, 9);
  assert.deepEqual([line?.type, line?.object.code, rest.length], ["ERROR", 410, 0]);
});

Deno.test("makeApi() ends a watch in time with a bookmark, and breaks it by its signal", async () => {
  const store = new Store();
  const ends: (() => void)[] = [];
  const clock = {
    ...systemClock,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        ends.push(resolve);
        signal?.addEventListener("abort", () => reject(signal.reason));
      }),
  };
  const handle = makeApi(store, new Logs(clock), clock);
  const watch = `${PODS}?watch=1&allowWatchBookmarks=true&timeoutSeconds=5`;
  const timed = await handle({ method: "GET", path: watch });
  ends[0]?.();
  const text = await timed.text();
  assert.equal(JSON.parse(text).type, "BOOKMARK");
  const control = new AbortController();
  const broken = await handle({ method: "GET", path: watch, signal: control.signal });
  const read = broken.text();
  control.abort(new Error("enough"));
  await assert.rejects(read, /enough/);
});

Deno.test("makeApi() answers a log request as the API server does", async () => {
  const { store, handle } = open();
  const pod = store.create("ns", manifest("a")).pod;
  const ask = (query: string) => handle({ method: "GET", path: `${PODS}/a/log?${query}` });
  assert.equal((await ask("")).status, 204);
  store.update(pod, (now) => ({ ...now, spec: { ...now.spec, nodeName: "n" } }));
  for (
    const [query, code, message] of [
      ["container=x", 400, "container x is not valid for pod a"],
      ["tailLines=x", 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
      ["tailLines=-1", 422, /greater than or equal to 0/],
      ["limitBytes=0", 422, /greater than 0/],
      ["sinceTime=now", 400, /parsing time "now"/],
      ["", 400, 'container "main" in pod "a" is not available'],
    ] as const
  ) {
    const response = await ask(query);
    assert.equal(response.status, code, query);
    const status = await response.json();
    if (typeof message === "string") assert.equal(status.message, message);
    else assert.match(status.message, message);
  }
});
