import assert from "node:assert/strict";
import { makePods } from "./pods_api.ts";
import type { CreateOutcome, Pods } from "./pods.ts";
import { json, jumpingClock, refused, scripted, type Sent } from "./test_transport.ts";
import { type Transport, TransportError } from "./transport/transport.ts";
import { viewPod } from "./view.ts";

const POD = { kind: "Pod", metadata: { name: "a", uid: "u" } };
const cut = () => Promise.reject(new TransportError("cut"));
const html = (status: number) => () => new Response("<html>", { status });
const busy = refused(429, "TooManyRequests", "busy", { "retry-after": "7" });

function make(script: Parameters<typeof scripted>[0]): { pods: Pods; sent: Sent[]; slept: number[] } {
  const { transport, sent } = scripted(script);
  const clock = jumpingClock();
  const signal = new AbortController().signal;
  return {
    pods: makePods(transport, { namespace: "ns", clock, signal, requestTimeoutSeconds: 5 }),
    sent,
    slept: clock.slept,
  };
}

for (
  const [what, answer, expected] of [
    ["201", json(201, POD), { kind: "made" }],
    ["201 without a pod", json(201, { kind: "Status" }), { kind: "unclear" }],
    ["201 with a page", html(201), { kind: "unclear" }],
    ["409 AlreadyExists", refused(409, "AlreadyExists", 'pods "a" already exists'), { kind: "exists" }],
    ["409 by a quota's race", refused(409, "Conflict", 'on resourcequotas "q"'), {
      kind: "later",
      isQuota: false,
    }],
    ["403 by a quota", refused(403, "Forbidden", "exceeded quota: q"), { kind: "later", isQuota: true }],
    ["403", refused(403, "Forbidden", "no"), { kind: "refused", status: 403, reason: "Forbidden" }],
    ["403 of a namespace that ends", refused(403, "Forbidden", "it is being terminated"), { kind: "later" }],
    [
      "403 of a right that was taken away",
      refused(403, "Forbidden", 'pods is forbidden: User "u" cannot create resource "pods" in API group ""'),
      { kind: "later", isQuota: false },
    ],
    ["404 of a namespace that is gone", refused(404, "NotFound", 'namespaces "ns" not found'), {
      kind: "later",
    }],
    ["404", refused(404, "NotFound", "the server could not find it"), {
      kind: "refused",
      reason: "NotFound",
    }],
    ["422", refused(422, "Invalid", "bad"), { kind: "refused", status: 422, message: "bad" }],
    [
      "400 of a webhook that gives no reason",
      refused(400, "", 'admission webhook "w" denied the request: no'),
      { kind: "refused", status: 400, message: 'admission webhook "w" denied the request: no' },
    ],
    ["429", busy, { kind: "later", isQuota: false, retryAfterMilliseconds: 7000 }],
    ["401", refused(401, "Unauthorized", "who"), { kind: "later", isQuota: false }],
    ["408", html(408), { kind: "unclear" }],
    ["500", refused(500, "InternalError", "etcd"), { kind: "unclear" }],
    ["502 with a page", html(502), { kind: "unclear" }],
    ["403 with a page", html(403), { kind: "unclear" }],
    ["no answer", cut, { kind: "unclear", reason: "cut" }],
  ] as const satisfies readonly (readonly [
    string,
    Parameters<typeof scripted>[0][0],
    Partial<CreateOutcome>,
  ])[]
) {
  Deno.test(`create() sends once and takes ${what} for ${expected.kind}`, async () => {
    const { pods, sent } = make([answer]);
    assert.partialDeepStrictEqual(await pods.create("{}"), expected);
    const path = "/api/v1/namespaces/ns/pods?fieldValidation=Ignore";
    assert.deepEqual(sent, [{ method: "POST", path, body: "{}" }]);
  });
}

Deno.test("dryRun() is strict, and brings warnings", async () => {
  const { pods, sent } = make([json(201, POD, { warning: '299 - "old \\"api\\"", 299 - "two"' })]);
  assert.deepEqual((await pods.dryRun("{}")).warnings, ['old "api"', "two"]);
  assert.match(sent[0]?.path ?? "", /\?dryRun=All&fieldValidation=Strict$/);
});

Deno.test("get() asks until a pod or a Status 404 answers", async () => {
  const { pods, slept } = make([
    cut,
    busy,
    html(200),
    html(404),
    json(200, { kind: "Status" }),
    json(200, POD),
  ]);
  assert.equal((await pods.get("a"))?.uid, "u");
  assert.equal(slept.length, 5);
  assert.equal(slept[1], 7000);
  assert.equal(await make([refused(404, "NotFound", "no")]).pods.get("a"), null);
});

Deno.test("get() asks again where the body is cut", async () => {
  const torn = () =>
    new Response(new ReadableStream({ pull: (controller) => controller.error(new TransportError("cut")) }));
  assert.equal((await make([torn, json(200, POD)]).pods.get("a"))?.name, "a");
});

Deno.test("get() ends with the signal's reason", async () => {
  const { transport } = scripted([cut]);
  const stop = new AbortController();
  const clock = jumpingClock(-1);
  const pods = makePods(transport, { namespace: "ns", clock, signal: stop.signal, requestTimeoutSeconds: 5 });
  const answer = pods.get("a");
  stop.abort(new Error("stopped"));
  await assert.rejects(answer, /stopped/);
});

Deno.test("list() reads page by page, and all at once where a page has expired", async () => {
  const page = (names: string[], token: string) =>
    json(200, {
      kind: "PodList",
      metadata: { resourceVersion: "5", continue: token },
      items: names.map((name) => ({ metadata: { name } })),
    });
  const { pods, sent } = make([
    page(["old"], "t1"),
    page(["older"], "t2"),
    refused(410, "Expired", "x"),
    html(200),
    page(["a", "b"], ""),
  ]);
  const list = await pods.list("r");
  assert.deepEqual([list.pods.map((pod) => pod.name), list.resourceVersion], [["a", "b"], "5"]);
  const queries = sent.map(({ path }) => new URLSearchParams(path.split("?")[1]));
  assert.deepEqual(queries.map((query) => query.get("continue")), [null, "t1", "t2", null, null]);
  assert.deepEqual(queries.map((query) => query.get("limit")), ["500", "500", "500", "0", "0"]);
  assert.match(sent[0]?.path ?? "", /labelSelector=qupods.dev%2Frun%3Dr&limit=500/);
});

Deno.test("list() pauses where 410 is the answer to a whole list, as something in between may say", async () => {
  const whole = json(200, { kind: "PodList", items: [], metadata: { resourceVersion: "5" } });
  const { pods, sent, slept } = make([html(410), html(410), whole]);
  assert.equal((await pods.list("r")).resourceVersion, "5");
  assert.deepEqual([sent.length, slept.length], [3, 2]);
});

Deno.test("remove() sends the UID until it is answered", async () => {
  const page = () => new Response("<html>", { status: 200 });
  const { pods, sent } = make([cut, html(404), html(503), html(409), page, refused(404, "NotFound", "")]);
  assert.equal(await pods.remove("a", "u", 0), "gone");
  assert.equal(sent.length, 6);
  const body = JSON.parse(sent[5]?.body ?? "");
  assert.deepEqual([body.preconditions, body.gracePeriodSeconds], [{ uid: "u" }, 0]);
});

Deno.test("remove() asks whose pod it is after a Conflict, which may be a lost race of the server's", async () => {
  const conflict = refused(409, "Conflict", "the object has been modified");
  const pod = (uid: string) => json(200, { ...POD, metadata: { name: "a", uid } });
  assert.equal(await make([conflict, pod("other")]).pods.remove("a", "u"), "other");
  assert.equal(await make([conflict, refused(404, "NotFound", "")]).pods.remove("a", "u"), "gone");
  const { pods, sent } = make([conflict, pod("u"), json(200, POD)]);
  assert.equal(await pods.remove("a", "u"), "accepted");
  assert.deepEqual(sent.map(({ method }) => method), ["DELETE", "GET", "DELETE"]);
});

Deno.test("removeAsSeen() sends the version that was seen, and tells a changed pod from another", async () => {
  const conflict = refused(409, "Conflict", "the object might have been modified");
  const pod = (uid: string) => json(200, { ...POD, metadata: { name: "a", uid, resourceVersion: "8" } });
  const view = viewPod({ ...POD, metadata: { name: "a", uid: "u", resourceVersion: "7" } });
  const { pods, sent } = make([cut, conflict, pod("u")]);
  assert.equal(await pods.removeAsSeen(view), "changed");
  assert.deepEqual(JSON.parse(sent[1]?.body ?? "").preconditions, { uid: "u", resourceVersion: "7" });
  assert.equal(await make([conflict, pod("other")]).pods.removeAsSeen(view), "other");
  assert.equal(await make([conflict, refused(404, "NotFound", "")]).pods.removeAsSeen(view), "gone");
  assert.equal(await make([json(200, POD)]).pods.removeAsSeen(view), "accepted");
});

Deno.test("what waits for its next try goes on as soon as the watch says that the server answers again", async () => {
  const stop = new AbortController();
  const refuse = () => Promise.reject(new TransportError("refused"));
  let deletes = 0;
  let watches = 0;
  const transport: Transport = {
    kind: "local",
    maxStreams: 1,
    fetch(path, { method, signal } = {}) {
      if (method === "DELETE") {
        return ++deletes === 1 ? refuse() : Promise.resolve(Response.json({ kind: "Status" }));
      }
      if (path.includes("watch=1")) {
        if (++watches <= 2) return refuse();
        const body = new ReadableStream({
          start: (controller) => signal?.addEventListener("abort", () => controller.error(signal.reason)),
        });
        return Promise.resolve(new Response(body));
      }
      return Promise.resolve(
        Response.json({ kind: "PodList", metadata: { resourceVersion: "1" }, items: [] }),
      );
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  /** Sleeps last until their signal, or until the test ends the newest of them. */
  const sleepers: (() => void)[] = [];
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        sleepers.push(resolve);
      }),
  };
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  const pods = makePods(transport, { namespace: "ns", clock, signal: stop.signal, requestTimeoutSeconds: 5 });
  const events: string[] = [];
  const watching = pods.watch("r", (event) => events.push(event.kind), stop.signal);
  await turn();
  const ofWatch = sleepers.splice(0);
  const removed = pods.remove("a", "u");
  await turn();
  assert.deepEqual([watches, deletes, sleepers.length], [1, 1, 1]);
  for (const wake of ofWatch) wake();
  await turn();
  sleepers.at(-1)?.();
  assert.equal(await removed, "accepted");
  assert.deepEqual(events, ["listing", "listed", "lost", "back"]);
  stop.abort();
  await watching;
});

Deno.test("what an outage has put off goes on as soon as another call is answered, and no more often than each 5 s", async () => {
  let now = 0;
  let deletes = 0;
  const transport: Transport = {
    kind: "local",
    maxStreams: 1,
    fetch: (_, { method } = {}) =>
      method === "DELETE" && ++deletes < 3
        ? Promise.resolve(new Response("", { status: 500 }))
        : Promise.resolve(Response.json(POD)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const clock = {
    now: () => now,
    monotonic: () => now,
    sleep: (_: number, signal?: AbortSignal) =>
      new Promise<void>((_, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
      ),
  };
  const { signal } = new AbortController();
  const pods = makePods(transport, { namespace: "ns", clock, signal, requestTimeoutSeconds: 5 });
  const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
  const removed = pods.remove("a", "u");
  await turn();
  for (const [time, expected] of [[0, 2], [4999, 2], [5000, 3]] as const) {
    now = time;
    await pods.get("b");
    await turn();
    assert.equal(deletes, expected, `after ${time} ms`);
  }
  assert.equal(await removed, "accepted");
});

Deno.test("remove() tells once that a DELETE is refused, and goes on", async () => {
  const no = refused(403, "Forbidden", 'cannot delete resource "pods"');
  const { transport } = scripted([no, no, no, no, no, no, json(200, POD)]);
  const told: string[] = [];
  const pods = makePods(transport, {
    namespace: "ns",
    clock: jumpingClock(),
    signal: new AbortController().signal,
    requestTimeoutSeconds: 5,
    onTrouble: (text) => told.push(text),
  });
  assert.equal(await pods.remove("a", "u"), "accepted");
  assert.deepEqual(told, ['cannot delete pod a, trying on: Forbidden: cannot delete resource "pods"']);
});

Deno.test("remove() tells once, after 20 s, of a server that answers nothing although it keeps the watch open", async () => {
  const late = refused(504, "Timeout", "request did not complete within requested timeout");
  const { transport } = scripted([...Array(9).fill(late), json(200, POD)]);
  const told: string[] = [];
  const clock = jumpingClock();
  const pods = makePods(transport, {
    namespace: "ns",
    clock,
    signal: new AbortController().signal,
    requestTimeoutSeconds: 5,
    onTrouble: (text) => {
      assert.ok(clock.monotonic() >= 20_000, `after ${clock.monotonic()} ms`);
      told.push(text);
    },
  });
  assert.equal(await pods.remove("a", "u"), "accepted");
  assert.deepEqual(told, [
    "cannot delete pod a, trying on: Timeout: request did not complete within requested timeout",
  ]);
});

for (
  const [what, answer, expected] of [
    ["200", () => new Response("x"), "stream"],
    ["404", refused(404, "NotFound", "no"), "gone"],
    ["a page with 404", html(404), "failed"],
    ["400", refused(400, "BadRequest", "waiting to start"), "absent"],
    ["502", html(502), "failed"],
    ["no answer", cut, "failed"],
  ] as const
) {
  Deno.test(`log() takes ${what} for ${expected}`, async () => {
    const { pods, sent } = make([answer]);
    const outcome = await pods.log("a", { container: "c", follow: true, tailLines: 1, sinceTime: "t" });
    assert.equal(outcome.kind, expected);
    if (outcome.kind === "stream") await outcome.body.cancel();
    assert.match(sent[0]?.path ?? "", /pods\/a\/log\?container=c&follow=true&tailLines=1&sinceTime=t$/);
  });
}
