// A large log that is transferred a second time and compared as a whole, by its hash: for what its two ends do not tell.

import { createHash } from "node:crypto";
import type { Copy } from "../tape/copy.ts";

/** What is left of a transfer. */
export interface TextHash {
  readonly bytes: number;
  readonly hash: string;
}

/**
 * @param body a log without timestamps
 * @param touch called with whatever comes
 * @throws what the transfer does where it breaks off
 */
export async function hashText(body: AsyncIterable<Uint8Array>, touch: () => void): Promise<TextHash> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of body) {
    touch();
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, hash: hash.digest("hex") };
}

/** `part`: the text is the end of the copy. */
export async function compareAll(copy: Copy, text: TextHash): Promise<"same" | "part" | "differs"> {
  let bytes = 0;
  await copy.text((piece) => {
    bytes += piece.length;
  });
  const start = bytes - text.bytes;
  if (start < 0) return "differs";
  const hash = createHash("sha256");
  let place = 0;
  await copy.text((piece) => {
    if (place + piece.length > start) hash.update(piece.subarray(Math.max(0, start - place)));
    place += piece.length;
  });
  if (hash.digest("hex") !== text.hash) return "differs";
  return start === 0 ? "same" : "part";
}
