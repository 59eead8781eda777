import assert from "node:assert/strict";
import { systemClock } from "./clock.ts";

/** The delays of the timers that are set meanwhile, each of which rings at once. */
async function delaysOf(work: () => Promise<void>): Promise<number[]> {
  const { setTimeout } = globalThis;
  const delays: number[] = [];
  const ring = (wake: () => void, milliseconds: number): number => {
    delays.push(milliseconds);
    queueMicrotask(wake);
    return delays.length;
  };
  Object.assign(globalThis, { setTimeout: ring });
  try {
    await work();
  } finally {
    globalThis.setTimeout = setTimeout;
  }
  return delays;
}

Deno.test("sleep() takes more than a timer of the runtime does", async () => {
  const most = 2 ** 31 - 1;
  const month = 30 * 86_400_000;
  assert.deepEqual(await delaysOf(() => systemClock.sleep(month)), [most, month - most]);
  assert.deepEqual(await delaysOf(() => systemClock.sleep(most)), [most]);
});

Deno.test("sleep() that takes more than a timer of the runtime does ends with its signal", async () => {
  const over = new AbortController();
  const sleep = systemClock.sleep(Infinity, over.signal);
  over.abort("over");
  await assert.rejects(sleep, (reason) => reason === "over");
});
