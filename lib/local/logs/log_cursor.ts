// One reader's way through a log, as a kubelet serves it: tail, since, timestamps, limit. Sees a log only as bytes that grow and
// blocks that have a time.

import { joined } from "../../bytes.ts";
import { countNewlines, lastIndex, NEWLINE } from "./log_bytes.ts";

const CHUNK = 64 * 1024;

/** How a log is to be read; as in the API's `pods/log`. */
export interface LogReadOptions {
  readonly isFollowed?: boolean;
  readonly hasTimestamps?: boolean;
  readonly tailLines?: number;
  readonly limitBytes?: number;
  /** Lines of this time and later, in nanoseconds since the epoch. */
  readonly sinceNanoseconds?: bigint;
}

/** Bytes that arrived together. The n-th line that begins among them has the time `nanoseconds + n`. */
export interface Block {
  readonly offset: number;
  readonly nanoseconds: bigint;
}

/** What a reader needs of a log. */
export interface LogBytes {
  readonly size: number;
  /** A copy of some bytes; fewer than asked for where they lie apart, none once the log is gone. */
  bytes(from: number, to: number): Uint8Array;
}

/** One reader's place in a log. */
export class Cursor {
  position: number;
  readonly #log: LogBytes;
  readonly #blocks: readonly Block[];
  readonly #hasTimestamps: boolean;
  readonly #since: bigint | null;
  #remaining: number;
  #block: number;
  /** Lines begun in the current block before `position`. */
  #lines = 0;
  #isLineStart: boolean;
  #isSkipping: boolean;

  constructor(log: LogBytes, blocks: readonly Block[], options: LogReadOptions) {
    this.#log = log;
    this.#blocks = blocks;
    this.#hasTimestamps = options.hasTimestamps ?? false;
    this.#since = options.sinceNanoseconds ?? null;
    this.#remaining = options.limitBytes ?? Infinity;
    this.#isSkipping = this.#since !== null;
    this.position = options.tailLines === undefined ? 0 : tailStart(log, options.tailLines);
    if (this.#since !== null) this.position = Math.max(this.position, this.#sinceStart(this.#since));
    this.#block = Math.max(0, lastIndex(blocks, ({ offset }) => offset <= this.position));
    const offset = blocks[this.#block]?.offset ?? 0;
    this.#isLineStart = this.position === 0 || log.bytes(this.position - 1, this.position)[0] === NEWLINE;
    if (this.#hasTimestamps || this.#since !== null) this.#lines = linesBegun(log, offset, this.position);
  }

  /** The next bytes of output; empty if there are none yet, null once the limit is reached. */
  next(stop: number): Uint8Array | null {
    if (this.#remaining <= 0) return null;
    const limit = Math.min(stop, this.#log.size);
    if (!this.#hasTimestamps && !this.#isSkipping) {
      const bytes = this.#log.bytes(this.position, Math.min(limit, this.position + CHUNK));
      this.position += bytes.length;
      return this.#cut(bytes);
    }
    while (this.position < limit) {
      const output = this.#walk(limit);
      if (output.length > 0) return this.#cut(output);
    }
    return new Uint8Array(0);
  }

  /** Goes through one chunk line by line. */
  #walk(limit: number): Uint8Array {
    while (this.position >= (this.#blocks[this.#block + 1]?.offset ?? Infinity)) {
      this.#block++;
      this.#lines = 0;
    }
    const end = Math.min(limit, this.#blocks[this.#block + 1]?.offset ?? Infinity, this.position + CHUNK);
    const chunk = this.#log.bytes(this.position, end);
    const parts: Uint8Array[] = [];
    for (let at = 0; at < chunk.length;) {
      if (this.#isLineStart) {
        const time = (this.#blocks[this.#block]?.nanoseconds ?? 0n) + BigInt(this.#lines++);
        if (this.#since !== null && time >= this.#since) this.#isSkipping = false;
        if (!this.#isSkipping && this.#hasTimestamps) {
          parts.push(encoder.encode(formatNanoseconds(time) + " "));
        }
      }
      const newline = chunk.indexOf(NEWLINE, at);
      const stop = newline < 0 ? chunk.length : newline + 1;
      if (!this.#isSkipping) parts.push(chunk.subarray(at, stop));
      this.#isLineStart = newline >= 0;
      at = stop;
    }
    this.position += chunk.length;
    return joined(parts);
  }

  #cut(bytes: Uint8Array): Uint8Array {
    const kept = bytes.length > this.#remaining ? bytes.subarray(0, this.#remaining) : bytes;
    this.#remaining -= kept.length;
    return kept;
  }

  /** The start of the last block that may hold the first line of that time. */
  #sinceStart(since: bigint): number {
    return this.#blocks[lastIndex(this.#blocks, ({ nanoseconds }) => nanoseconds <= since)]?.offset ?? 0;
  }
}

const encoder = new TextEncoder();

/** RFC 3339 with nine digits of fraction, as kubelets write it. */
export function formatNanoseconds(time: bigint): string {
  const seconds = time / 1_000_000_000n;
  const fraction = String(time % 1_000_000_000n).padStart(9, "0");
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}.${fraction}Z`;
}

/** Where the last `count` lines begin; a last line without newline is one, too. */
function tailStart(log: LogBytes, count: number): number {
  const size = log.size;
  if (count === 0) return size;
  let missing = count;
  for (let end = size; end > 0;) {
    const from = Math.max(0, end - CHUNK);
    const chunk = readWhole(log, from, end);
    // The newline that ends the log begins no line.
    for (let at = end === size ? chunk.length - 2 : chunk.length - 1; at >= 0; at--) {
      if (chunk[at] === NEWLINE && --missing === 0) return from + at + 1;
    }
    end = from;
  }
  return 0;
}

function linesBegun(log: LogBytes, from: number, to: number): number {
  const isStart = from === 0 || log.bytes(from - 1, from)[0] === NEWLINE;
  if (to <= from) return 0;
  // A line begins at `from`, and after each newline but one that ends right at `to`: that line is still to come.
  const bytes = readWhole(log, from, to);
  return (isStart ? 1 : 0) + countNewlines(bytes.subarray(0, bytes.length - 1));
}

/** Bytes that may lie partly on disk and partly in memory. */
function readWhole(log: LogBytes, from: number, to: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = from; at < to;) {
    const part = log.bytes(at, to);
    if (part.length === 0) break;
    parts.push(part);
    at += part.length;
  }
  return joined(parts);
}
