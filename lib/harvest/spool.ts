// Where a tape is kept: in memory while it is small and nobody follows it, else in a file that outlives a crash.

import type { Beginning } from "./beginning.ts";
import { isPause } from "./pause.ts";
import { concat, makeTapeReader, type TapeEnd } from "./tape.ts";

/** A tape with its end. */
export interface Spool extends Beginning {
  end: TapeEnd;
  firstTime: string;
  firstSecondBytes: number;
  wasAwaited: boolean;
  /** A second or more lies between two of its lines (pause.ts). */
  hasPause: boolean;
  readonly bytes: number;
  /** Whether it outlives this process. */
  readonly isOnDisk: boolean;
  append(bytes: Uint8Array): void;
  truncate(length: number): void;
  /** Forgets all of it. */
  clear(): void;
  /** Hands all bytes to `onChunk`, in order. */
  read(onChunk: (chunk: Uint8Array) => void | Promise<void>): Promise<void>;
  close(): void;
  remove(): void;
}

/** Small logs never touch the disk twice. */
const MEMORY_LIMIT = 256 * 1024;
const EMPTY: TapeEnd = { time: "", count: 0, tornStart: -1 };

/**
 * @param isDurable false: in memory until it grows
 * @param isOld keep what the file holds
 */
export function openSpool(path: string, isDurable: boolean, isOld = false): Spool {
  let chunks: Uint8Array[] = [];
  let bytes = 0;
  let file: Deno.FsFile | null = null;
  const toFile = (): Deno.FsFile => {
    file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
    if (isOld) bytes = file.seekSync(0, Deno.SeekMode.End);
    else file.truncateSync(0);
    for (const chunk of chunks) writeAll(file, chunk);
    chunks = [];
    return file;
  };
  if (isDurable) toFile();
  const spool: Spool = {
    end: EMPTY,
    firstTime: "",
    firstSecondBytes: 0,
    wasAwaited: false,
    hasPause: false,
    get bytes() {
      return bytes;
    },
    get isOnDisk() {
      return file !== null;
    },
    append(chunk) {
      bytes += chunk.length;
      if (file !== null) {
        try {
          return writeAll(file, chunk);
        } catch (error) {
          spool.truncate(bytes - chunk.length); // no half pieces: the stream is taken up from here
          throw error;
        }
      }
      chunks.push(chunk.slice());
      if (bytes > MEMORY_LIMIT) toFile();
    },
    truncate(length) {
      bytes = length;
      if (file !== null) {
        file.truncateSync(length);
        file.seekSync(length, Deno.SeekMode.Start);
      } else {
        const whole = chunks.reduce<Uint8Array>((all, chunk) => concat(all, chunk), new Uint8Array(0));
        chunks = [whole.slice(0, length)];
      }
    },
    clear() {
      spool.truncate(0);
      spool.end = EMPTY;
      spool.firstTime = "";
      spool.firstSecondBytes = 0;
      spool.wasAwaited = false;
      spool.hasPause = false;
    },
    async read(onChunk) {
      if (file === null) {
        for (const chunk of chunks) await onChunk(chunk);
        return;
      }
      const reader = await Deno.open(path);
      for await (const chunk of reader.readable) await onChunk(chunk);
    },
    close() {
      file?.close();
      file = null;
    },
    remove() {
      if (file === null) return;
      file.close();
      file = null;
      Deno.removeSync(path);
    },
  };
  return spool;
}

/** Takes up a tape that an earlier process left. */
export async function reopenSpool(path: string): Promise<Spool> {
  const spool = openSpool(path, true, true);
  let kept = 0;
  const watch = watchLines(spool, () => kept);
  const reader = makeTapeReader(
    (bytes) => {
      kept += bytes.length;
    },
    { onLine: watch },
  );
  await spool.read((chunk) => reader.push(chunk));
  spool.truncate(kept); // a timestamp cut in two goes; what stands before it is never rewritten
  spool.end = reader.end;
  spool.firstTime = reader.firstTime;
  return spool;
}

/** Notes of each line that begins on a spool: the first second, and pauses. `length`: bytes on the tape before it. */
export function watchLines(spool: Spool, length: () => number): (time: string) => void {
  let previous = spool.end.time;
  let isFirstSecond = previous === "";
  let first = "";
  return (time) => {
    first ||= time;
    spool.hasPause ||= isPause(previous, time);
    if (isFirstSecond) {
      // parsed only where the second changes
      isFirstSecond = first.slice(0, 19) === time.slice(0, 19) || Date.parse(time) - Date.parse(first) < 1000;
      if (!isFirstSecond) spool.firstSecondBytes = length();
    }
    previous = time;
  };
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(file.writeSync(rest));
}
