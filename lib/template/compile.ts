// From YAML text to parts: the template is parsed once, every scalar becomes literal JSON or a hole for an item's values.

import {
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseAllDocuments,
  type Scalar as YamlScalar,
} from "yaml";
import { UsageError } from "../errors.ts";
import type { Expression, Found, Scope } from "./expression.ts";
import { rawJson } from "./raw_json.ts";

/** A value of the template: literal, or with holes. */
export type Tree =
  | { readonly kind: "literal"; readonly value: unknown }
  | {
    readonly kind: "hole";
    readonly parts: readonly (string | Expression)[];
    readonly isWhole: boolean;
    readonly line: number;
  }
  | { readonly kind: "map"; readonly entries: readonly (readonly [string, Tree])[]; readonly line: number }
  | { readonly kind: "list"; readonly items: readonly Tree[] };

// Private-use characters that YAML takes for ordinary text in every kind of scalar; each token holds an expression's number.
const OPEN = "\uE0F0";
const CLOSE = "\uE0F1";
const TOKEN = /\uE0F0(\d+)\uE0F1/;

/** @throws {UsageError} naming file and line of what is not YAML, or more than one document */
export function parseTree(text: string, found: readonly Found[], file: string): Tree {
  let marked = "";
  let place = 0;
  found.forEach(({ start, stop }, number) => {
    marked += text.slice(place, start) + OPEN + number + CLOSE;
    place = stop;
  });
  marked += text.slice(place);
  const lines = new LineCounter();
  const documents = parseAllDocuments(marked, {
    version: "1.1",
    customTags: kubectlTags,
    lineCounter: lines,
    intAsBigInt: true,
  });
  const problems = [...documents].flatMap((document) => document.errors).map((error) =>
    `${file}:${error.linePos?.[0].line ?? 1}: ${error.message.split("\n")[0]?.replace(/ at line.*/, "")}`
  );
  if (problems.length > 0) {
    throw new UsageError(
      `Cannot read the template as YAML:\n${problems.map((line) => `  ${line}`).join("\n")}`,
    );
  }
  const filled = [...documents].filter((document) => document.contents !== null);
  if (filled.length > 1) {
    throw new UsageError(
      `Cannot use ${file} as it holds ${filled.length} YAML documents: expected one Pod; put it in a file of its own`,
    );
  }
  const root = filled[0]?.contents ?? null;
  const document = filled[0];
  const lineOf = (node: Node) => lines.linePos(node.range?.[0] ?? 0).line;
  const convert = (node: unknown): Tree => {
    const target = document !== undefined && isAlias(node) ? node.resolve(document) : node;
    if (isMap(target)) {
      const entries = target.items.filter(isPair).map((pair) => {
        const key = isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : "";
        if (!isScalar(pair.key) || TOKEN.test(key)) {
          throw new UsageError(
            `${file}:${lineOf(target)}: Cannot put an item into a key of the pod; use it in a value`,
          );
        }
        return [String(pair.key.value), convert(pair.value)] as const;
      });
      return { kind: "map", entries, line: lineOf(target) };
    }
    if (isSeq(target)) return { kind: "list", items: target.items.map(convert) };
    if (!isScalar(target)) return { kind: "literal", value: null };
    return convertScalar(target, found, lineOf(target));
  };
  return convert(root);
}

function convertScalar(node: YamlScalar, found: readonly Found[], line: number): Tree {
  if (typeof node.value !== "string" || !TOKEN.test(node.value)) {
    return { kind: "literal", value: typeof node.value === "bigint" ? raw(node.value) : node.value };
  }
  const pieces = node.value.split(TOKEN);
  const parts = pieces.flatMap((piece, place): (string | Expression)[] => {
    if (place % 2 === 0) return piece === "" ? [] : [piece];
    const expression = found[Number(piece)]?.expression;
    return expression === undefined ? [] : [expression];
  });
  return { kind: "hole", parts, isWhole: parts.length === 1 && node.type === "PLAIN", line };
}

/** Integers keep all their digits. */
function raw(value: bigint): unknown {
  return Number.isSafeInteger(Number(value)) ? Number(value) : rawJson(String(value));
}

/** YAML as kubectl reads it: 1.1 without timestamps and base-60 numbers, with 0o octals. */
// deno-lint-ignore no-explicit-any
function kubectlTags(tags: any[]): any[] {
  const octal = {
    tag: "tag:yaml.org,2002:int",
    default: true,
    test: /^[-+]?0o[0-7_]+$/,
    resolve: (text: string) => Number(text.replaceAll("_", "")),
    stringify: String,
  };
  return [
    ...tags.filter((tag) => tag.format !== "TIME" && !String(tag.tag).endsWith(":timestamp")),
    octal,
  ];
}

/** The text of a hole for one item. `isKubelet`: the kubelet expands `$(NAME)` there, so values double their `$`. */
export function holeText(parts: readonly (string | Expression)[], scope: Scope, isKubelet: boolean): string {
  return parts.map((part) => {
    if (typeof part === "string") return part;
    const { text } = part.value(scope);
    return isKubelet ? text.replaceAll("$", "$$$$") : text;
  }).join("");
}
