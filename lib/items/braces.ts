// Brace patterns as bash expands them: `x-{000..123}-{a,b}`. A pattern is compiled to parts that know their count and
// compute any one text, so `{0..9999999}` costs nothing. Unlike bash, a brace that is neither range nor list is an error.

import { UsageError } from "../errors.ts";
import type { Scalar } from "./item.ts";
import type { Entries } from "./packed.ts";
import { checkCount, digitsAt } from "./product.ts";

/** Texts that are computed when asked for. */
interface Series {
  readonly count: number;
  at(index: number): string;
}

/** The items of a pattern; one without braces is one item. Throws UsageError that shows the place in the pattern. */
export function readBraces(pattern: string): Entries {
  const series = sequence(pattern, 0, pattern.length, pattern);
  checkCount(series.count, `-b '${pattern}'`);
  const fields = new Map<string, Scalar>();
  return {
    length: series.count,
    columns: [],
    notes: [],
    at: (index) => ({
      index,
      value: { text: series.at(index) },
      fields,
      parts: [],
      origin: `item ${index + 1} of -b`,
    }),
  };
}

/** Literal text and braces one after the other: their product, the first slowest. */
function sequence(pattern: string, start: number, end: number, whole: string): Series {
  const parts: Series[] = [];
  let text = "";
  for (let at = start; at < end; at++) {
    const character = pattern[at] ?? "";
    if (character === "\\" && at + 1 < end) {
      text += pattern[++at];
    } else if (character === "{") {
      const close = closingBrace(pattern, at, end);
      if (text !== "") parts.push(literal(text));
      text = "";
      parts.push(brace(pattern, at, close));
      at = close;
    } else if (character === "}") {
      throw fault(whole, at, "`}` closes no brace", "Open it with `{`, or write `\\}` for the character");
    } else {
      text += character;
    }
  }
  if (text !== "" || parts.length === 0) parts.push(literal(text));
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  const counts = parts.map((part) => part.count);
  return {
    count: counts.reduce((product, count) => product * count, 1),
    at: (index) => digitsAt(index, counts).map((digit, at) => parts[at]?.at(digit) ?? "").join(""),
  };
}

function literal(text: string): Series {
  return { count: 1, at: () => text };
}

function closingBrace(pattern: string, open: number, end: number): number {
  let depth = 0;
  for (let at = open; at < end; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "{") depth++;
    else if (pattern[at] === "}" && --depth === 0) return at;
  }
  throw fault(pattern, open, "`{` is never closed", "Close it with `}`, or write `\\{` for the character");
}

/** What stands between the braces at `open` and `close`: alternatives or a range. */
function brace(pattern: string, open: number, close: number): Series {
  const commas: number[] = [];
  let depth = 0;
  for (let at = open + 1; at < close; at++) {
    if (pattern[at] === "\\") at++;
    else if (pattern[at] === "{") depth++;
    else if (pattern[at] === "}") depth--;
    else if (pattern[at] === "," && depth === 0) commas.push(at);
  }
  if (commas.length > 0) {
    const bounds = [open, ...commas, close];
    return alternatives(
      bounds.slice(1).map((to, at) => sequence(pattern, (bounds[at] ?? open) + 1, to, pattern)),
    );
  }
  const inside = pattern.slice(open + 1, close);
  const range = numbers(inside, pattern, open) ?? letters(inside, pattern, open);
  if (range !== null) return range;
  throw fault(
    pattern,
    open,
    `\`{${inside}}\` is neither a range nor a list`,
    "Write {0..9}, {000..123}, {0..10..2} or {a,b}, or `\\{` for the character",
  );
}

function alternatives(choices: readonly Series[]): Series {
  return {
    count: choices.reduce((sum, choice) => sum + choice.count, 0),
    at(index) {
      let rest = index;
      for (const choice of choices) {
        if (rest < choice.count) return choice.at(rest);
        rest -= choice.count;
      }
      throw new RangeError(`No alternative ${index}`);
    },
  };
}

function numbers(inside: string, pattern: string, open: number): Series | null {
  const match = /^([+-]?\d+)\.\.([+-]?\d+)(?:\.\.([+-]?\d+))?$/.exec(inside);
  if (match === null) return null;
  const [, from = "", to = "", step] = match;
  const isPadded = [from, to].some((text) => /^[+-]?0\d/.test(text));
  // bash pads to the longer of the two ends, a minus sign counted in.
  const width = isPadded ? Math.max(from.length, to.length) : 0;
  return steps(Number(from), Number(to), step, pattern, open, (value) => {
    const digits = String(Math.abs(value));
    return value < 0 ? `-${digits.padStart(width - 1, "0")}` : digits.padStart(width, "0");
  });
}

function letters(inside: string, pattern: string, open: number): Series | null {
  const match = /^(?:([a-z])\.\.([a-z])|([A-Z])\.\.([A-Z]))(?:\.\.([+-]?\d+))?$/.exec(inside);
  if (match === null) return null;
  const [, low, lowTo, high, highTo, step] = match;
  const from = (low ?? high ?? "").charCodeAt(0);
  const to = (lowTo ?? highTo ?? "").charCodeAt(0);
  return steps(from, to, step, pattern, open, (value) => String.fromCharCode(value));
}

/** From one number to another, both included; like bash, only the size of the step counts. */
function steps(
  from: number,
  to: number,
  step: string | undefined,
  pattern: string,
  open: number,
  format: (value: number) => string,
): Series {
  const size = Math.abs(Number(step ?? 1));
  if (size === 0) throw fault(pattern, open, "its step is 0", "Write a step from 1 on, such as {0..10..2}");
  if (![from, to, size].every(Number.isSafeInteger)) {
    throw fault(pattern, open, "a number is too large", `Write numbers up to ${Number.MAX_SAFE_INTEGER}`);
  }
  const signed = from <= to ? size : -size;
  return {
    count: Math.floor(Math.abs(to - from) / size) + 1,
    at: (index) => format(from + index * signed),
  };
}

function fault(pattern: string, at: number, reason: string, advice: string): UsageError {
  return new UsageError(
    `Cannot read -b '${pattern}' as ${reason}: character ${at + 1}, at \`${
      pattern.slice(at, at + 12)
    }\`. ${advice}`,
  );
}
