// Expressions: a field and pipes, parsed once and given a value per item. Owns the fields' names and what is said of
// those that are not known.

import type { Item, Scalar } from "../items/item.ts";
import { nearest, shown } from "./names.ts";
import { compilePipe, type Pipe } from "./pipes.ts";
import { PipeFault, PipeProblem } from "./printf.ts";
import { STRINGS, withPlainQuotes } from "./quotes.ts";
import type { Span } from "./tokens.ts";

/** What an expression draws its value from. Attempt and run are blank in the pod that is hashed. */
export interface Filling {
  readonly item: Item;
  readonly attempt: string;
  readonly run: string;
  readonly name: string;
}

/** What stands first in an expression. */
export type Field =
  | { readonly kind: "item" | "index" | "attempt" | "run" | "name" }
  | { readonly kind: "value"; readonly key: string }
  | { readonly kind: "part"; readonly number: number };

/** One expression of the template. */
export interface Expression {
  /** As written, with its marks. */
  readonly source: string;
  readonly at: number;
  readonly field: Field;
  readonly pipes: readonly Pipe[];
  /** Null: the item has no such key or part. @throws {PipeProblem} on a value that a pipe cannot take */
  evaluate(filling: Filling): Scalar | null;
}

/** An expression that cannot be used; the message says what to write. */
export class ExpressionFault extends Error {
  override name = "ExpressionFault";
  /** It may not have been meant for us at all. */
  readonly isPerhapsForeign: boolean;

  constructor(message: string, isPerhapsForeign = false) {
    super(message);
    this.isPerhapsForeign = isPerhapsForeign;
  }
}

const BLANK: Scalar = { text: "" };

const FIELDS = new Map<string, Field>([
  ["Item", { kind: "item" }],
  ["Index", { kind: "index" }],
  ["Attempt", { kind: "attempt" }],
  ["Run", { kind: "run" }],
  ["Name", { kind: "name" }],
]);

export const DELIMS_HINT = "If marks are another program's, choose others for qupods: --delims '[[ ]]'";

/** @throws {ExpressionFault} */
export function parseExpression(
  span: Span,
  columns: readonly string[] | null,
  partCount?: number,
): Expression {
  if (span.fault !== null) throw new ExpressionFault(spanFault(span), span.fault === "go");
  const { source, at } = span;
  const inner = withPlainQuotes(span.inner);
  const [head = "", ...steps] =
    inner.match(/(?:"(?:[^"\\]|\\.)*"|`[^`]*`|[^|"`])+/g)?.map((step) => step.trim()) ?? [];
  const bare = inner.replace(STRINGS, "");
  if (/["`]/.test(bare)) {
    throw new ExpressionFault(
      `${source} has a quote that is not closed; close it, or write \`…\` round the text`,
    );
  }
  if (inner.endsWith("|") || bare.includes("||")) {
    throw new ExpressionFault(`${source} has a | without a pipe; write {{.Item | slug}}`);
  }
  const field = parseField(head, source, columns);
  if (field.kind === "part" && partCount !== undefined && field.number > partCount) {
    throw new ExpressionFault(
      partCount === 0
        ? `${source} is a part of lists after :::, and these items have none; write {{.Item}}`
        : `${source} is more than the ${partCount} lists after :::; write {{.1}}${
          partCount > 1 ? ` to {{.${partCount}}}` : ""
        }`,
    );
  }
  const pipes = steps.map((step) => parsePipe(step, source));
  const value = reader(field);
  const evaluate = pipes.length === 0
    ? value
    : (filling: Filling) => pipes.reduce<Scalar | null>((given, pipe) => pipe.apply(given), value(filling));
  return { source, at, field, pipes, evaluate };
}

/** The value of an expression, or what is wrong with this item, as a clause. */
export function tryEvaluate(
  expression: Expression,
  filling: Filling,
): { value: Scalar } | { problem: string } {
  try {
    const value = expression.evaluate(filling);
    return value === null ? { problem: missing(expression, filling.item) } : { value };
  } catch (error) {
    if (!(error instanceof PipeProblem)) throw error;
    return { problem: `${expression.source}: ${error.message}` };
  }
}

/** The value of an expression, blank where there is none: `tryEvaluate` tells of that. */
export function valueOrBlank(expression: Expression, filling: Filling): Scalar {
  try {
    return expression.evaluate(filling) ?? BLANK;
  } catch (error) {
    if (!(error instanceof PipeProblem)) throw error;
    return BLANK;
  }
}

function missing({ source, field }: Expression, item: Item): string {
  if (field.kind === "part") {
    return `${source}: the item has ${item.parts.length} parts; parts come from lists after :::`;
  }
  const key = field.kind === "value" ? field.key : "";
  const known = [...item.fields.keys()];
  const near = nearest(key, [...known, ...FIELDS.keys()]);
  return `${source}: the item has no key ${shown(key)}` +
    (near !== null
      ? `; did you mean ${fieldText(near)}?`
      : known.length > 0
      ? `; it has ${known.slice(0, 8).join(", ")}`
      : "") +
    `; or write | default "x" (marks of another program? --delims '[[ ]]')`;
}

function parseField(head: string, source: string, columns: readonly string[] | null): Field {
  const quoted = /^\.Values\s*\[\s*"((?:[^"\\]|\\.)*)"\s*\]$/.exec(head)?.[1];
  const name = head.slice(1);
  const known = FIELDS.get(name);
  if (known !== undefined) {
    if (!columns?.includes(name)) return known;
    throw new ExpressionFault(
      `${source} is not the list's column ${name}; write {{.Values.${name}}} for that, or rename the column`,
    );
  }
  const spaced = name.replace(/^Values\./, "").trim();
  if (quoted === undefined && (columns?.includes(spaced) ?? /^\w+(?: \w+)+$/.test(spaced))) {
    if (/[^\p{L}\p{N}_.-]/u.test(spaced)) {
      throw new ExpressionFault(`${source} is no expression; write {{.Values[${JSON.stringify(spaced)}]}}`);
    }
  }
  const unbracketed = /^\.Values\.?\s*("(?:[^"\\]|\\.)*")$/.exec(head)?.[1];
  if (unbracketed !== undefined) {
    throw new ExpressionFault(`${source} is no expression; write {{.Values[${unbracketed}]}}`);
  }
  if (quoted === undefined && !/^[\p{L}\p{N}_.-]+$/u.test(name)) {
    const first = /^\.[\p{L}\p{N}_.-]+/u.exec(head)?.[0] ?? ".Item";
    throw new ExpressionFault(
      `${source} is no expression; a field comes first, then pipes: {{${first} | slug}}`,
    );
  }
  if (/^[1-9]\d*$/.test(name) && !columns?.includes(name)) return { kind: "part", number: Number(name) };
  if (name.startsWith("Item.")) {
    throw new ExpressionFault(`unknown field .${name}; the keys of an item are {{.Values.${name.slice(5)}}}`);
  }
  const key = quoted !== undefined
    ? quoted.replace(/\\(.)/g, "$1")
    : name.startsWith("Values.")
    ? name.slice("Values.".length)
    : name;
  if (columns !== null && !columns.includes(key)) {
    throw new ExpressionFault(unknownField(name, key, columns), true);
  }
  return { kind: "value", key };
}

/** How a key is written as a field. */
function fieldText(key: string): string {
  return /^[\p{L}\p{N}_.-]+$/u.test(key) ? `.${key}` : `.Values[${JSON.stringify(key)}]`;
}

function unknownField(name: string, key: string, columns: readonly string[]): string {
  const near = nearest(key, [...columns, ...FIELDS.keys()]);
  if (near !== null) {
    return `unknown field .${name}; did you mean {{${fieldText(near)}}}?`;
  }
  const some = columns.slice(0, 12).map(fieldText);
  const list = some.length === 0 ? "the list has no named values" : `the list has ${some.join(" ")}`;
  return `unknown field .${name}; ${list}, and there are .Item .Index .Attempt .Run .Name`;
}

function parsePipe(step: string, source: string): Pipe {
  const [name = "", ...args] = step.match(/"(?:[^"\\]|\\.)*"|`[^`]*`|[^\s"`]+/g) ?? [];
  try {
    const single = args.find((word) => word.startsWith("'"));
    if (single !== undefined) {
      throw new PipeFault(
        `${single} is in single quotes; write "${single.replaceAll("'", "")}", or \`${
          single.replaceAll("'", "")
        }\` within a YAML text in double quotes`,
      );
    }
    return compilePipe(name, args.map(unquote));
  } catch (error) {
    if (!(error instanceof PipeFault)) throw error;
    throw new ExpressionFault(`${source}: ${error.message}`);
  }
}

function unquote(word: string): string {
  if (word.startsWith("`")) return word.slice(1, -1);
  if (!word.startsWith('"')) return word;
  const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t" };
  return word.slice(1, -1).replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
}

function reader(field: Field): (filling: Filling) => Scalar | null {
  switch (field.kind) {
    case "item":
      return ({ item }) => item.value;
    case "index":
      return ({ item }) => number(String(item.index));
    case "attempt":
      return ({ attempt }) => attempt === "" ? { text: "" } : number(attempt);
    case "run":
      return ({ run }) => ({ text: run });
    case "name":
      return ({ name }) => ({ text: name });
    case "value":
      return ({ item }) => item.fields.get(field.key) ?? null;
    case "part":
      return ({ item }) => {
        const text = item.parts[field.number - 1];
        return text === undefined ? null : { text };
      };
  }
}

function number(text: string): Scalar {
  return { text, json: text };
}

function spanFault({ source, inner, marks: [open, close], fault }: Span): string {
  if (fault === "unclosed") return `${source} is not closed on its line; write ${open}${inner}${close}`;
  const field = /\.(?:Values\.)?[A-Za-z_][\w.]*|\.\d+/.exec(inner)?.[0] ?? ".Item";
  const bare = inner.replace(/^-|-$/g, "").trim();
  const word = /^[A-Za-z]+/.exec(bare)?.[0] ?? "";
  if (/^\.\s*(?:\||$)/.test(inner)) {
    return `${source} has no field; write ${open}.Item${inner.slice(1).trim() === "" ? "" : " "}${
      inner.slice(1).trim()
    }${close}`;
  }
  const format = /"(?:[^"\\]|\\.)*"/.exec(inner.replaceAll('\\"', '"'))?.[0];
  let write = `${open}${field}${close}`;
  if (word === "printf") write = `${open}${field} | printf ${format ?? '"%06d"'}${close}`;
  else if (/^(?:item|index)$/i.test(bare) || FIELDS.has(bare)) {
    write = `${open}.${bare[0]?.toUpperCase()}${bare.slice(1)}${close}`;
  } else if (bare.startsWith("Values.") || (bare.startsWith(".") && /^[.\w]+$/.test(bare))) {
    write = `${open}.${bare.replace(/^\./, "")}${close}`;
  } else if (word === "default") write = `${open}${field} | default ${format ?? '"x"'}${close}`;
  else if (["lower", "upper"].includes(word)) write = `${open}${field} | ${word}${close}`;
  else if (word === "index" && format !== undefined) write = `${open}.Values[${format}]${close}`;
  else if (["json", "toJson"].includes(word)) write = `${open}${field} | json${close}`;
  else if (["quote", "squote"].includes(word)) write = `${open}${field} | shquote${close}`;
  else if (/^(?:if|else|end|range|with|define|template|block|and|or|not)$/.test(word)) {
    return `${source} is Go's template language, which has no place here; there are no conditions or loops: ` +
      `give each item its own values and write ${open}.Values.key | default "x"${close}`;
  }
  return `${source} is no expression, as one begins with a dot; write ${write}`;
}
