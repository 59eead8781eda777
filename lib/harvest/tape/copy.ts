// A log as far as it is here, whatever holds it: what the check asks of it, and what becomes a file.

import { joined } from "../../bytes.ts";
import type { Spool } from "./spool.ts";
import { strip } from "./strip.ts";
import { makeStamp, readStamp } from "./timestamp.ts";

const NEWLINE = 10;
const READ_BYTES = 64 * 1024;

/** The text of a log, known by the times of its first and last line. */
export interface Copy {
  /** Empty if there is no line. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** Hands out all of it. The bytes are valid until `onBytes` has returned, or its promise has resolved. */
  text(onBytes: (bytes: Uint8Array) => void | Promise<void>): Promise<void>;
  /** All of it, if there are no more than `limit` bytes, and no more than twice that with its timestamps. */
  content(limit: number): Promise<Uint8Array | null>;
  /** Its last bytes, `count` of them; none from before the newline that ends the line before the last, if `count` is more. */
  last(count: number): Promise<Uint8Array>;
}

/** What a tape holds. */
export function copyOnTape(spool: Spool): Copy {
  return {
    get firstTime() {
      return spool.firstTime;
    },
    get lastTime() {
      return spool.end.time;
    },
    text: (onBytes) => strip(spool, onBytes),
    async content(limit) {
      if (spool.bytes > limit * 2) return null;
      const parts: Uint8Array[] = [];
      let size = 0;
      await strip(spool, (bytes) => {
        parts.push(bytes.slice());
        size += bytes.length;
      });
      return size > limit ? null : joined(parts);
    },
    async last(count) {
      const { lineStart } = spool.end;
      const from = Math.max(0, lineStart - 1);
      const parts: Uint8Array[] = [];
      let place = 0;
      await spool.read((chunk) => {
        if (place + chunk.length > from) parts.push(chunk.slice(Math.max(0, from - place)));
        place += chunk.length;
      });
      const all = joined(parts);
      const before = all.subarray(0, lineStart - from);
      const stamp = makeStamp();
      const stamped = readStamp(all, before.length, stamp) ? stamp.length : 0;
      const last = joined([before, all.subarray(before.length + stamped)]);
      return last.subarray(Math.max(0, last.length - count));
    },
  };
}

/** What is known of a text in a file. */
export interface TextInFile {
  /** Of a file that holds the text alone; not looked at where there is none. */
  readonly path: string;
  readonly bytes: number;
  /** Bytes with the timestamps. */
  readonly tapeBytes: number;
  /** All of it, where that is known to be little; empty otherwise. */
  readonly pieces: readonly Uint8Array[];
  readonly firstTime: string;
  readonly lastTime: string;
}

/** What stands in a file. */
export function copyInFile({ path, bytes, tapeBytes, pieces, firstTime, lastTime }: TextInFile): Copy {
  async function read(from: number, onBytes: (bytes: Uint8Array) => void | Promise<void>): Promise<void> {
    if (bytes === 0) return;
    using file = await Deno.open(path);
    await file.seek(from, Deno.SeekMode.Start);
    const buffer = new Uint8Array(READ_BYTES);
    for (let size; (size = await file.read(buffer)) !== null;) await onBytes(buffer.subarray(0, size));
  }
  async function readAll(from: number): Promise<Uint8Array> {
    const parts: Uint8Array[] = [];
    await read(from, (part) => void parts.push(part.slice()));
    return joined(parts);
  }
  return {
    firstTime,
    lastTime,
    text: (onBytes) => read(0, onBytes),
    async content(limit) {
      if (bytes > limit || tapeBytes > limit * 2) return null;
      return pieces.length > 0 ? joined(pieces) : await readAll(0);
    },
    async last(count) {
      const end = await readAll(Math.max(0, bytes - count));
      // from the newline that ends the line before the last
      const newline = end.subarray(0, -1).lastIndexOf(NEWLINE);
      return end.subarray(Math.max(0, newline));
    },
  };
}
