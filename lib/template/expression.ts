// Expressions: `{{.Values.lr | printf "%.3f"}}` found in the template's text, parsed, and given their value per item.

import { UsageError } from "../errors.ts";
import type { Item, Scalar } from "../items/item.ts";
import { nearest } from "./names.ts";
import { compilePipe, type Pipe } from "./pipes.ts";
import { PipeFault, PipeProblem } from "./printf.ts";

/** What an expression may refer to besides the item. */
export interface Scope {
  readonly item: Item;
  readonly run: string;
  /** Null: blank, for the hash. */
  readonly attempt: number | null;
  name(): string;
}

/** One expression of the template. */
export interface Expression {
  /** As written, with its marks. */
  readonly source: string;
  readonly line: number;
  readonly column: number;
  /** `Item`, `Index`, `Values.lr` … */
  readonly field: string;
  readonly hasShquote: boolean;
  /** @throws {RangeError} where this item has no such value; the message says so */
  value(scope: Scope): Scalar;
}

const FIELDS = ["Item", "Index", "Attempt", "Run", "Name"];
const GO_WORDS =
  /^-?\s*(printf|if|else|end|range|with|define|template|block|len|index|and|or|not|eq|ne|lt|gt|print)\b|^-|-$/;

/** Where the expressions of a text lie. */
export interface Found {
  readonly expression: Expression;
  readonly start: number;
  readonly stop: number;
}

/** Finds all expressions. @throws {UsageError} with every problem of the text, by line and column */
export function findExpressions(
  text: string,
  options: { file: string; delims: readonly [string, string] | null; columns: readonly string[] | null },
): Found[] {
  const pairs: readonly (readonly [string, string])[] = options.delims === null
    ? [["{{", "}}"], ["<<", ">>"]]
    : [options.delims];
  const found: Found[] = [];
  const problems: string[] = [];
  for (let place = 0; place < text.length; place++) {
    const pair = pairs.find(([open]) => text.startsWith(open, place));
    if (pair === undefined) continue;
    const [open, close] = pair;
    const before = text.slice(0, place);
    const line = before.split("\n").length;
    const column = place - before.lastIndexOf("\n");
    const report = (problem: string) => problems.push(`${options.file}:${line}:${column}: ${problem}`);
    const stop = text.indexOf(close, place + open.length);
    const inner = stop < 0 ? "" : text.slice(place + open.length, stop).trim();
    const isExpression = /^\s*\./.test(text.slice(place + open.length));
    if (!isExpression) {
      if (open === "{{" && stop > 0 && !inner.includes("\n") && GO_WORDS.test(inner)) {
        report(
          `${text.slice(place, stop + close.length)} is Go template language; ${rewrite(inner, open, close)}`,
        );
      }
      continue;
    }
    if (stop < 0 || inner.includes("\n")) {
      report(`this expression has no end; write ${open}.Item${close}, or choose other marks with --delims`);
      continue;
    }
    const source = text.slice(place, stop + close.length);
    const parsed = parse(inner, options.columns);
    if (typeof parsed === "string") report(`${source}: ${parsed}`);
    else {found.push({
        expression: { source, line, column, ...parsed },
        start: place,
        stop: stop + close.length,
      });}
    place = stop + close.length - 1;
  }
  if (problems.length > 0) {
    throw new UsageError(`Cannot use the template:\n${problems.map((line) => `  ${line}`).join("\n")}`);
  }
  return found;
}

function rewrite(inner: string, open: string, close: string): string {
  const match = /^printf\s+("[^"]*")\s+(\.\S+)/.exec(inner);
  return match
    ? `write ${open}${match[2]} | printf ${match[1]}${close}`
    : `qupods knows ${open}.Field | pipe${close} only`;
}

/** The inside of an expression; a string is what is wrong with it. */
function parse(
  inner: string,
  columns: readonly string[] | null,
): Omit<Expression, "source" | "line" | "column"> | string {
  const parts = inner.match(/(?:"(?:[^"\\]|\\.)*"|[^|"])+/g)?.map((part) => part.trim()) ?? [];
  const field = (parts[0] ?? "").slice(1);
  if (!/^[\p{L}\p{N}_.-]+$/u.test(field)) return `a field is a dot and a name, such as .Item`;
  const lookup = fieldOf(field, columns);
  if (typeof lookup === "string") return lookup;
  const pipes: Pipe[] = [];
  for (const part of parts.slice(1)) {
    const match = /^([\w-]+)(?:\s+(?:"((?:[^"\\]|\\.)*)"|(\S+)))?$/.exec(part);
    const argument = match?.[2]?.replace(/\\(.)/g, "$1") ?? match?.[3];
    try {
      pipes.push(compilePipe(match?.[1] ?? part, argument === undefined ? [] : [argument]));
    } catch (error) {
      if (error instanceof PipeFault) return error.message;
      throw error;
    }
  }
  return {
    field,
    hasShquote: pipes.at(-1)?.isShellSafe === true,
    value(scope) {
      let value = lookup(scope);
      try {
        for (const pipe of pipes) value = pipe.apply(value);
      } catch (error) {
        if (error instanceof PipeProblem) throw new RangeError(error.message);
        throw error;
      }
      if (value === null) throw new RangeError(`has no value "${field.replace(/^Values\./, "")}"`);
      return value;
    },
  };
}

type Lookup = (scope: Scope) => Scalar | null;

function fieldOf(field: string, columns: readonly string[] | null): Lookup | string {
  switch (field) {
    case "Item":
      return ({ item }) => item.value;
    case "Index":
      return ({ item }) => ({ text: String(item.index), json: String(item.index) });
    case "Attempt":
      return ({ attempt }) =>
        attempt === null ? { text: "" } : { text: String(attempt), json: String(attempt) };
    case "Run":
      return ({ run }) => ({ text: run });
    case "Name":
      return (scope) => ({ text: scope.name() });
  }
  const part = /^[1-9]\d*$/.test(field) ? Number(field) : 0;
  if (part > 0) {
    return ({ item }) => item.parts[part - 1] === undefined ? null : { text: item.parts[part - 1] ?? "" };
  }
  const key = field.startsWith("Values.") ? field.slice(7) : field;
  if (columns !== null && !columns.includes(key)) {
    const near = nearest(field, [...FIELDS, ...columns]);
    const known = [...FIELDS, ...columns].map((name) => `.${name}`).join(", ");
    const hint = near === null ? `there are ${known}` : `did you mean .${near}?`;
    return `unknown field .${field}; ${hint} If it is another program's own mark, choose others with --delims '[[ ]]'`;
  }
  return ({ item }) => item.fields.get(key) ?? null;
}
