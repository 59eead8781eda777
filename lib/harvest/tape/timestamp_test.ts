import assert from "node:assert/strict";
import { makeStamp, readStamp, timeText } from "./timestamp.ts";

function read(text: string): [time: string, length: number] | null {
  const stamp = makeStamp();
  const bytes = new TextEncoder().encode(`behind${text}`);
  return readStamp(bytes, 6, stamp) ? [timeText(stamp.day, stamp.clock, stamp.nanos), stamp.length] : null;
}

Deno.test("readStamp() reads what kubelets write, with the node's clock in any zone", () => {
  assert.deepEqual(read("2026-01-02T03:04:05.000000678Z a line"), ["2026-01-02T03:04:05.000000678Z", 31]);
  assert.deepEqual(read("2026-01-02T03:04:05Z "), ["2026-01-02T03:04:05.000000000Z", 21]);
  assert.deepEqual(read("2026-01-02T03:04:05.5Z a"), ["2026-01-02T03:04:05.500000000Z", 23]);
  assert.deepEqual(read("2026-01-01T00:30:00.123456789+01:00 a"), ["2025-12-31T23:30:00.123456789Z", 36]);
  assert.deepEqual(read("2026-06-30T20:00:00.000000001-05:30 "), ["2026-07-01T01:30:00.000000001Z", 36]);
});

Deno.test("readStamp() takes nothing else for a timestamp", () => {
  for (
    const text of [
      "",
      "a line of a log that is longer than any timestamp could be",
      "2026-01-02T03:04:05.000000678Z",
      "2026-01-02T03:04:05.000000678Zx",
      "2026-01-02 03:04:05.000000678Z ",
      "2026-01-02T03:04:05.0000006789Z ",
      "2026-01-02T03:04:05.00000067xZ ",
      "2026-01-02T03:04:05.000000678+01 ",
    ]
  ) assert.equal(read(text), null, text);
});

Deno.test("readStamp() looks at every byte of a usual timestamp", () => {
  const usual = "9999-19-39T29:59:69.999999999Z ";
  assert.deepEqual(read(usual), ["9999-19-39T29:59:69.999999999Z", 31]);
  for (let at = 0; at < usual.length; at++) {
    for (const other of ["/", ":", "\u0000", "\u00ff", usual[at] === " " ? "_" : " "]) {
      if (other === usual[at]) continue;
      const text = `${usual.slice(0, at)}${other}${usual.slice(at + 1)}more`;
      assert.equal(read(text), null, text);
    }
  }
});
