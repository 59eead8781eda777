// The journal: one JSON object a line, each with a checksum. Appends reach the page cache at once (a kill loses nothing)
// and the disk within 100 ms. Where the disk refuses, lines are held: all since the last good fsync are written again,
// because a failed fsync may have dropped pages that the next one would call clean.

import { UsageError } from "../errors.ts";
import { type Clock, slept } from "../clock.ts";
import { decodeLine, encodeLine, nameIn } from "./line.ts";
import type { JournalRecord } from "./record.ts";
import { isDiskTrouble, reasonOf } from "./trouble.ts";
import { writeAllSync } from "./write_all.ts";

const SYNC_MILLISECONDS = 100;
const RETRY_MILLISECONDS = 5_000;
/** No line is longer; what lies further back than this from the end is not part of a torn last line. */
const TAIL_BYTES = 64 * 1024;
const NEWLINE = 10;

/** An open journal. */
export interface Journal {
  /** Resolves once the line is in the page cache: at once, or when the disk takes it again. Lines keep their order. */
  append(record: JournalRecord): Promise<void>;
  /** Resolves to true when all lines are on disk; to false where they are not when the signal aborts. */
  sync(giveUp: AbortSignal): Promise<boolean>;
  /** Bytes of all lines so far. */
  size(): number;
  /** Called with a reason when lines cannot be written, and with null when they can again. */
  onTrouble(listener: (reason: string | null) => void): void;
  close(): void;
}

/** @throws what the disk throws, if it cannot be opened or its torn last line not be mended */
export function openJournal(path: string, clock: Clock): Journal {
  let file = open(path);
  /** Bytes known to be on disk. */
  let safe = mendTail(file);
  /** Lines since then; the first `written` of them are whole in the page cache. */
  let unsafe: Uint8Array[] = [];
  let written = 0;
  let reason: string | null = null;
  let tell: (reason: string | null) => void = () => {};
  let isSyncDue = false;
  let flushing: Promise<void> = Promise.resolve();
  let recovered = Promise.withResolvers<void>();
  const closed = new AbortController();

  function fail(error: unknown): void {
    if (!isDiskTrouble(error)) throw error;
    if (reason !== null || closed.signal.aborted) return;
    reason = reasonOf(error);
    tell(reason);
    recovered = Promise.withResolvers();
    void recover();
  }

  async function recover(): Promise<void> {
    do {
      if (!(await slept(clock, RETRY_MILLISECONDS, closed.signal))) return;
    } while (!rewrite());
    reason = null;
    tell(null);
    recovered.resolve();
  }

  /**
   * Writes all that is not on disk over itself, through new descriptors. Never cut first and written then: pods have been
   * deleted for what stands there, and a kill may come in between.
   */
  function rewrite(): boolean {
    try {
      const again = open(path);
      file.close();
      file = again;
      using over = Deno.openSync(path, { write: true });
      over.seekSync(safe, Deno.SeekMode.Start);
      for (const line of unsafe) writeAllSync(over, line);
      over.truncateSync(safe + length(unsafe));
      over.syncDataSync();
      written = unsafe.length;
      settle(written);
      return true;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      return false;
    }
  }

  function writeRest(): void {
    for (const line of unsafe.slice(written)) {
      writeAllSync(file, line);
      written++;
    }
  }

  function settle(count: number): void {
    safe += length(unsafe.slice(0, count));
    unsafe = unsafe.slice(count);
    written -= count;
  }

  async function flush(): Promise<void> {
    if (reason !== null || written === 0) return;
    const own = file;
    const count = written;
    try {
      await own.syncData();
      // else all of it was written anew meanwhile, and is known to be on disk
      if (own === file) settle(count);
    } catch (error) {
      if (own !== file || closed.signal.aborted) return;
      written = 0;
      fail(error);
    }
  }

  function flushNext(): Promise<void> {
    flushing = flushing.then(flush);
    return flushing;
  }

  async function flushSoon(): Promise<void> {
    isSyncDue = true;
    const isTime = await slept(clock, SYNC_MILLISECONDS, closed.signal);
    isSyncDue = false;
    if (isTime) await flushNext();
  }

  return {
    append(record) {
      unsafe.push(encodeLine(record));
      if (reason === null) {
        try {
          writeRest();
        } catch (error) {
          fail(error);
        }
      }
      if (reason !== null) return recovered.promise;
      if (!isSyncDue) void flushSoon();
      return Promise.resolve();
    },
    async sync(giveUp) {
      await flushNext();
      if (reason === null || giveUp.aborted) return reason === null;
      const over = Promise.withResolvers<void>();
      giveUp.addEventListener("abort", () => over.resolve(), { once: true });
      await Promise.race([recovered.promise, over.promise]);
      return unsafe.length === 0;
    },
    size: () => safe + length(unsafe),
    onTrouble(listener) {
      tell = listener;
      if (reason !== null) tell(reason);
    },
    close() {
      closed.abort();
      file.close();
    },
  };
}

/** What readers found that is no record. */
export interface Damage {
  /** Of the reading that met most of them: lines that fail their checksum, with a whole line after them: no crash of ours leaves such. */
  lines: number;
}

/**
 * All whole lines from a line's beginning on, oldest first. A torn last line is a crash's and no damage; others that fail
 * their checksum are counted.
 *
 * @throws {UsageError} where the disk does not give them: what was done before must be known before anything is done
 */
export async function* readJournal(
  path: string,
  damage: Damage,
  from: number,
  isWanted?: (name: string) => boolean,
): AsyncGenerator<JournalRecord> {
  const found: Damage = { lines: 0 };
  try {
    yield* readLines(path, found, from, isWanted);
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}; mend that, or choose another --logdir`);
  } finally {
    // a reading from further on, or for some names, does not meet all that another has met
    damage.lines = Math.max(damage.lines, found.lines);
  }
}

async function* readLines(
  path: string,
  damage: Damage,
  from: number,
  isWanted?: (name: string) => boolean,
): AsyncGenerator<JournalRecord> {
  const file = await Deno.open(path);
  file.seekSync(from, Deno.SeekMode.Start);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of file.readable) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (isWanted !== undefined && !isWanted(nameIn(line))) continue;
      const record = decodeLine(line);
      if (record !== null) yield record;
      else if (line !== "") damage.lines++;
    }
  }
}

function open(path: string): Deno.FsFile {
  return Deno.openSync(path, { read: true, append: true, create: true, mode: 0o600 });
}

/** Ends a last line that lacks only its newline, cuts one that is torn; returns the length then. */
function mendTail(file: Deno.FsFile): number {
  try {
    const { size } = file.statSync();
    const from = Math.max(0, size - TAIL_BYTES);
    file.seekSync(from, Deno.SeekMode.Start);
    const tail = new Uint8Array(size - from);
    for (let done = 0; done < tail.length;) {
      const count = file.readSync(tail.subarray(done));
      if (count === null) break;
      done += count;
    }
    const start = tail.lastIndexOf(NEWLINE) + 1;
    if (start === tail.length) return size;
    const isWhole = decodeLine(new TextDecoder().decode(tail.subarray(start))) !== null;
    if (isWhole || (start === 0 && from > 0)) {
      writeAllSync(file, Uint8Array.of(NEWLINE));
      return size + 1;
    }
    file.truncateSync(from + start);
    return from + start;
  } catch (error) {
    file.close();
    throw error;
  }
}

function length(lines: readonly Uint8Array[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0);
}
