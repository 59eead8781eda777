import assert from "node:assert/strict";
import { systemClock } from "../../clock.ts";
import type { LogReadOptions } from "./log_cursor.ts";
import { Logs } from "./logs.ts";

const NOON = Date.UTC(2030, 0, 1, 12);

async function text(stream: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(stream).text();
}

/** A log of three lines, one second apart; the last has no newline. */
async function readThree(options: LogReadOptions): Promise<string> {
  let now = NOON;
  await using logs = new Logs({ ...systemClock, now: () => now });
  const log = logs.open("u", "c");
  for (const line of ["one\n", "two\n", "three"]) {
    log.append(new TextEncoder().encode(line));
    now += 1000;
  }
  log.end();
  return await text(log.read(options));
}

for (
  const [what, options, expected] of [
    ["everything", {}, "one\ntwo\nthree"],
    ["nothing with tailLines 0", { tailLines: 0 }, ""],
    ["the last line with tailLines 1", { tailLines: 1 }, "three"],
    ["two lines with tailLines 2", { tailLines: 2 }, "two\nthree"],
    ["all with tailLines 9", { tailLines: 9 }, "one\ntwo\nthree"],
    ["no more than limitBytes", { limitBytes: 5 }, "one\nt"],
    ["what came since a time", { sinceNanoseconds: BigInt(NOON + 1000) * 1_000_000n }, "two\nthree"],
    ["nothing since a later time", { sinceNanoseconds: BigInt(NOON + 9000) * 1_000_000n }, ""],
    [
      "times of nine digits",
      { hasTimestamps: true, tailLines: 2 },
      "2030-01-01T12:00:01.000000000Z two\n2030-01-01T12:00:02.000000000Z three",
    ],
    [
      "a limit that counts the times",
      { hasTimestamps: true, limitBytes: 33 },
      "2030-01-01T12:00:00.000000000Z on",
    ],
    ["a followed log that has ended", { isFollowed: true }, "one\ntwo\nthree"],
  ] as const
) {
  Deno.test(`ContainerLog reads ${what}`, async () => assert.equal(await readThree(options), expected));
}

Deno.test("ContainerLog gives lines that came together rising times, the same on each reading", async () => {
  await using logs = new Logs({ ...systemClock, now: () => NOON });
  const log = logs.open("u", "c");
  log.append(new TextEncoder().encode("a\nb"));
  log.append(new TextEncoder().encode("b\n\nd\n"));
  const lines = (await text(log.read({ hasTimestamps: true }))).trimEnd().split("\n");
  assert.deepEqual(lines.map((line) => line.slice(31)), ["a", "bb", "", "d"]);
  const times = lines.map((line) => line.slice(0, 30));
  assert.deepEqual(times, [...new Set(times)].sort());
  assert.equal(await text(log.read({ hasTimestamps: true, tailLines: 1 })), lines[3] + "\n");
});

Deno.test("ContainerLog keeps binary bytes of a size that must go to disk, across both", async () => {
  await using logs = new Logs(systemClock);
  const log = logs.open("u", "c");
  const whole = new Uint8Array(1_000_003).map((_, i) => (i * 7919) >> 3);
  for (let at = 0; at < whole.length; at += 9_999) log.append(whole.subarray(at, at + 9_999));
  const read = new Uint8Array(await new Response(log.read()).arrayBuffer());
  assert.equal(read.length, whole.length);
  assert.ok(read.every((byte, i) => byte === whole[i]));
  const newline = whole.lastIndexOf(10, whole.length - 2);
  const tail = new Uint8Array(await new Response(log.read({ tailLines: 1 })).arrayBuffer());
  assert.deepEqual(tail, whole.slice(newline + 1));
});

Deno.test("ContainerLog is followed until it ends, or until the reader cancels", async () => {
  await using logs = new Logs(systemClock);
  const log = logs.open("u", "c");
  const followed = text(log.read({ isFollowed: true }));
  const left = log.read({ isFollowed: true }).getReader();
  const waiting = left.read();
  await Promise.resolve();
  await left.cancel();
  assert.equal((await waiting).done, true);
  log.append(new TextEncoder().encode("late "));
  await Promise.resolve();
  log.append(new TextEncoder().encode("words"));
  log.end();
  assert.equal(await followed, "late words");
});

Deno.test("ContainerLog cuts its readers when the pod is dropped", async () => {
  await using logs = new Logs(systemClock);
  const log = logs.open("u", "c");
  const followed = text(log.read({ isFollowed: true }));
  await Promise.resolve();
  logs.drop("u");
  assert.equal(await followed, "");
});
