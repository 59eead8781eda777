// A log as far as it is here, whatever holds it: what the check asks of it, and what becomes a file.

import { joined } from "../bytes.ts";
import type { Spool } from "./spool.ts";
import { strip } from "./strip.ts";
import { makeStamp, readStamp } from "./timestamp.ts";

/** The text of a log, known by the times of its first and last line. */
export interface Copy {
  /** Empty if there is no line. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** Hands out all of it. The bytes are valid until `onBytes` has returned, or its promise has resolved. */
  text(onBytes: (bytes: Uint8Array) => void | Promise<void>): Promise<void>;
  /** All of it, if there are no more than `limit` bytes. */
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
