import assert from "node:assert/strict";
import fc from "fast-check";
import type { Spool } from "./spool.ts";
import { strip } from "./strip.ts";
import { NO_TIMES } from "./times.ts";

/** A spool that hands its bytes out in pieces of these sizes, in turn. */
function spoolOf(tape: Uint8Array, sizes: readonly number[]): Spool {
  const unused = () => {
    throw new Error("not asked for");
  };
  return {
    end: { time: "", recent: NO_TIMES, lineStart: 0, isTorn: false },
    firstTime: "",
    firstSecondEnd: null,
    firstSecondBytes: 0,
    wasAwaited: false,
    isInherited: false,
    bytes: tape.length,
    isOnDisk: false,
    append: unused,
    truncate: unused,
    clear: unused,
    holds: unused,
    close: unused,
    remove: unused,
    async read(onChunk) {
      let turn = 0;
      for (let at = 0; at < tape.length;) {
        const size = Math.max(1, sizes[turn++ % sizes.length] ?? 1);
        await onChunk(tape.slice(at, at + size));
        at += size;
      }
    },
  };
}

async function textOf(tape: Uint8Array, sizes: readonly number[]): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  await strip(spoolOf(tape, sizes), async (bytes) => {
    const before = bytes.slice();
    await Promise.resolve(); // a write that takes its time still finds its bytes
    assert.deepEqual(bytes, before);
    parts.push(before);
  });
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const encoder = new TextEncoder();
const line = fc.array(fc.integer({ min: 0, max: 255 }).filter((byte) => byte !== 10), { maxLength: 60 });
const stamp = fc.constantFrom(
  "2026-01-01T00:00:00.000000007Z ",
  "2026-01-01T00:00:00Z ",
  "2026-01-01T00:00:00.5+01:00 ",
);

Deno.test("strip() takes every line's timestamp off, and nothing else, however the tape is cut", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.tuple(stamp, line), { maxLength: 12 }),
    fc.boolean(),
    fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 4 }),
    async (lines, isTorn, sizes) => {
      const ends = (at: number) => isTorn && at === lines.length - 1 ? [] : [10];
      const tape = lines.flatMap(([time, bytes], at) => [...encoder.encode(time), ...bytes, ...ends(at)]);
      const text = lines.flatMap(([, bytes], at) => [...bytes, ...ends(at)]);
      assert.deepEqual(await textOf(Uint8Array.from(tape), sizes), Uint8Array.from(text));
    },
  ));
});

Deno.test("strip() ends where the tape is none", async () => {
  const tape = encoder.encode(`2026-01-01T00:00:00Z one\n${"no timestamp at all ".repeat(9)}\n`);
  assert.equal(new TextDecoder().decode(await textOf(tape, [50])), "one\n");
});

Deno.test("strip() drops a timestamp that is cut short at the tape's end", async () => {
  const tape = encoder.encode("2026-01-01T00:00:00Z one\n2026-01-01T00:0");
  assert.equal(new TextDecoder().decode(await textOf(tape, [7])), "one\n");
});
