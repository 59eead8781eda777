// JSON lists: one array of items, or JSON Lines. Keeps the file's own bytes and where each item starts; an item is
// decoded when asked for, its numbers as they were written.

import { UsageError } from "../errors.ts";
import type { Item, Scalar } from "./item.ts";
import { expected, JsonFault, scanMembers, scanValue, skipSpace, strayComma } from "./json_scan.ts";
import { blankNotes, findLines } from "./lines.ts";
import { createNumbers, type Entries } from "./packed.ts";
import { endOfLine, placeAt, type SourceText } from "./source.ts";

const LF = 10;
const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const NULL = 0x6e;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Whether the first character that is no space is a `[`: a JSON array rather than JSON Lines. */
export function isJsonArray(source: SourceText): boolean {
  return source.bytes[skipSpace(source.bytes, 0, source.bytes.length)] === OPEN_LIST;
}

/** Whether there is nothing but white space. */
export function isBlank(source: SourceText): boolean {
  return skipSpace(source.bytes, 0, source.bytes.length) === source.bytes.length;
}

/** The items of one JSON array. Throws UsageError with line and column, and the item's number where there is one. */
export function readJsonArray(source: SourceText): Entries {
  const { bytes, name } = source;
  const end = bytes.length;
  const starts = createNumbers(end);
  let at = skipSpace(bytes, 0, end);
  if (bytes[at] !== OPEN_LIST) {
    throw new UsageError(
      `Cannot read ${placeAt(source, at)} as it is not a JSON array: ${
        at >= end ? "it is empty" : "no `[` stands first"
      }. ` +
        'Write [ITEM, ITEM], such as ["a", "b"] or [{"lr": 0.1}], or --format jsonl if each line is one JSON value',
    );
  }
  at = skipSpace(bytes, at + 1, end);
  let isOpen = at >= end || bytes[at] !== CLOSE_LIST;
  while (isOpen) {
    starts.push(at);
    const label = `item ${starts.length} of ${name}`;
    at = withPlace(
      source,
      label,
      "jq . FILE checks the whole",
      () => skipSpace(bytes, scanItem(bytes, starts.at(starts.length - 1), end), end),
    );
    isOpen = bytes[at] !== CLOSE_LIST;
    if (isOpen && bytes[at] !== COMMA) {
      throw faultError(source, label, expected(bytes, at, end, "`,` or `]`"));
    }
    if (isOpen) {
      const comma = at;
      at = skipSpace(bytes, at + 1, end);
      if (bytes[at] === CLOSE_LIST) throw faultError(source, label, strayComma(comma));
    }
  }
  const rest = skipSpace(bytes, at + 1, end);
  if (rest < end) {
    throw faultError(source, name, new JsonFault(rest, "nothing more was expected behind the array's `]`"));
  }
  return {
    length: starts.length,
    columns: null,
    notes: [],
    at: (index) => decodeItem(bytes, starts.at(index), index, `item ${index + 1} of ${name}`),
  };
}

/** The items of JSON Lines: one JSON value a line. Throws UsageError with line and column. */
export function readJsonLines(source: SourceText): Entries {
  const { bytes, name } = source;
  const { starts, numbers, blankCount } = findLines(bytes, false);
  for (let index = 0; index < starts.length; index++) {
    const start = starts.at(index);
    const end = endOfLine(bytes, start, LF);
    withPlace(source, `item ${index + 1} of ${name}`, "jq -c . FILE writes one value a line", () => {
      const rest = skipSpace(bytes, scanItem(bytes, skipSpace(bytes, start, end), end), end);
      if (rest < end) throw expected(bytes, rest, end, "the end of the line");
      return rest;
    });
  }
  return {
    length: starts.length,
    columns: null,
    notes: blankNotes(blankCount, "line"),
    at(index) {
      const start = skipSpace(bytes, starts.at(index), bytes.length);
      return decodeItem(bytes, start, index, `${name}:${numbers.at(index)}`);
    },
  };
}

function scanItem(bytes: Uint8Array, start: number, end: number): number {
  const after = scanValue(bytes, start, end);
  if (bytes[start] === NULL) {
    throw new JsonFault(start, "a string, number, boolean or object was expected, not `null`");
  }
  return after;
}

function withPlace(source: SourceText, label: string, advice: string, scan: () => number): number {
  try {
    return scan();
  } catch (error) {
    throw error instanceof JsonFault ? faultError(source, label, error, advice) : error;
  }
}

function faultError(
  source: SourceText,
  label: string,
  fault: JsonFault,
  advice = "jq . FILE checks the whole",
): UsageError {
  return new UsageError(
    `Cannot read ${placeAt(source, fault.offset)} as JSON: ${fault.message} (${label}). ` +
      `Correct it there; ${advice}`,
    { cause: fault },
  );
}

function decodeItem(bytes: Uint8Array, start: number, index: number, origin: string): Item {
  const fields = new Map<string, Scalar>();
  const end = bytes[start] === OPEN_OBJECT
    ? scanMembers(
      bytes,
      start,
      bytes.length,
      1,
      (key, from, to) => fields.set(key, decodeScalar(bytes, from, to)),
    )
    : scanValue(bytes, start, bytes.length);
  const value = fields.get("item") ?? decodeScalar(bytes, start, end);
  return { index, value, fields, parts: [], origin };
}

function decodeScalar(bytes: Uint8Array, start: number, end: number): Scalar {
  const source = decoder.decode(bytes.subarray(start, end));
  if (bytes[start] === QUOTE) {
    const text: string = JSON.parse(source);
    return { text, json: JSON.stringify(text) };
  }
  const json = bytes[start] === OPEN_OBJECT || bytes[start] === OPEN_LIST ? compact(source) : source;
  return { text: json, json };
}

/** JSON without white space; strings are written the usual way, numbers stay as they are. */
function compact(source: string): string {
  let text = "";
  for (let at = 0; at < source.length;) {
    const open = source.indexOf('"', at);
    text += source.slice(at, open < 0 ? undefined : open).replace(/\s+/g, "");
    if (open < 0) break;
    at = endOfString(source, open);
    text += JSON.stringify(JSON.parse(source.slice(open, at)));
  }
  return text;
}

/** Not by a regular expression, which takes room on the stack for each character of a string. */
function endOfString(source: string, open: number): number {
  let at = open + 1;
  while (source[at] !== '"') at += source[at] === "\\" ? 2 : 1;
  return at + 1;
}
