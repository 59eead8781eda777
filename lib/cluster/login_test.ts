// A login that the server refuses for a while, as whoever uses the calls sees it.

import assert from "node:assert/strict";
import type { Pods } from "./pods.ts";
import { makePods } from "./pods_api.ts";
import { jumpingClock } from "./test_transport.ts";
import type { RequestOptions, Transport } from "./transport/transport.ts";

const POD = { kind: "Pod", metadata: { name: "a", uid: "u" } };
const REFUSALS = 12;

/** A server that refuses the login to so many requests, once it is told to, and keeps each watch open until its `end`. */
function makeServer() {
  const server = { refusalsLeft: 0, paths: [] as string[], end: () => {} };
  const fetch = (path: string, { method, signal }: RequestOptions = {}): Promise<Response> => {
    server.paths.push(path);
    if (server.refusalsLeft > 0) {
      server.refusalsLeft--;
      const status = { kind: "Status", reason: "Unauthorized", message: "Unauthorized", code: 401 };
      return Promise.resolve(Response.json(status, { status: 401 }));
    }
    if (path.includes("watch=1")) {
      const body = new ReadableStream({
        start(controller) {
          server.end = () => controller.close();
          signal?.addEventListener("abort", () => controller.error(signal.reason));
        },
      });
      return Promise.resolve(new Response(body));
    }
    if (path.includes("/log?")) return Promise.resolve(new Response("x"));
    if (path.includes("labelSelector")) {
      const list = { kind: "PodList", metadata: { resourceVersion: "1" }, items: [] };
      return Promise.resolve(Response.json(list));
    }
    return Promise.resolve(Response.json(POD, { status: method === "POST" ? 201 : 200 }));
  };
  const transport: Transport = {
    kind: "local",
    maxStreams: 1,
    fetch,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { server, transport };
}

const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** Watches, has the login refused, asks, and waits until it is accepted; says what was told. */
async function play(
  work: (pods: Pods, server: ReturnType<typeof makeServer>["server"]) => Promise<unknown> | void,
): Promise<{ readonly events: string[]; readonly grumbles: string[]; readonly paths: string[] }> {
  const { server, transport } = makeServer();
  const stop = new AbortController();
  const grumbles: string[] = [];
  const pods = makePods(transport, {
    namespace: "ns",
    clock: jumpingClock(29_999),
    signal: stop.signal,
    requestTimeoutSeconds: 5,
    onTrouble: (text) => grumbles.push(text),
  });
  const events: string[] = [];
  const watching = pods.watch(
    "r",
    (event) => events.push("cause" in event ? `${event.kind} ${event.cause}` : event.kind),
    stop.signal,
  );
  await turn();
  server.refusalsLeft = REFUSALS;
  server.paths = [];
  await work(pods, server);
  for (let turns = 0; turns < 50 && !events.includes("back login"); turns++) await turn();
  stop.abort();
  await watching;
  return { events, grumbles, paths: server.paths };
}

for (
  const [what, ask] of [
    ["create()", (pods: Pods) => pods.create("{}")],
    ["log()", (pods: Pods) => pods.log("a", { container: "c" })],
    ["get()", (pods: Pods) => pods.get("a")],
    ["remove()", (pods: Pods) => pods.remove("a", "u")],
    ["list()", (pods: Pods) => pods.list("r")],
  ] as const
) {
  Deno.test(`watch() tells once of a login that is refused to ${what}, and once that it is accepted`, async () => {
    const { events, grumbles } = await play(async (pods) => {
      for (let count = 0; count < REFUSALS; count++) await ask(pods);
    });
    assert.deepEqual(events, ["listing", "listed", "lost login", "back login"]);
    assert.deepEqual(grumbles, []);
  });
}

Deno.test("watch() tells once of a login that is refused to itself, and not that the server does not answer", async () => {
  const { events } = await play((_, server) => server.end());
  assert.deepEqual(events, ["listing", "listed", "lost login", "back login"]);
});

Deno.test("watch() sees that the login is accepted again where nobody asks for anything any more", async () => {
  const { events, paths } = await play(async (pods, server) => {
    server.refusalsLeft = 3;
    await pods.create("{}");
    await pods.create("{}");
  });
  assert.deepEqual(events, ["listing", "listed", "lost login", "back login"]);
  const list = "/api/v1/namespaces/ns/pods?labelSelector=qupods.dev%2Frun%3Dr&limit=1";
  assert.deepEqual(paths.slice(2), [list, list]);
});

Deno.test("log() tells a login that is refused from a kubelet that does not let the server in", async () => {
  for (const isLoginRefused of [true, false]) {
    const { events, paths } = await play(async (pods, server) => {
      server.refusalsLeft = isLoginRefused ? 4 : 1;
      const outcome = await pods.log("a", { container: "c" });
      assert.ok(outcome.kind === "failed");
      assert.equal(outcome.isLoginRefused, isLoginRefused);
      if (isLoginRefused) await pods.log("a", { container: "c" });
    });
    assert.deepEqual(events.slice(2), isLoginRefused ? ["lost login", "back login"] : []);
    assert.deepEqual(paths.slice(0, 2).map((path) => path.split("/").at(-1)), ["log?container=c", "a"]);
  }
});
