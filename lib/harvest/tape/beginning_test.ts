import assert from "node:assert/strict";
import { isBeginningSure } from "./beginning.ts";

const START = "2026-01-01T00:00:00Z";
const later = (milliseconds: number) => new Date(Date.parse(START) + milliseconds).toISOString();

Deno.test("isBeginningSure() doubts only what could have filled a file before its first known line", () => {
  const rows: [string, number, number, boolean, boolean, boolean][] = [
    // label, ms from start to first line, bytes in the first second, awaited, followed, expected
    ["first line at once, large", 0, 5_000_000, false, false, true],
    ["burst, first known line after 0.7 s", 700, 3_600_000, false, false, false],
    ["same, but a stream was waiting for it", 700, 3_600_000, true, true, true],
    ["few lines after a slow start", 3_000, 2_000, false, false, true],
    ["silent for a minute, nobody followed", 60_000, 100, false, false, false],
    ["silent for a minute, followed", 60_000, 100, false, true, true],
    ["followed late, fast writer", 2_000, 1_000_000, false, true, false],
  ];
  for (const [label, gap, firstSecondBytes, wasAwaited, isFollowed, expected] of rows) {
    const beginning = { firstTime: later(gap), firstSecondBytes, wasAwaited };
    const ran = { startedAt: START, finishedAt: later(gap + 1_000) };
    assert.equal(isBeginningSure(beginning, ran, isFollowed), expected, label);
  }
  const nothing = { firstTime: "", firstSecondBytes: 0, wasAwaited: false };
  const silent: [string, string | null, boolean, boolean][] = [
    ["no lines, nobody knows until when", null, false, true],
    ["no lines, for a moment", later(9_000), false, true],
    ["no lines, for a minute", later(60_000), false, false],
    ["no lines for a minute, followed", later(60_000), true, true],
  ];
  for (const [label, finishedAt, isFollowed, expected] of silent) {
    assert.equal(isBeginningSure(nothing, { startedAt: START, finishedAt }, isFollowed), expected, label);
  }
});
