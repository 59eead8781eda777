import assert from "node:assert/strict";
import type { Clock } from "../../clock.ts";
import { type Ending, makeEnding } from "./ending.ts";

Deno.test("makeEnding() takes a stream's end for its log's if its container's end is known soon after", () => {
  let now = 0;
  const clock: Clock = { now: () => now, monotonic: () => now, sleep: () => Promise.resolve() };
  const pass = (milliseconds: number) => () => {
    now += milliseconds;
  };
  const rows: [string, boolean, ((ending: Ending) => void)[]][] = [
    ["soon after", true, [(e) => e.streamEnded(true), pass(4_000), (e) => e.containerEnded()]],
    ["before", true, [(e) => e.containerEnded(), pass(60_000), (e) => e.streamEnded(true)]],
    ["long after", false, [(e) => e.streamEnded(true), pass(6_000), (e) => e.containerEnded()]],
    ["never", false, [(e) => e.streamEnded(true)]],
    ["cut", false, [(e) => e.streamEnded(false), (e) => e.containerEnded()]],
    ["refused since", false, [
      (e) => e.streamEnded(true),
      (e) => e.wasRefused(),
      (e) => e.containerEnded(),
    ]],
    ["refused, then read", true, [
      (e) => e.wasRefused(),
      (e) => e.streamEnded(true),
      (e) => e.containerEnded(),
    ]],
    ["went on", false, [(e) => e.streamEnded(true), (e) => e.containerEnded(), (e) => e.wentOn()]],
  ];
  for (const [label, isLogsEnd, events] of rows) {
    const ending = makeEnding(clock);
    for (const event of events) event(ending);
    assert.equal(ending.isLogsEnd, isLogsEnd, label);
  }
});
