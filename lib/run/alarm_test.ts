import assert from "node:assert/strict";
import { standingClock } from "../test_clock.ts";
import { makeAlarm } from "./alarm.ts";

Deno.test("makeAlarm() rings at the earliest time that it was set to, once, and can be set again", async () => {
  const clock = standingClock();
  let rings = 0;
  using alarm = makeAlarm(clock, () => rings++);
  alarm.ringBy(Infinity);
  assert.equal(clock.sleepers, 0);
  alarm.ringBy(50);
  alarm.ringBy(80);
  alarm.ringBy(20);
  assert.equal(clock.sleepers, 1);
  await clock.pass(19);
  assert.equal(rings, 0);
  await clock.pass(1);
  assert.equal(rings, 1);
  await clock.pass(80);
  assert.equal(rings, 1);
  alarm.ringBy(90);
  await clock.pass(1);
  assert.equal(rings, 2, "a time that has passed is now");
});

Deno.test("makeAlarm() is silent once it was disposed of, and holds no timer", async () => {
  const clock = standingClock();
  let rings = 0;
  {
    using alarm = makeAlarm(clock, () => rings++);
    alarm.ringBy(10);
  }
  await clock.pass(20);
  assert.deepEqual([rings, clock.sleepers], [0, 0]);
});
