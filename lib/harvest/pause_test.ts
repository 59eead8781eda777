import assert from "node:assert/strict";
import { isPause } from "./pause.ts";

Deno.test("isPause() tells a second without a line from lines in two seconds", () => {
  const rows: [string, string, boolean][] = [
    ["", "2026-01-01T00:00:00.000000001Z", false],
    ["2026-01-01T00:00:00.900000000Z", "2026-01-01T00:00:01.100000000Z", false],
    ["2026-01-01T00:00:00.100000000Z", "2026-01-01T00:00:01.200000000Z", true],
    ["2026-01-01T00:59:59.000000000Z", "2026-01-01T01:00:05.000000000Z", true],
  ];
  for (const [from, to, expected] of rows) assert.equal(isPause(from, to), expected, `${from} ${to}`);
});
