import assert from "node:assert/strict";
import type { Clock } from "../clock.ts";
import { makeAlarm } from "./alarm.ts";

/** A clock that stands until it is set; who sleeps is woken in turn. */
function standing(): Clock & { set(time: number): Promise<void>; readonly sleepers: number } {
  let time = 0;
  let sleepers: { readonly at: number; readonly wake: () => void }[] = [];
  return {
    now: () => time,
    monotonic: () => time,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: time + milliseconds, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers = sleepers.filter((each) => each !== sleeper);
          reject(signal.reason);
        });
      }),
    async set(now) {
      time = now;
      for (const { at, wake } of sleepers) if (at <= time) wake();
      sleepers = sleepers.filter(({ at }) => at > time);
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
    get sleepers() {
      return sleepers.length;
    },
  };
}

Deno.test("makeAlarm() rings at the earliest time that it was set to, once, and can be set again", async () => {
  const clock = standing();
  let rings = 0;
  using alarm = makeAlarm(clock, () => rings++);
  alarm.ringBy(Infinity);
  assert.equal(clock.sleepers, 0);
  alarm.ringBy(50);
  alarm.ringBy(80);
  alarm.ringBy(20);
  assert.equal(clock.sleepers, 1);
  await clock.set(19);
  assert.equal(rings, 0);
  await clock.set(20);
  assert.equal(rings, 1);
  await clock.set(100);
  assert.equal(rings, 1);
  alarm.ringBy(90);
  await clock.set(101);
  assert.equal(rings, 2, "a time that has passed is now");
});

Deno.test("makeAlarm() is silent once it was disposed of, and holds no timer", async () => {
  const clock = standing();
  let rings = 0;
  {
    using alarm = makeAlarm(clock, () => rings++);
    alarm.ringBy(10);
  }
  await clock.set(20);
  assert.deepEqual([rings, clock.sleepers], [0, 0]);
});
