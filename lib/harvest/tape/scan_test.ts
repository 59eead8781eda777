import assert from "node:assert/strict";
import fc from "fast-check";
import { newlinesOf } from "./scan.ts";

Deno.test("newlinesOf() finds what a search byte by byte finds, wherever the bytes lie in memory", () => {
  // bytes near the newline's, and those whose sum could carry into the next one's place
  const byte = fc.oneof(
    fc.constantFrom(0, 9, 10, 11, 127, 128, 138, 139, 255),
    fc.integer({ min: 0, max: 255 }),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 40 }), fc.nat(7), fc.nat(45), (content, offset, from) => {
      const memory = new Uint8Array(offset + content.length + 8).fill(10);
      const bytes = memory.subarray(offset, offset + content.length);
      bytes.set(content);
      assert.equal(newlinesOf(bytes)(from), bytes.indexOf(10, from));
    }),
    { numRuns: 2_000 },
  );
});
