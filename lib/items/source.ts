// Bytes of a list file or of standard input, checked to be text, and places in them. Knows nothing of what they list.

import { isUtf8 } from "node:buffer";
import { UsageError } from "../errors.ts";
import { shellWord } from "../shell_word.ts";

const LF = 10;

/** A list's bytes, known to be UTF-8 without a byte order mark. */
export interface SourceText {
  /** The file as the user named it, or `standard input`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** All bytes of the file at `path`; `-` is standard input. Throws UsageError when it cannot be read. */
export async function readBytes(path: string, stdin: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  try {
    return path === "-" ? await readStream(stdin) : await Deno.readFile(path);
  } catch (error) {
    throw path === "-" ? unreadableStdin(error) : unreadable(path, error);
  }
}

/** `< FOLDER`, one that is open for writing alone, a terminal that belongs to others (EIO). */
function unreadableStdin(error: unknown): unknown {
  if (!(error instanceof Error && error.message.includes("os error"))) return error;
  return new UsageError(
    `Cannot read the list from standard input as that failed: ${error.message}. ` +
      "Write -i FILE with a file that can be read, or: COMMAND | qupods -i - …",
    { cause: error },
  );
}

function unreadable(path: string, error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const says = (reason: string, advice: string) =>
    new UsageError(`Cannot read the list ${path} as ${reason}. ${advice}`, { cause: error });
  if (error instanceof Deno.errors.NotFound) {
    return says(
      "there is no such file",
      `Make it, such as with: seq 10 > ${shellWord(path)}; or write -i - for standard input`,
    );
  }
  if (error instanceof Deno.errors.IsADirectory || error.message.includes("os error 21")) {
    return says(
      "it is a directory",
      `To have what is in it for items: ls ${shellWord(path)} | qupods -i - …`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return says(
      "that is not permitted",
      `Allow it: chmod u+r ${shellWord(path)}; or have somebody who may read it pipe it to -i -`,
    );
  }
  return says(`that failed: ${error.message}`, "Write -i FILE with a file that can be read");
}

/** Grows in place of keeping the chunks, so that the peak is not twice the input. */
async function readStream(stream: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  let buffer = new ArrayBuffer(64 * 1024);
  let used = 0;
  for await (const chunk of stream) {
    if (used + chunk.length > buffer.byteLength) {
      buffer = buffer.transfer(Math.max(Math.ceil(buffer.byteLength * 1.5), used + chunk.length));
    }
    new Uint8Array(buffer).set(chunk, used);
    used += chunk.length;
  }
  return new Uint8Array(buffer.transfer(used));
}

/** First bytes of files that are no text, and how to make one of them. */
const PACKED: readonly { mark: readonly number[]; what: string; advice: string }[] = [
  { mark: [0x1f, 0x8b], what: "compressed with gzip", advice: "Write: zcat FILE | qupods -i - …" },
  {
    mark: [0x28, 0xb5, 0x2f, 0xfd],
    what: "compressed with zstd",
    advice: "Write: zstdcat FILE | qupods -i - …",
  },
  {
    mark: [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    what: "compressed with xz",
    advice: "Write: xzcat FILE | qupods -i - …",
  },
  {
    mark: [0x50, 0x4b, 3, 4],
    what: "a zip file or a spreadsheet",
    advice: "Save the sheet as CSV (UTF-8), or unzip it",
  },
];

/**
 * The text in `raw`, its byte order mark gone. Throws UsageError with the line of the first byte that is not UTF-8,
 * or of the first NUL unless those separate the items.
 */
export function checkText(name: string, raw: Uint8Array, isNulSeparated: boolean): SourceText {
  const hasMark = raw[0] === 0xef && raw[1] === 0xbb && raw[2] === 0xbf;
  const bytes = hasMark ? raw.subarray(3) : raw;
  const source: SourceText = { name, bytes };
  if ((raw[0] === 0xff && raw[1] === 0xfe) || (raw[0] === 0xfe && raw[1] === 0xff)) {
    throw new UsageError(
      `Cannot read ${name}:1 as it is UTF-16, not UTF-8. Convert it: iconv -f UTF-16 -t UTF-8 FILE > NEWFILE`,
    );
  }
  const packed = PACKED.find(({ mark }) => mark.every((byte, at) => raw[at] === byte));
  if (packed !== undefined) {
    throw new UsageError(`Cannot read ${name} as it is ${packed.what}. ${packed.advice}`);
  }
  const nul = isNulSeparated ? -1 : bytes.indexOf(0);
  if (nul >= 0) {
    throw new UsageError(
      `Cannot read ${name}:${lineAt(source, nul)} as it holds a NUL byte. ` +
        `If NUL ends each item (find -print0), write -0`,
    );
  }
  if (!isUtf8(bytes)) {
    throw new UsageError(
      `Cannot read ${name}:${firstBadLine(bytes)} as it is not UTF-8. ` +
        `If it is Latin-1, convert it: iconv -f LATIN1 -t UTF-8 FILE > NEWFILE`,
    );
  }
  return source;
}

function firstBadLine(bytes: Uint8Array): number {
  let start = 0;
  for (let line = 1;; line++) {
    const end = endOfLine(bytes, start, LF);
    if (!isUtf8(bytes.subarray(start, end)) || end >= bytes.length) return line;
    start = end + 1;
  }
}

/** Offset of the next `separator` at or after `start`, or the end. */
export function endOfLine(bytes: Uint8Array, start: number, separator: number): number {
  const end = bytes.indexOf(separator, start);
  return end < 0 ? bytes.length : end;
}

/** How many line ends lie from `start` up to but not including `end`. */
export function countLineEnds(bytes: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = bytes.indexOf(LF, start); at >= 0 && at < end; at = bytes.indexOf(LF, at + 1)) count++;
  return count;
}

/** Line of an offset, from 1. */
export function lineAt(source: SourceText, offset: number): number {
  return 1 + countLineEnds(source.bytes, 0, offset);
}

/** `FILE:LINE:COLUMN` of an offset, both from 1, the column in characters. */
export function placeAt(source: SourceText, offset: number): string {
  const start = offset === 0 ? 0 : source.bytes.lastIndexOf(LF, offset - 1) + 1;
  const before = new TextDecoder().decode(source.bytes.subarray(start, offset));
  return `${source.name}:${lineAt(source, offset)}:${[...before].length + 1}`;
}
