import assert from "node:assert/strict";
import { limitIdle } from "./limit_idle.ts";

/** Hears something again and again for so long, without a turn of the loop, and then nothing more. */
function hear(signal: AbortSignal, touch: () => void, milliseconds: number): Promise<string> {
  const began = performance.now();
  while (performance.now() - began < milliseconds) touch();
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

Deno.test("limitIdle() ends work that hears nothing any more, and none that goes on hearing", async () => {
  let heard = 0;
  const count = (touch: () => void) => () => {
    heard = performance.now();
    touch();
  };
  const began = performance.now();
  const end = await limitIdle(
    undefined,
    (signal, touch) => hear(signal, count(touch), 300),
    (text) => text,
    100,
  );
  assert.equal(end, "no byte of the log came for 0.1 s");
  assert.ok(heard - began >= 300 - 1);
  assert.ok(performance.now() - heard >= 100 - 1);
});

Deno.test("limitIdle() ends with whoever asked for it, and says nothing then", async () => {
  const outer = new AbortController();
  const work = limitIdle(outer.signal, (signal, touch) => hear(signal, touch, 0), () => "silent", 10_000);
  outer.abort(new Error("enough"));
  await assert.rejects(work, /enough/);
});
