// Where a tape is kept: in memory while it is small and nobody follows it, else in a file that outlives a crash.

import { joined } from "../../bytes.ts";
import { writeAllSync } from "../../results/write_all.ts";
import { type Beginning, watchBeginning } from "./beginning.ts";
import { EMPTY_END, makeTapeReader, type TapeEnd } from "./tape.ts";

/** A tape with its end. */
export interface Spool extends Beginning {
  end: TapeEnd;
  firstTime: string;
  /** Where the lines of the first second end; null while it lasts. */
  firstSecondEnd: number | null;
  wasAwaited: boolean;
  /** An earlier process left it: what that saw go missing on the way is not known. */
  isInherited: boolean;
  readonly bytes: number;
  /** Whether it outlives this process. */
  readonly isOnDisk: boolean;
  append(bytes: Uint8Array): void;
  truncate(length: number): void;
  /** Forgets all of it. */
  clear(): void;
  /** Hands all bytes to `onChunk`, in order. A chunk is valid until `onChunk` has returned, or its promise has resolved. */
  read(onChunk: (chunk: Uint8Array) => void | Promise<void>): Promise<void>;
  /** Whether a line begins with this timestamp. Reads all of the tape: for rare questions. */
  holds(time: string): boolean;
  /** Gives the descriptor back; the next use takes another. */
  close(): void;
  remove(): void;
}

/** Small logs never touch the disk twice. */
const MEMORY_LIMIT = 128 * 1024;
/** So much of a tape on disk is held in memory, too: to open and read a file of two lines costs more than all else about it. */
const MIRROR_LIMIT = 16 * 1024;

/** One buffer of this size for a whole reading: a fresh one for each chunk is garbage that the engine is slow to collect. */
const READ_BYTES = 64 * 1024;

/**
 * @param isDurable false: in memory until it grows
 * @param isOld keep what the file holds
 */
export function openSpool(path: string, isDurable: boolean, isOld = false): Spool {
  let chunks: Uint8Array[] = [];
  /** `chunks` are all there is: nothing of it need be read from the disk. */
  let isInMemory = true;
  let bytes = 0;
  let isOnDisk = false;
  let open: Deno.FsFile | null = null;
  /** The file may hold more than the tape, or stand elsewhere than at its end: to be mended before it is used. */
  let isAstray = false;
  const toDisk = (): void => {
    const made = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
    try {
      if (isOld) bytes = made.seekSync(0, Deno.SeekMode.End);
      else made.truncateSync(0);
      for (const chunk of chunks) writeAllSync(made, chunk);
    } catch (error) {
      made.close();
      throw error;
    }
    open = made;
    isOnDisk = true;
    isInMemory = bytes === 0;
    chunks = [];
  };
  const file = (): Deno.FsFile => {
    if (open === null) {
      open = Deno.openSync(path, { read: true, write: true });
      isAstray = true;
    }
    if (isAstray) {
      open.truncateSync(bytes);
      open.seekSync(bytes, Deno.SeekMode.Start);
      isAstray = false;
    }
    return open;
  };
  if (isDurable) toDisk();
  const spool: Spool = {
    end: EMPTY_END,
    firstTime: "",
    firstSecondEnd: null,
    get firstSecondBytes() {
      return spool.firstSecondEnd ?? bytes;
    },
    wasAwaited: false,
    isInherited: false,
    get bytes() {
      return bytes;
    },
    get isOnDisk() {
      return isOnDisk;
    },
    append(chunk) {
      if (!isOnDisk && bytes + chunk.length > MEMORY_LIMIT) toDisk();
      if (isOnDisk) {
        const target = file();
        isAstray = true; // until all of it is there: no half pieces, the stream is taken up from where it began
        writeAllSync(target, chunk);
        isAstray = false;
      }
      bytes += chunk.length;
      isInMemory &&= !isOnDisk || bytes <= MIRROR_LIMIT;
      if (isInMemory) chunks.push(chunk.slice());
      else chunks = [];
    },
    truncate(length) {
      bytes = length;
      if (isInMemory) {
        chunks = [joined(chunks).slice(0, length)];
      }
      if (!isOnDisk) return;
      isAstray = true;
      file();
    },
    clear() {
      spool.truncate(0);
      spool.end = EMPTY_END;
      spool.firstTime = "";
      spool.firstSecondEnd = null;
      spool.wasAwaited = false;
      spool.isInherited = false;
    },
    async read(onChunk) {
      if (isInMemory) {
        for (const chunk of chunks) await onChunk(chunk);
        return;
      }
      file();
      using reading = await Deno.open(path);
      const buffer = new Uint8Array(READ_BYTES);
      for (let size; (size = reading.readSync(buffer)) !== null;) await onChunk(buffer.subarray(0, size));
    },
    holds(time) {
      let isFound = false;
      const reader = makeTapeReader(() => {}, {
        onLine: (other) => {
          isFound ||= other === time;
        },
      });
      if (!isInMemory) {
        file();
        using reading = Deno.openSync(path);
        const buffer = new Uint8Array(1024 * 1024);
        for (let size; (size = reading.readSync(buffer)) !== null;) reader.push(buffer.subarray(0, size));
      } else for (const chunk of chunks) reader.push(chunk);
      return isFound;
    },
    close() {
      open?.close();
      open = null;
    },
    remove() {
      spool.close();
      if (isOnDisk) Deno.removeSync(path);
      isOnDisk = false;
    },
  };
  return spool;
}

/** Takes up a tape that an earlier process left. */
export async function reopenSpool(path: string): Promise<Spool> {
  const spool = openSpool(path, true, true);
  let kept = 0;
  const onBeginning = watchBeginning(spool);
  const reader = makeTapeReader((bytes) => {
    kept += bytes.length;
  }, {
    isWhole: true,
    onLine: onBeginning,
  });
  let zeros = 0;
  try {
    await spool.read((chunk) => {
      const length = lengthBeforeZeros(chunk);
      if (length > 0) {
        for (; zeros > 0; zeros -= Math.min(zeros, READ_BYTES)) {
          reader.push(new Uint8Array(Math.min(zeros, READ_BYTES)));
        }
        reader.push(chunk.subarray(0, length));
      }
      zeros += chunk.length - length;
    });
    // a timestamp cut in two goes, and zeros at the end: after a power cut a file may have its new length without the bytes.
    // What stands before is never rewritten; a torn line's own zeros come anew with it
    spool.truncate(kept);
  } catch (error) {
    spool.close();
    throw error;
  }
  spool.end = reader.end;
  spool.firstTime = reader.firstTime;
  spool.isInherited = kept > 0;
  return spool;
}

function lengthBeforeZeros(bytes: Uint8Array): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return length;
}
