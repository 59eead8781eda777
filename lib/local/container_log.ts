// One container's log: raw bytes, and an index that gives every line its time. Read as a kubelet serves it: tail, since,
// timestamps, limit, follow. Knows nothing of pods.

const MEMORY_LIMIT = 64 * 1024;
const CHUNK = 64 * 1024;
const NEWLINE = 10;

/** Where a log goes when it outgrows memory. */
export type Spool = Pick<Deno.FsFile, "readSync" | "writeSync" | "seekSync" | "close">;

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
interface Block {
  readonly offset: number;
  readonly nanoseconds: bigint;
}

/** One container's log. */
export class ContainerLog {
  readonly #now: () => number;
  readonly #makeSpool: () => Spool;
  readonly #blocks: Block[] = [];
  /** The bytes not yet spooled; the first `#held` of it count. */
  #buffer = new Uint8Array(1024);
  #held = 0;
  #spool: Spool | null = null;
  #spooled = 0;
  #nextNanoseconds = 0n;
  #isEnded = false;
  #isRemoved = false;
  readonly #wakers = new Set<() => void>();

  /** `now`: milliseconds since the epoch. */
  constructor(now: () => number, makeSpool: () => Spool) {
    this.#now = now;
    this.#makeSpool = makeSpool;
  }

  /** Bytes so far. */
  get size(): number {
    return this.#spooled + this.#held;
  }

  /** Adds bytes; throws what the disk throws. */
  append(bytes: Uint8Array): void {
    if (bytes.length === 0 || this.#isRemoved) return;
    const now = BigInt(Math.floor(this.#now() * 1000)) * 1000n;
    // Within one block all lines are counted on from its first, so a block that is not later needs no entry of its own.
    if (this.#blocks.length === 0 || now > this.#nextNanoseconds) {
      this.#blocks.push({ offset: this.size, nanoseconds: now });
      this.#nextNanoseconds = now;
    }
    this.#nextNanoseconds += BigInt(countNewlines(bytes) + 1);
    if (this.#held + bytes.length > MEMORY_LIMIT) {
      this.#write(this.#buffer.subarray(0, this.#held));
      this.#held = 0;
    }
    if (bytes.length > MEMORY_LIMIT) this.#write(bytes);
    else this.#hold(bytes);
    this.#wake();
  }

  /** Says that nothing more will come: followers end. */
  end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  /** Gives the memory and the disk space back. */
  remove(): void {
    this.#isRemoved = true;
    this.#spool?.close();
    this.#spool = null;
    this.#buffer = new Uint8Array(0);
    this.#wake();
  }

  /** The log as a stream; with `isFollowed` until `end`, else up to what there is now. */
  read(options: LogReadOptions = {}): ReadableStream<Uint8Array> {
    const cursor = new Cursor(this, this.#blocks, options);
    const stop = options.isFollowed ? Infinity : this.size;
    let waker: (() => void) | null = null;
    let isCancelled = false;
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        while (!isCancelled) {
          const chunk = this.#isRemoved ? null : cursor.next(stop);
          if (chunk !== null && chunk.length > 0) return controller.enqueue(chunk);
          const isOver = chunk === null || !options.isFollowed ||
            this.#isEnded && cursor.position >= this.size;
          if (isOver) return controller.close();
          const woken = Promise.withResolvers<void>();
          waker = woken.resolve;
          this.#wakers.add(woken.resolve);
          await woken.promise;
          this.#wakers.delete(woken.resolve);
        }
      },
      cancel: () => {
        isCancelled = true;
        waker?.();
      },
    }, { highWaterMark: 0 });
  }

  /** A copy of some bytes. */
  bytes(from: number, to: number): Uint8Array {
    if (from >= this.#spooled) return this.#buffer.slice(from - this.#spooled, to - this.#spooled);
    const wanted = new Uint8Array(Math.min(to, this.#spooled) - from);
    if (!this.#spool) return new Uint8Array(0);
    this.#spool.seekSync(from, Deno.SeekMode.Start);
    const count = this.#spool.readSync(wanted) ?? 0;
    return wanted.subarray(0, count);
  }

  #hold(bytes: Uint8Array): void {
    if (this.#held + bytes.length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(2 * this.#buffer.length, this.#held + bytes.length));
      larger.set(this.#buffer.subarray(0, this.#held));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#held);
    this.#held += bytes.length;
  }

  #write(bytes: Uint8Array): void {
    this.#spool ??= this.#makeSpool();
    this.#spool.seekSync(this.#spooled, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) done += this.#spool.writeSync(bytes.subarray(done));
    this.#spooled += bytes.length;
  }

  #wake(): void {
    for (const waker of [...this.#wakers]) waker();
  }
}

/** One reader's place in a log. */
class Cursor {
  position: number;
  readonly #log: ContainerLog;
  readonly #blocks: readonly Block[];
  readonly #hasTimestamps: boolean;
  readonly #since: bigint | null;
  #remaining: number;
  #block: number;
  /** Lines begun in the current block before `position`. */
  #lines = 0;
  #isLineStart: boolean;
  #isSkipping: boolean;

  constructor(log: ContainerLog, blocks: readonly Block[], options: LogReadOptions) {
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
    return concat(parts);
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
function tailStart(log: ContainerLog, count: number): number {
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

function linesBegun(log: ContainerLog, from: number, to: number): number {
  const isStart = from === 0 || log.bytes(from - 1, from)[0] === NEWLINE;
  if (to <= from) return 0;
  // A line begins at `from`, and after each newline but one that ends right at `to`: that line is still to come.
  const bytes = readWhole(log, from, to);
  return (isStart ? 1 : 0) + countNewlines(bytes.subarray(0, bytes.length - 1));
}

/** Bytes that may lie partly on disk and partly in memory. */
function readWhole(log: ContainerLog, from: number, to: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = from; at < to;) {
    const part = log.bytes(at, to);
    if (part.length === 0) break;
    parts.push(part);
    at += part.length;
  }
  return concat(parts);
}

function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const first = parts[0];
  if (first && parts.length === 1) return first;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Index of the last element of a sorted list that still passes; -1 if none does. */
function lastIndex<T>(list: readonly T[], passes: (element: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = list[middle];
    if (element !== undefined && passes(element)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
