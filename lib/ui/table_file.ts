// A table of tab-separated lines for other eyes, written as its lines come. The journal has what it tells: where the disk
// refuses a line, the line is lost and whoever writes it hears of that, no more.

import { taken } from "../results/write_all.ts";

const LF = 10;

/** A table that grows. */
export interface TableFile {
  /**
   * Takes one line or some, each with its end.
   *
   * @throws {Error} where the disk refuses
   */
  append(lines: string): void;
  /** All that it holds. */
  text(): string;
  close(): void;
}

/**
 * Touches nothing before the first line comes. A last line that a crash or the disk tore gets its newline, so that the next one
 * stands alone.
 */
export function openTableFile(path: string, header: string): TableFile {
  let file: Deno.FsFile | null = null;
  let isEmpty = true;
  let isTorn = false;

  function open(): Deno.FsFile {
    const opened = Deno.openSync(path, { read: true, append: true, create: true, mode: 0o600 });
    try {
      const { size } = opened.statSync();
      isEmpty = size === 0;
      isTorn = !isEmpty && lastByte(opened, size) !== LF;
    } catch (error) {
      opened.close();
      throw error;
    }
    return opened;
  }

  return {
    append(lines) {
      file ??= open();
      const before = isEmpty ? header : isTorn ? "\n" : "";
      for (let rest = new TextEncoder().encode(before + lines); rest.length > 0;) {
        const count = taken(file.writeSync(rest));
        isEmpty = false;
        isTorn = rest[count - 1] !== LF;
        rest = rest.subarray(count);
      }
    },
    text() {
      try {
        return Deno.readTextFileSync(path);
      } catch (error) {
        if (error instanceof Deno.errors.NotFound) return "";
        throw error;
      }
    },
    close() {
      file?.close();
      file = null;
    },
  };
}

function lastByte(file: Deno.FsFile, size: number): number {
  file.seekSync(size - 1, Deno.SeekMode.Start);
  const last = new Uint8Array(1);
  file.readSync(last);
  return last[0] ?? 0;
}
