import assert from "node:assert/strict";
import { writeAnswer, writeError } from "./standard_streams.ts";

const BYTES = new TextEncoder().encode("0123456789");

/** A pipe that does not block: it has room for four bytes every other time. */
function fullPipe() {
  const taken: number[] = [];
  let calls = 0;
  const write = (bytes: Uint8Array): number => {
    if (calls++ % 2 === 0) throw new Deno.errors.WouldBlock("Resource temporarily unavailable (os error 11)");
    taken.push(...bytes.subarray(0, 4));
    return Math.min(4, bytes.length);
  };
  return { write, taken };
}

Deno.test("writeError() waits for a pipe that is full and does not block", () => {
  const { write, taken } = fullPipe();
  const { writeSync } = Deno.stderr;
  Deno.stderr.writeSync = write;
  try {
    writeError(BYTES);
  } finally {
    Deno.stderr.writeSync = writeSync;
  }
  assert.deepEqual(taken, [...BYTES]);
});

Deno.test("writeAnswer() waits for a pipe that is full and does not block", async () => {
  const { write, taken } = fullPipe();
  const stdout = Deno.stdout.write;
  Deno.stdout.write = (bytes) => Promise.try(write, bytes);
  try {
    assert.equal(await writeAnswer("0123456789"), true);
  } finally {
    Deno.stdout.write = stdout;
  }
  assert.deepEqual(taken, [...BYTES]);
});
