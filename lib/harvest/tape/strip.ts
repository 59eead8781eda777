// A tape's own text: what the container wrote, the timestamps taken off. The tape is ours, so that a line is only its
// timestamp and what comes up to the newline: no line is left out, and none is looked up.

import { newlinesOf } from "./scan.ts";
import type { Spool } from "./spool.ts";
import { makeStamp, readStamp, TIMESTAMP_LIMIT } from "./timestamp.ts";

/** Hands out the log's own bytes. They are valid until `onBytes` has returned, or its promise has resolved. */
export async function strip(
  spool: Spool,
  onBytes: (bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  const stamp = makeStamp();
  let buffer = new Uint8Array(0);
  /** Bytes of a timestamp that goes on in the next chunk; they stand at the buffer's beginning. */
  let held = 0;
  let isAtStart = true;
  let isTape = true;
  await spool.read(async (chunk) => {
    if (!isTape) return;
    const length = held + chunk.length;
    if (buffer.length < length) {
      const wider = new Uint8Array(length + TIMESTAMP_LIMIT);
      wider.set(buffer.subarray(0, held));
      buffer = wider;
    }
    buffer.set(chunk, held);
    const tape = buffer.subarray(0, length);
    const newlineFrom = newlinesOf(tape);
    let kept = 0;
    let at = 0;
    while (at < length && isTape) {
      if (isAtStart) {
        if (!readStamp(tape, at, stamp)) {
          isTape = length - at < TIMESTAMP_LIMIT;
          break;
        }
        at += stamp.length;
        isAtStart = false;
      }
      const newline = newlineFrom(at);
      const stop = newline < 0 ? length : newline + 1;
      tape.copyWithin(kept, at, stop);
      kept += stop - at;
      isAtStart = newline >= 0;
      at = stop;
    }
    held = length - at;
    if (kept > 0) await onBytes(buffer.subarray(0, kept));
    buffer.copyWithin(0, at, length);
  });
}
