// A JSON scanner over UTF-8 bytes: where a value ends, and what is wrong with it. It keeps nothing and builds nothing,
// so a list costs its own bytes; numbers are left as they were written. Grammar: RFC 8259, and no key twice.
// Knows nothing of items.

/** What is wrong, and at which offset: caught by json.ts, which knows the file's name. */
export class JsonFault extends Error {
  override name = "JsonFault";
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** The stack is ours, the file is anybody's. */
const MAX_DEPTH = 500;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const WORDS = ["true", "false", "null"];

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Offset of the first byte that is not white space. */
export function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const byte = bytes[at];
    if (byte !== 32 && byte !== 10 && byte !== 13 && byte !== 9) break;
    at++;
  }
  return at;
}

/** Offset behind the value that starts at `at`. Throws JsonFault where it is no JSON before `end`. */
export function scanValue(bytes: Uint8Array, at: number, end: number, depth = 0): number {
  const byte = at < end ? bytes[at] : undefined;
  if (byte === QUOTE) return scanString(bytes, at, end);
  if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
    if (depth === MAX_DEPTH) throw new JsonFault(at, `at most ${MAX_DEPTH} levels of nesting were expected`);
    return byte === OPEN_LIST ? scanList(bytes, at, end, depth + 1) : scanObject(bytes, at, end, depth + 1);
  }
  if (byte === 0x2d || isDigit(byte)) return scanNumber(bytes, at, end);
  for (const word of WORDS) {
    if (byte !== word.charCodeAt(0)) continue;
    for (let i = 1; i < word.length; i++) {
      if (at + i >= end || bytes[at + i] !== word.charCodeAt(i)) {
        throw expected(bytes, at, end, `\`${word}\``);
      }
    }
    return at + word.length;
  }
  throw expected(bytes, at, end, "a JSON value");
}

function scanList(bytes: Uint8Array, start: number, end: number, depth: number): number {
  let at = skipSpace(bytes, start + 1, end);
  if (at < end && bytes[at] === CLOSE_LIST) return at + 1;
  while (true) {
    at = skipSpace(bytes, scanValue(bytes, at, end, depth), end);
    if (at < end && bytes[at] === CLOSE_LIST) return at + 1;
    if (at >= end || bytes[at] !== COMMA) throw expected(bytes, at, end, "`,` or `]`");
    const comma = at;
    at = skipSpace(bytes, at + 1, end);
    if (at < end && bytes[at] === CLOSE_LIST) throw strayComma(comma);
  }
}

function scanObject(bytes: Uint8Array, start: number, end: number, depth: number): number {
  const keys = new Set<string>();
  return scanMembers(bytes, start, end, depth, (key, _valueStart, _valueEnd, keyStart) => {
    if (keys.has(key)) {
      throw new JsonFault(keyStart, `the key ${JSON.stringify(key)} stands twice in one object`);
    }
    keys.add(key);
  });
}

/** Goes through an object's members in order; returns the offset behind it. */
export function scanMembers(
  bytes: Uint8Array,
  start: number,
  end: number,
  depth: number,
  visit: (key: string, valueStart: number, valueEnd: number, keyStart: number) => void,
): number {
  let at = skipSpace(bytes, start + 1, end);
  if (at < end && bytes[at] === CLOSE_OBJECT) return at + 1;
  while (true) {
    if (at >= end || bytes[at] !== QUOTE) throw expected(bytes, at, end, 'a key in `"`');
    const keyStart = at;
    const keyEnd = scanString(bytes, at, end);
    at = skipSpace(bytes, keyEnd, end);
    if (at >= end || bytes[at] !== COLON) throw expected(bytes, at, end, "`:`");
    const valueStart = skipSpace(bytes, at + 1, end);
    const valueEnd = scanValue(bytes, valueStart, end, depth);
    visit(decodeString(bytes, keyStart, keyEnd), valueStart, valueEnd, keyStart);
    at = skipSpace(bytes, valueEnd, end);
    if (at < end && bytes[at] === CLOSE_OBJECT) return at + 1;
    if (at >= end || bytes[at] !== COMMA) throw expected(bytes, at, end, "`,` or `}`");
    const comma = at;
    at = skipSpace(bytes, at + 1, end);
    if (at < end && bytes[at] === CLOSE_OBJECT) throw strayComma(comma);
  }
}

/** The text of the JSON string from its opening to behind its closing quote. */
export function decodeString(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  // Keys are short and ASCII: this is four times as fast as TextDecoder for them.
  if (end - start <= 34) {
    for (let at = start + 1; at < end - 1; at++) {
      const byte = bytes[at] ?? 0;
      if (byte >= 0x80 || byte === BACKSLASH) return JSON.parse(decoder.decode(bytes.subarray(start, end)));
      text += String.fromCharCode(byte);
    }
    return text;
  }
  return JSON.parse(decoder.decode(bytes.subarray(start, end)));
}

function scanString(bytes: Uint8Array, start: number, end: number): number {
  let hasUnicodeEscape = false;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) {
      if (hasUnicodeEscape) checkCharacters(bytes, start, at + 1);
      return at + 1;
    }
    if (byte < 0x20) {
      if (byte === 10 || byte === 13) break;
      throw new JsonFault(at, "control characters in a string were expected as escapes such as `\\t`");
    }
    if (byte !== BACKSLASH) continue;
    const escape = at + 1 < end ? bytes[++at] ?? 0 : 0;
    if (escape === 0x75) {
      const digits = decoder.decode(bytes.subarray(at + 1, Math.min(at + 5, end)));
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
        throw new JsonFault(at - 1, "four hexadecimal digits were expected after `\\u`");
      }
      hasUnicodeEscape = true;
      at += 4;
    } else if (!'"\\/bfnrt'.includes(String.fromCharCode(escape))) {
      throw new JsonFault(at - 1, 'one of `\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX` was expected');
    }
  }
  throw new JsonFault(start, 'a closing `"` was expected for the string that starts here');
}

/** An escape can write what no pod can hold: NUL, or half of a character. */
function checkCharacters(bytes: Uint8Array, start: number, end: number): void {
  const text: string = JSON.parse(decoder.decode(bytes.subarray(start, end)));
  if (text.includes("\0")) throw new JsonFault(start, "a string without NUL (`\\u0000`) was expected");
  if (!text.isWellFormed()) {
    throw new JsonFault(
      start,
      "whole characters were expected: the string has half of a `\\uD800`-`\\uDFFF` pair",
    );
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function scanNumber(bytes: Uint8Array, start: number, end: number): number {
  const byteAt = (offset: number) => offset < end ? bytes[offset] : undefined;
  const digits = (from: number, where: string) => {
    let at = from;
    while (isDigit(byteAt(at))) at++;
    if (at === from) throw expected(bytes, at, end, `a digit ${where}`);
    return at;
  };
  let at = byteAt(start) === 0x2d ? start + 1 : start;
  if (byteAt(at) === 0x30 && isDigit(byteAt(at + 1))) {
    throw new JsonFault(at, 'no leading zero was expected: JSON writes 7, or "007" as a string');
  }
  at = digits(at, "after `-`");
  if (byteAt(at) === 0x2e) at = digits(at + 1, "after `.`");
  if (byteAt(at) === 0x65 || byteAt(at) === 0x45) {
    const sign = byteAt(at + 1);
    at = digits(sign === 0x2b || sign === 0x2d ? at + 2 : at + 1, "in the exponent");
  }
  return at;
}

/** The fault of a comma behind the last entry, which other languages allow. */
export function strayComma(at: number): JsonFault {
  return new JsonFault(at, "no comma was expected behind the last entry");
}

/** The fault of finding something else than `what`. */
export function expected(bytes: Uint8Array, at: number, end: number, what: string): JsonFault {
  if (at >= end) return new JsonFault(at, `${what} was expected, but it ends here`);
  const [found] = decoder.decode(bytes.subarray(at, at + 4));
  const shown = found === "\n" || found === "\r" ? "the end of the line" : `\`${found}\``;
  return new JsonFault(at, `${what} was expected, not ${shown}`);
}
