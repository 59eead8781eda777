// The template as a tree of plain nodes: what is left of YAML once aliases, merges and tags are resolved. `at` is always
// an offset in the template's text. Also collects what is wrong, by place.

import { UsageError } from "../errors.ts";
import type { Expression } from "./expression.ts";

export type Node = MapNode | ListNode | TextNode | JsonNode;

export interface MapNode {
  readonly kind: "map";
  readonly at: number;
  readonly entries: ReadonlyMap<string, Node>;
}

export interface ListNode {
  readonly kind: "list";
  readonly at: number;
  readonly items: readonly Node[];
}

/** A string scalar: the author's text and expressions in turn. */
export interface TextNode {
  readonly kind: "text";
  readonly at: number;
  readonly pieces: readonly (string | Expression)[];
  /** An unquoted scalar that is one expression and nothing else: takes its value's type. */
  readonly isWhole: boolean;
}

/** A number, boolean or null, as JSON. */
export interface JsonNode {
  readonly kind: "json";
  readonly at: number;
  readonly json: string;
}

/** What is wrong with a template, collected so that one message can tell all of it. */
export interface Faults {
  add(at: number, text: string): void;
  /** Adds a line behind all faults, once, unless `--delims` was given already. */
  hint(text: string): void;
  /** A message that shows expressions, in the marks that `--delims` gave. */
  say(text: string): string;
  /** `FILE:LINE:COL` of an offset. */
  place(at: number): string;
  /** @throws {UsageError} when anything was added, one line each in the order of the text */
  check(): void;
}

/** Faults of one file. */
export function collectFaults(
  file: string,
  text: string,
  delims: readonly [string, string] | null,
): Faults {
  const found: { at: number; text: string }[] = [];
  const hints = new Set<string>();
  const say = (message: string) =>
    delims === null
      ? message
      : message.replace(/\{\{(\.[^{}]*)\}\}/g, (_, inner) => delims[0] + inner + delims[1]);
  const place = (at: number) => {
    const before = text.slice(0, at);
    const line = before.split("\n").length;
    return `${file}:${line}:${at - (before.lastIndexOf("\n") + 1) + 1}`;
  };
  return {
    place,
    say,
    add: (at, message) => {
      const fault = say(message);
      if (!found.some((known) => known.at === at && known.text === fault)) found.push({ at, text: fault });
    },
    hint: (message) => {
      if (delims === null) hints.add(message);
    },
    check() {
      if (found.length === 0) return;
      found.sort((a, b) => a.at - b.at);
      const lines = found.map((fault) => `${place(fault.at)}: ${fault.text}`);
      throw new UsageError([...lines, ...hints].join("\n"));
    },
  };
}

/** The node under a key of a map; undefined for anything else, and for an explicit null. */
export function member(node: Node | undefined, key: string): Node | undefined {
  if (node?.kind !== "map") return undefined;
  const found = node.entries.get(key);
  return found?.kind === "json" && found.json === "null" ? undefined : found;
}

/** The text of a scalar without expressions; null for anything else. */
export function fixedText(node: Node | undefined): string | null {
  if (node?.kind !== "text") return null;
  let text = "";
  for (const piece of node.pieces) {
    if (typeof piece !== "string") return null;
    text += piece;
  }
  return text;
}

/** The expressions of a scalar. */
export function expressionsOf(node: Node | undefined): Expression[] {
  if (node?.kind !== "text") return [];
  return node.pieces.filter((piece) => typeof piece !== "string");
}
