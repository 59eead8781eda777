// YAML as kubectl reads it: version 1.1 with yes/no booleans and 017 octals, but no timestamps and no base 60, and 0o17
// as well. One document becomes a tree of nodes, aliases and merges resolved.

import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  Scalar,
  type ScalarTag,
  type Tags,
  type YAMLMap,
} from "yaml";
import type { Faults, Node } from "./node.ts";
import type { Span } from "./tokens.ts";
import type { Expression } from "./expression.ts";

/** How the text's tokens become pieces of a scalar; null where they held a fault, which was reported. */
export type Split = (value: string, isSingleQuoted: boolean) => (string | Expression)[];

const MOST_NODES = 50_000;
const MOST_DEPTH = 100;
const TAGS = new Set(
  ["str", "int", "float", "bool", "null", "map", "seq"].map((tag) => `tag:yaml.org,2002:${tag}`),
);

/** What Go reads as a number besides: octals with an o, and prefixes in capitals. */
const prefixed: ScalarTag = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  test: /^[-+]?0(?:[oO][0-7_]+|X[\da-fA-F_]+|B[01_]+)$/,
  resolve: (text) =>
    BigInt(text.replace(/^[-+]/, "").replaceAll("_", "").toLowerCase()) * (text.startsWith("-") ? -1n : 1n),
};

function kubectlTags(tags: Tags): Tags {
  const kept = tags.filter((tag) =>
    typeof tag === "string" || (tag.format !== "TIME" && !tag.tag.endsWith(":timestamp"))
  );
  return [...kept, prefixed];
}

/** Faults that are told with the expressions in place of what hides them. */
function withExpressions({ faults, split }: Pick<Tools, "faults" | "split">): Faults {
  const shown = (text: string) =>
    split(text).map((part) => typeof part === "string" ? part : part.source).join("");
  return { ...faults, add: (at, text) => faults.add(at, shown(text)) };
}

interface Tools {
  readonly faults: Faults;
  split(value: string): (string | Span)[];
  readonly pieces: Split;
}

/** Parses a template whose expressions are hidden; null when nothing usable came out, which was reported. */
export function parseYaml(
  text: string,
  tools: Tools,
): Node | null {
  const faults = withExpressions(tools);
  const documents = parseAllDocuments(text, {
    version: "1.1",
    customTags: kubectlTags,
    intAsBigInt: true,
    lineCounter: new LineCounter(),
    prettyErrors: false,
    logLevel: "silent",
  });
  const list: Document[] = "empty" in documents ? [] : [...documents];
  for (const { errors, warnings } of list) {
    for (const { code, message, pos } of [...errors, ...warnings]) {
      const unknownTag = code === "TAG_RESOLVE_FAILED"
        ? /^Unresolved tag: (\S+)/.exec(message)?.[1]
        : undefined;
      faults.add(
        pos[0],
        code === "DUPLICATE_KEY"
          ? "this key stands here twice; remove one"
          : unknownTag !== undefined
          ? strangeTag(unknownTag)
          : `not YAML: ${message}`,
      );
    }
  }
  const filled = list.filter(({ contents }) =>
    contents !== null && !(isScalar(contents) && contents.value === null)
  );
  const [document, second] = filled;
  if (second !== undefined) {
    const kinds = filled.map(({ contents }) =>
      isMap(contents) ? String(contents.get("kind") ?? "no kind") : "no map"
    );
    faults.add(
      second.contents?.range?.[0] ?? 0,
      `a second document begins here (${
        kinds.join(", ")
      }); a template is one Pod: keep that one alone in the file`,
    );
    return null;
  }
  if (document === undefined) {
    faults.add(0, "the file is empty; write a Pod: apiVersion: v1, kind: Pod, metadata, spec");
    return null;
  }
  if (document.errors.length > 0 || document.warnings.length > 0) return null;
  return makeReader(document, { ...tools, faults }).read(document.contents, 0, 0);
}

function strangeTag(tag: string): string {
  return `a Pod has no values of the kind ${tag.replace("tag:yaml.org,2002:", "!!")}; remove the tag`;
}

function makeReader(
  document: Document,
  { faults, split, pieces }: Tools,
): { read(node: unknown, at: number, depth: number): Node } {
  let count = 0;
  const nothing = (at: number): Node => ({ kind: "json", at, json: "null" });

  const read = (node: unknown, at: number, depth: number): Node => {
    if (++count > MOST_NODES || depth > MOST_DEPTH) {
      if (count === MOST_NODES + 1 || depth === MOST_DEPTH + 1) {
        faults.add(at, "aliases make this larger or deeper than a Pod can be; write it out");
      }
      return nothing(at);
    }
    if (isAlias(node)) return readAlias(node, depth);
    if (!isScalar(node) && !isMap(node) && !isSeq(node)) return nothing(at);
    const here = node.range?.[0] ?? at;
    if (node.tag !== undefined && !TAGS.has(node.tag)) {
      faults.add(here, strangeTag(node.tag));
      return nothing(here);
    }
    if (isMap(node)) return { kind: "map", at: here, entries: readEntries(node, here, depth) };
    if (isSeq(node)) {
      return { kind: "list", at: here, items: node.items.map((entry) => read(entry, here, depth + 1)) };
    }
    return readScalar(node, here);
  };

  const readAlias = (alias: Alias, depth: number): Node => {
    const here = alias.range?.[0] ?? 0;
    const target = alias.resolve(document);
    if (target !== undefined) return read(target, here, depth + 1);
    faults.add(
      here,
      `nothing before this line is marked &${alias.source}; write the anchor first, or quotes round a text that begins with *`,
    );
    return nothing(here);
  };

  const readEntries = (map: YAMLMap, at: number, depth: number): Map<string, Node> => {
    const entries = new Map<string, Node>();
    const merged: Node[] = [];
    for (const pair of map.items) {
      const { key } = pair;
      const here = isScalar(key) || isMap(key) || isSeq(key) ? key.range?.[0] ?? at : at;
      if (isScalar(key) && key.source === "<<" && key.type === Scalar.PLAIN) {
        const value = read(pair.value, here, depth + 1);
        merged.push(...(value.kind === "list" ? value.items : [value]));
        continue;
      }
      if (!isScalar(key)) {
        faults.add(
          here,
          'this is no key; an expression begins with a dot ({{.Item}}), and other braces need quotes: "{{x}}"',
        );
        continue;
      }
      const name = String(key.value);
      if (split(name).some((part) => typeof part !== "string")) {
        faults.add(here, "an expression cannot be a key; write the key out, and the expression as its value");
        continue;
      }
      // yaml compares keys as typed values; a Pod's are all text.
      if (entries.has(name)) faults.add(here, `key ${name} stands here twice; remove one`);
      entries.set(name, read(pair.value, here, depth + 1));
    }
    for (const from of merged) {
      if (from.kind !== "map") {
        faults.add(from.at, "<<: takes a map, such as <<: *defaults");
        continue;
      }
      for (const [name, value] of from.entries) if (!entries.has(name)) entries.set(name, value);
    }
    return entries;
  };

  const readScalar = (node: Scalar, at: number): Node => {
    const { value } = node;
    if (typeof value === "string") {
      const parts = pieces(value, node.type === Scalar.QUOTE_SINGLE);
      const isWhole = node.type === Scalar.PLAIN && node.tag === undefined && parts.length === 1 &&
        typeof parts[0] !== "string";
      return { kind: "text", at, pieces: parts, isWhole };
    }
    if (typeof value === "bigint") return { kind: "json", at, json: wholeNumber(value) };
    if (typeof value === "number" && !Number.isFinite(value)) {
      // Go takes a number out of range for text, and so a lone dot; JSON has no infinity.
      if (!/inf|nan/i.test(node.source ?? "")) {
        return { kind: "text", at, pieces: [node.source ?? ""], isWhole: false };
      }
      faults.add(at, `${node.source} is no value that a Pod can have; write a number, or quote it`);
      return nothing(at);
    }
    return { kind: "json", at, json: JSON.stringify(value) ?? "null" };
  };

  return { read };
}

/** Beyond 64 bits kubectl falls back to floating point. */
function wholeNumber(value: bigint): string {
  const fits = value <= 0xffff_ffff_ffff_ffffn && value >= -0x8000_0000_0000_0000n;
  return fits ? String(value) : JSON.stringify(Number(value));
}
