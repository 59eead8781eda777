// A tape's own text: what the container wrote, the timestamps taken off.

import { joinPieces } from "./bytes.ts";
import type { Spool } from "./spool.ts";
import { makeTapeReader } from "./tape.ts";

/** Hands out the log's own bytes. */
export async function strip(
  spool: Spool,
  onBytes: (bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  let pending: Uint8Array[] = [];
  const reader = makeTapeReader((bytes, isPrefix) => {
    if (!isPrefix) pending.push(bytes);
  });
  await spool.read(async (chunk) => {
    reader.push(chunk);
    const parts = pending;
    pending = [];
    if (parts.length > 0) await onBytes(joinPieces(parts));
  });
}
