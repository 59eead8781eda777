import assert from "node:assert/strict";
import { writeProtobufFrame } from "../../tests/protobuf.ts";
import type { WatchEvent } from "./pods.ts";
import { jumpingClock, refused, scripted } from "./test_transport.ts";
import { LateRefusal, PROTOBUF, TransportError } from "./transport/transport.ts";
import { viewPod } from "./view.ts";
import { watchPods } from "./watch.ts";

const encoder = new TextEncoder();

function line(type: string, version: number, name = "a"): string {
  return `${JSON.stringify({ type, object: { metadata: { name, resourceVersion: String(version) } } })}\n`;
}

/** A 200 whose body is these chunks, and then ends, or fails. */
function stream(chunks: readonly (string | Uint8Array)[], failure?: Error): () => Response {
  return () =>
    new Response(
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const chunk of chunks) {
            controller.enqueue(typeof chunk === "string" ? encoder.encode(chunk) : chunk);
          }
          if (failure === undefined) controller.close();
        },
        pull: (controller) => controller.error(failure),
      }),
    );
}

/** A 200 that brings nothing and does not end by itself. */
function silent({ signal }: { readonly signal?: AbortSignal }): Response {
  const start = (controller: ReadableStreamDefaultController) =>
    signal?.addEventListener("abort", () => controller.error(new TransportError("aborted")));
  return new Response(new ReadableStream({ start }));
}

const fails = () => Promise.reject(new TransportError("refused"));

/**
 * Plays the script, then aborts; says what was told, and from which versions it was watched. On the clock pauses jump,
 * and the guards of a connection, which are longer, last.
 */
async function play(script: Parameters<typeof scripted>[0], clock = jumpingClock(29_999)) {
  const stop = new AbortController();
  const events: string[] = [];
  let lists = 0;
  const { transport, sent } = scripted([...script, () => {
    stop.abort();
    throw new TransportError("the end");
  }]);
  await watchPods({
    transport,
    base: "/pods",
    selector: "l=r",
    list: () => {
      lists++;
      return Promise.resolve({ pods: [viewPod({})], resourceVersion: String(lists * 100) });
    },
    clock,
    onEvent: (event: WatchEvent) =>
      events.push("pod" in event ? `${event.kind} ${event.pod.name}` : event.kind),
    signal: stop.signal,
  });
  const versions = sent.map(({ path }) => new URLSearchParams(path.split("?")[1]).get("resourceVersion"));
  return { events, versions, lists, sent, slept: clock.slept };
}

Deno.test("watchPods() lists once, watches from there with selector, bookmarks and a random time-out", async () => {
  const { events, sent, lists } = await play([stream([line("ADDED", 101), line("DELETED", 102)])]);
  assert.deepEqual(events, ["listing", "listed", "changed a", "gone a"]);
  assert.equal(lists, 1);
  const query = new URLSearchParams(sent[0]?.path.split("?")[1]);
  assert.deepEqual([query.get("labelSelector"), query.get("allowWatchBookmarks")], ["l=r", "true"]);
  const seconds = Number(query.get("timeoutSeconds"));
  assert.ok(seconds >= 240 && seconds <= 480);
});

Deno.test("watchPods() reconnects from the last version, a bookmark's too, without a list", async () => {
  const { versions, lists, events } = await play([
    stream([line("ADDED", 101), line("BOOKMARK", 150)]),
    stream([line("MODIFIED", 160)]),
  ]);
  assert.deepEqual(versions, ["100", "150", "160"]);
  assert.equal(lists, 1);
  assert.deepEqual(events, ["listing", "listed", "changed a", "changed a"]);
});

Deno.test("watchPods() puts lines together whatever the chunks, within a character too, and drops a torn last one", async () => {
  const bytes = encoder.encode(line("ADDED", 101, "größe") + line("ADDED", 102, "b"));
  const chunks = Array.from(bytes, (_, at) => bytes.slice(at, at + 1));
  const { events, versions } = await play([stream([...chunks, '{"type":"ADDED","obj'])]);
  assert.deepEqual(events, ["listing", "listed", "changed größe", "changed b"]);
  assert.deepEqual(versions, ["100", "102"]);
});

/** A 200 in protobuf whose body is these chunks. */
function protobuf(chunks: readonly Uint8Array[]): () => Response {
  return () =>
    new Response(stream(chunks)().body, { headers: { "content-type": `${PROTOBUF};stream=watch` } });
}

function frame(type: string, version: number, name = "a"): Uint8Array {
  return writeProtobufFrame({ type, object: { metadata: { name, resourceVersion: String(version) } } });
}

Deno.test("watchPods() asks for protobuf and puts its frames together whatever the chunks, and drops a torn last one", async () => {
  const bytes = [frame("ADDED", 101, "größe"), frame("BOOKMARK", 102), frame("DELETED", 103, "b")];
  const torn = frame("ADDED", 104).subarray(0, 30);
  const all = Uint8Array.from([...bytes, torn].flatMap((part) => [...part]));
  for (const size of [1, 3, 50, all.length]) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < all.length; at += size) chunks.push(all.slice(at, at + size));
    const { events, versions } = await play([protobuf(chunks)]);
    assert.deepEqual(events, ["listing", "listed", "changed größe", "gone b"]);
    assert.deepEqual(versions, ["100", "103"]);
  }
});

Deno.test("watchPods() keeps its place over frames that are none, and takes protobuf's ERROR for an event's", async () => {
  const wrong = Uint8Array.from([0, 0, 0, 3, 1, 2, 3]);
  const endless = Uint8Array.from([0xff, 0xff, 0xff, 0xff, 1]);
  const expired = writeProtobufFrame({
    type: "ERROR",
    object: { kind: "Status", code: 410, message: "too old" },
  });
  const { events, versions, lists } = await play([
    protobuf([frame("ADDED", 101), wrong]),
    protobuf([endless]),
    protobuf([frame("MODIFIED", 102), expired]),
    protobuf([frame("MODIFIED", 201)]),
  ]);
  assert.deepEqual(versions, ["100", "101", "101", "200", "201"]);
  assert.deepEqual(events.filter((event) => event.startsWith("changed")).length, 3);
  assert.equal(lists, 2);
});

Deno.test("watchPods() lists again after 410, as a status and as an event", async () => {
  const expired = `${JSON.stringify({ type: "ERROR", object: { code: 410, message: "too old" } })}\n`;
  const asStatus = await play([refused(410, "Expired", "too old")]);
  assert.deepEqual([asStatus.versions, asStatus.lists], [["100", "200"], 2]);
  const asEvent = await play([stream([line("ADDED", 101), expired])]);
  assert.deepEqual([asEvent.versions, asEvent.lists], [["100", "200"], 2]);
});

Deno.test("watchPods() keeps its place over an ERROR event, and never tells a thing twice", async () => {
  const error = `${JSON.stringify({ type: "ERROR", object: { code: 500, message: "etcd" } })}\n`;
  const { versions, lists } = await play([stream([line("ADDED", 105), error])]);
  assert.deepEqual([versions, lists], [["100", "105"], 1]);
});

Deno.test("watchPods() outlives a cut body, before the first event and after", async () => {
  const cut = new TransportError("cut");
  const { versions, lists } = await play([stream([], cut), stream([line("ADDED", 101)], cut)]);
  assert.deepEqual([versions, lists], [["100", "100", "101"], 1]);
});

Deno.test("watchPods() says lost and back once each, at growing intervals of at most 5 s", async () => {
  const { events, slept } = await play([...Array(9).fill(fails), stream([line("ADDED", 101)]), fails, fails]);
  assert.deepEqual(events, ["listing", "listed", "lost", "back", "changed a", "lost"]);
  assert.ok(slept[0] !== undefined && slept[0] <= 800);
  assert.ok(slept.every((pause) => pause <= 5_000) && Math.max(...slept) >= 2_500);
});

Deno.test("watchPods() lists anew where a watch is refused later than that was waited for: a list has a status", async () => {
  const { versions, lists } = await play([
    stream([line("ADDED", 101)]),
    stream([], new LateRefusal("Error from server (Expired): too old resource version")),
    stream([line("ADDED", 201)]),
  ]);
  assert.deepEqual([versions, lists], [["100", "101", "200", "201"], 2]);
});

Deno.test("watchPods() says that the list is not answered, and that it is", async () => {
  const stop = new AbortController();
  const events: string[] = [];
  const { transport } = scripted([() => {
    stop.abort();
    throw new TransportError("the end");
  }]);
  await watchPods({
    transport,
    base: "/p",
    selector: "",
    list: (onFailure) => {
      for (const reason of ["a", "b", "c"]) onFailure(reason);
      return Promise.resolve({ pods: [], resourceVersion: "9" });
    },
    clock: jumpingClock(),
    onEvent: (event) => events.push(event.kind === "lost" ? `lost ${event.reason}` : event.kind),
    signal: stop.signal,
  });
  assert.deepEqual(events, ["listing", "lost b", "back", "listed"]);
});

Deno.test("watchPods() ends with its signal while a list is not answered", async () => {
  const stop = new AbortController();
  const { transport } = scripted([]);
  await watchPods({
    transport,
    base: "/pods",
    selector: "l=r",
    list() {
      queueMicrotask(() => stop.abort());
      return new Promise(() => {});
    },
    clock: jumpingClock(),
    onEvent() {},
    signal: stop.signal,
  });
});

Deno.test("watchPods() lists anew now and then, for an event that never came", async () => {
  const clock = jumpingClock(29_999);
  const slow = () => {
    void clock.sleep(20_000);
    return stream([line("ADDED", 101)])();
  };
  const { lists } = await play(Array(130).fill(slow), clock);
  assert.equal(lists, 3, "130 watches of 20 s each, a list every 20 minutes");
});

const error = `${JSON.stringify({ type: "ERROR", object: { code: 500, message: "cannot decode" } })}\n`;
for (
  const [what, barren] of [
    ["breaks at the same event", stream([error])],
    ["is a page of something in between", stream(["<html>\n"])],
    ["ends at once", stream([])],
    ["is cut before its first event", stream([], new TransportError("cut"))],
    ["stays silent, as of a version that a restored etcd has not come to", silent],
  ] as const
) {
  Deno.test(`watchPods() lists anew where a second watch from the same place ${what}`, async () => {
    const patient = jumpingClock(barren === silent ? Infinity : 29_999);
    const script = [stream([line("ADDED", 101)]), barren, barren, stream([line("ADDED", 201)]), barren];
    const { versions, lists } = await play(script, patient);
    assert.deepEqual([versions, lists], [["100", "101", "101", "200", "201", "201"], 2]);
  });
}

Deno.test("watchPods() does not spin on watches that end at once", async () => {
  const { slept } = await play(Array(5).fill(stream([])));
  assert.equal(slept.length, 5);
});

Deno.test("watchPods() waits as long as a 429 asks", async () => {
  const { slept } = await play([refused(429, "TooManyRequests", "busy", { "retry-after": "17" })]);
  assert.equal(slept[0], 17_000);
});

Deno.test("watchPods() gives a silent watch up and opens it again from its place", async () => {
  const clock = jumpingClock();
  const { versions } = await play([silent], clock);
  assert.deepEqual(versions, ["100", "100"]);
  assert.ok(clock.monotonic() <= 510_000);
});
