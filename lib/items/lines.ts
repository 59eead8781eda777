// Plain lists: one item a line, byte for byte, or NUL-separated. Also finds the lines of JSON Lines.
// Knows nothing of JSON or tables.

import type { Item, Scalar } from "./item.ts";
import { createNumbers, type Entries, type Numbers } from "./packed.ts";
import { endOfLine, type SourceText } from "./source.ts";

const NUL = 0;
const LF = 10;
const CR = 13;
const SHORT_BYTES = 40;

/** Lines that hold something: where each starts, its number from 1, and how many blank ones were left out. */
export interface Lines {
  readonly starts: Numbers;
  readonly numbers: Numbers;
  readonly blankCount: number;
}

/** Finds the lines that are not blank: of white space alone, or, between NULs, of nothing at all. */
export function findLines(bytes: Uint8Array, isNulSeparated: boolean): Lines {
  const separator = isNulSeparated ? NUL : LF;
  const starts = createNumbers(bytes.length);
  const numbers = createNumbers(bytes.length);
  let blankCount = 0;
  let start = 0;
  for (let line = 1; start < bytes.length; line++) {
    const end = endOfLine(bytes, start, separator);
    const isBlank = isNulSeparated ? start === end : isWhite(bytes, start, end);
    if (isBlank) blankCount++;
    else {
      starts.push(start);
      numbers.push(line);
    }
    start = end + 1;
  }
  return { starts, numbers, blankCount };
}

function isWhite(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return new TextDecoder().decode(bytes.subarray(at, end)).trim() === "";
    if (byte !== 32 && (byte < 9 || byte > CR)) return false;
  }
  return true;
}

/** What to say of blank lines that were left out; nothing where there were none. */
export function blankNotes(count: number, kind: "line" | "item" | "row"): string[] {
  if (count === 0) return [];
  return [`${count} ${kind === "item" ? "empty" : "blank"} ${kind}${count === 1 ? "" : "s"} dropped`];
}

/** A single item that holds the separator of another kind of list is seldom meant. */
function separatorNotes({ name, bytes }: SourceText, isNulSeparated: boolean, count: number): string[] {
  if (count !== 1) return [];
  const last = bytes.length - 1;
  if (isNulSeparated) {
    const newline = bytes.indexOf(LF);
    return newline >= 0 && newline < last && !bytes.includes(NUL)
      ? [`${name} holds no NUL, so all of its lines are one item; leave -0 out if each is one`]
      : [];
  }
  const carriage = bytes.indexOf(CR);
  return carriage >= 0 && carriage < last && !bytes.includes(LF)
    ? [`${name} is one item with CRs in it; if each ends a line: tr '\\r' '\\n' < FILE > NEWFILE`]
    : [];
}

/** The items of a plain list. */
export function readLines(source: SourceText, isNulSeparated: boolean): Entries {
  const { name, bytes } = source;
  const { starts, numbers, blankCount } = findLines(bytes, isNulSeparated);
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const fields = new Map<string, Scalar>();
  const separator = isNulSeparated ? NUL : LF;

  function textAt(start: number): string {
    // a short one in plain ASCII, as most are, takes the decoder three times as long
    const most = Math.min(start + SHORT_BYTES, bytes.length);
    let text = "";
    for (let at = start; at < most; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === separator) return text;
      if (byte >= 0x80 || byte === CR) break;
      text += String.fromCharCode(byte);
    }
    let end = endOfLine(bytes, start, separator);
    if (!isNulSeparated && bytes[end - 1] === CR) end--;
    return decoder.decode(bytes.subarray(start, end));
  }

  return {
    length: starts.length,
    columns: [],
    notes: [
      ...blankNotes(blankCount, isNulSeparated ? "item" : "line"),
      ...separatorNotes(source, isNulSeparated, starts.length),
    ],
    at(index): Item {
      const line = numbers.at(index);
      return {
        index,
        value: { text: textAt(starts.at(index)) },
        fields,
        parts: [],
        origin: isNulSeparated ? `item ${line} of ${name}` : `${name}:${line}`,
      };
    },
  };
}
