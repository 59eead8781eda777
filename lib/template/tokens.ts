// Hides expressions from YAML: each becomes a token of private-use characters, exactly as long as the expression, so that
// the quoting round it and every offset stay what they were. Finds expressions; does not understand them.

import { UsageError } from "../errors.ts";

/** A stretch of the template between marks. */
export interface Span {
  readonly at: number;
  /** As written, with its marks. */
  readonly source: string;
  /** What stands between the marks, trimmed. */
  readonly inner: string;
  readonly marks: readonly [string, string];
  /** No expression begins so: what is wrong with it. */
  readonly fault: "unclosed" | "go" | null;
}

/** A text whose expressions are hidden. */
export interface Hidden {
  readonly text: string;
  readonly spans: readonly Span[];
  /** The author's text and spans in turn. */
  split(value: string): (string | Span)[];
}

const BOTH: readonly (readonly [string, string])[] = [["{{", "}}"], ["<<", ">>"]];
const BLOCK = 256;
const DIGITS = BLOCK - 2;
const GO_WORD = new RegExp(
  '^(?:-|/\\*|\\$|"|`|(?:printf?|println|if|else|end|range|with|define|template|block|break|continue|len|index|slice|and|' +
    "or|not|eq|ne|lt|le|gt|ge|html|js|urlquery|call|json|toJson|toYaml|quote|squote|default|include|tpl|lower|upper|" +
    "trim|replace|add|sub|mul|div|int|Item|Index|item|index|Attempt|Run|Name|Values\\.[\\w.]+)(?![\\w-]))",
);

/** Finds the expressions of a template, and Go-template words that look like some, and hides them. */
export function hideExpressions(text: string, delims: readonly [string, string] | null): Hidden {
  const base = freeBlock(text);
  const spans: Span[] = [];
  let hidden = "";
  let done = 0;
  const pairs = delims === null ? BOTH : [delims];
  for (let at = 0; at < text.length; at++) {
    const span = spanAt(text, at, pairs);
    if (span === null) continue;
    hidden += text.slice(done, at) + token(base, spans.length, span.source.length);
    spans.push(span);
    done = at + span.source.length;
    at = done - 1;
  }
  const pattern = new RegExp(`${char(base)}[${char(base + 1)}-${char(base + BLOCK - 1)}]+`);
  return {
    text: hidden + text.slice(done),
    spans,
    split(value) {
      const parts: (string | Span)[] = [];
      let rest = value;
      for (let match = pattern.exec(rest); match !== null; match = pattern.exec(rest)) {
        const span = spans[numberOf(base, match[0])];
        if (match.index > 0) parts.push(rest.slice(0, match.index));
        if (span !== undefined) parts.push(span);
        rest = rest.slice(match.index + match[0].length);
      }
      if (rest !== "") parts.push(rest);
      return parts;
    },
  };
}

function spanAt(text: string, at: number, pairs: typeof BOTH): Span | null {
  const marks = pairs.find(([open]) => text.startsWith(open, at));
  if (marks === undefined) return null;
  const [open, close] = marks;
  const start = at + open.length;
  const first = start + (/^[ \t]*/.exec(text.slice(start, start + 80))?.[0].length ?? 0);
  const newline = text.indexOf("\n", at);
  const line = text.slice(0, newline < 0 ? text.length : newline);
  const isField = line[first] === "." && /[\p{L}\p{N}_]/u.test(line[first + 1] ?? "");
  const isBare = open === "{{" && /^\.\s*(?:\||\}\})/.test(line.slice(first));
  if (!isField && !isBare && !GO_WORD.test(line.slice(first))) return null;
  const end = closing(line, first, close);
  // `<<end` begins a here-document: only what mentions a field can have been meant for us.
  if (!isField && (end < 0 || (open !== "{{" && !/\.(?:Item|Index|Values)\b/.test(line.slice(first, end))))) {
    return null;
  }
  if (end < 0) {
    const head = /^\.[\p{L}\p{N}_.]+/u.exec(line.slice(first))?.[0] ?? "";
    return { at, source: line.slice(at, first) + head, inner: head, marks, fault: "unclosed" };
  }
  const source = line.slice(at, end + close.length);
  return { at, source, inner: line.slice(first, end).trim(), marks, fault: isField ? null : "go" };
}

/** Where the closing mark stands, outside quotes; `\"` are the quotes of an expression within a double-quoted scalar. */
function closing(line: string, from: number, close: string): number {
  let quote = "";
  for (let at = from; at < line.length; at++) {
    if (quote === "") {
      if (line.startsWith(close, at)) return at;
      const mark = /^\\?"|^`/.exec(line.slice(at, at + 2))?.[0];
      if (mark === undefined) continue;
      quote = mark;
      at += mark.length - 1;
    } else if (line.startsWith(quote, at)) {
      at += quote.length - 1;
      quote = "";
    } else if (quote === '"' && line[at] === "\\") {
      at++;
    }
  }
  return -1;
}

/** First of 256 private-use characters that the text does not hold, nor writes as `\uE000` in a scalar. */
function freeBlock(text: string): number {
  const used = new Set<number>();
  for (const [character, escape] of text.matchAll(/[\uE000-\uF8FF]|\\(?:u|U0000)([eEfF][\da-fA-F]{3})/g)) {
    const code = escape === undefined ? character.charCodeAt(0) : Number.parseInt(escape, 16);
    used.add(Math.floor(code / BLOCK));
  }
  for (let block = 0xe0; block < 0xf8; block++) if (!used.has(block)) return block * BLOCK;
  throw new UsageError(
    "Cannot read the template as it holds private-use characters (U+E000 to U+F8FF) of every kind",
  );
}

function token(base: number, number: number, length: number): string {
  let digits = "";
  for (let rest = number; digits === "" || rest > 0; rest = Math.floor(rest / DIGITS)) {
    digits = char(base + 2 + rest % DIGITS) + digits;
  }
  return char(base) + digits.padStart(length - 1, char(base + 1));
}

function numberOf(base: number, text: string): number {
  let number = 0;
  for (const digit of text.slice(1)) {
    const value = digit.charCodeAt(0) - base - 2;
    if (value >= 0) number = number * DIGITS + value;
  }
  return number;
}

function char(code: number): string {
  return String.fromCharCode(code);
}
