// One container's log: raw bytes, in memory while they are few, and an index that gives every line its time. How a reader goes
// through it is `log_cursor.ts`. Knows nothing of pods.

import { countNewlines } from "./log_bytes.ts";
import { type Block, Cursor, type LogReadOptions } from "./log_cursor.ts";

const MEMORY_LIMIT = 64 * 1024;

/** Where a log goes when it outgrows memory. */
export type Spool = Pick<Deno.FsFile, "readSync" | "writeSync" | "seekSync" | "close">;

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
