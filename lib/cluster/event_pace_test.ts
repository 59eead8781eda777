import assert from "node:assert/strict";
import { makeEventPace } from "./event_pace.ts";

/** The pause after a second of events so many a second. */
function pauseAt(eventsPerSecond: number): number {
  let now = 1_000;
  const pace = makeEventPace({ monotonic: () => now });
  for (let count = 0; count < eventsPerSecond; count++) {
    now += 1_000 / eventsPerSecond;
    pace.note();
  }
  return pace.pause();
}

Deno.test("a watch pauses between its pieces only while events come fast", () => {
  assert.equal(makeEventPace({ monotonic: () => 0 }).pause(), 0);
  assert.equal(pauseAt(20 * 6), 0);
  assert.equal(pauseAt(50 * 6), 10);
});

Deno.test("a watch's pause ends soon after a burst", () => {
  let now = 0;
  const pace = makeEventPace({ monotonic: () => now });
  for (let count = 0; count < 300; count++) pace.note();
  assert.equal(pace.pause(), 10);
  now += 1_000;
  assert.equal(pace.pause(), 0);
});
