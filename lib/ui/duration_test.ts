import assert from "node:assert/strict";
import { formatDuration, formatRate } from "./duration.ts";

Deno.test("formatDuration() takes the two largest units", () => {
  const table = [
    [-5, "0s"],
    [0, "0s"],
    [420, "0.4s"],
    [999, "1s"],
    [12_000, "12s"],
    [59_700, "1m00s"],
    [372_000, "6m12s"],
    [7_500_000, "2h05m"],
    [273_600_000, "3d04h"],
    [Infinity, "?"],
  ] as const;
  for (const [span, text] of table) assert.equal(formatDuration(span), text);
});

Deno.test("formatRate() takes a unit with a number of at least one", () => {
  const table = [
    [0, "0/s"],
    [NaN, "0/s"],
    [123.4, "123/s"],
    [9.97, "10/s"],
    [3.21, "3.2/s"],
    [0.7, "42/min"],
    [0.0014, "5/h"],
  ] as const;
  for (const [rate, text] of table) assert.equal(formatRate(rate), text);
});
