// The places of a template's pod: which expressions stand there, and which values must be looked at for each item. What is
// fixed in the template is judged at once.

import type { Item } from "../items/item.ts";
import { type Expression, type Filling, tryEvaluate } from "./expression.ts";
import type { Faults, Node, TextNode } from "./node.ts";
import { isTypedText } from "./parts.ts";
import { type PlaceKind, placeKind, type PlaceValue, valueProblem } from "./place_kind.ts";
import type { Path } from "./positions.ts";

/** All that depends on the item. */
export interface Places {
  readonly expressions: readonly Expression[];
  /** What is wrong with the item here, each with its place in the template. */
  problems(filling: Filling): string[];
}

interface Check {
  readonly node: TextNode;
  readonly kind: PlaceKind;
  readonly path: Path;
}

/** Goes through a pod; reports what is wrong with it for any item. */
export function findPlaces(pod: Node, faults: Faults): Places {
  const expressions: Expression[] = [];
  const textual = new Set<Expression>();
  const checks: Check[] = [];
  const visit = (node: Node, path: Path): void => {
    if (node.kind === "map") { for (const [key, child] of node.entries) visit(child, [...path, key]); }
    else if (node.kind === "list") { for (const child of node.items) visit(child, [...path, "*"]); }
    else if (node.kind === "json") judgeFixed(node.json, path, node.at, faults);
    else {
      const own = node.pieces.filter((piece) => typeof piece !== "string");
      expressions.push(...own);
      const kind = placeKind(path);
      // Elsewhere null is a value like any other: the field is left unset.
      if (!node.isWhole || kind === "text" || kind === "label" || kind === "image") {
        for (const expression of own) textual.add(expression);
      }
      if (own.length === 0) judgeText(node, kind, path, faults);
      else if ((kind === "integer" || kind === "boolean") && !node.isWhole) {
        faults.add(
          node.at,
          `${shownPath(path)} takes a ${
            kind === "integer" ? "whole number" : "boolean"
          }, and this is text; write ${own[0]?.source} alone and without quotes`,
        );
      } else if (kind !== "open" && kind !== "text") checks.push({ node, kind, path });
    }
  };
  visit(pod, []);
  return { expressions, problems: (filling) => problems(expressions, textual, checks, faults, filling) };
}

function judgeFixed(json: string, path: Path, at: number, faults: Faults): void {
  if (json === "null") return;
  const kind = placeKind(path);
  if (kind === "text" || kind === "label" || kind === "image") {
    const what = json === "true" || json === "false" ? "boolean" : "number";
    faults.add(
      at,
      `${shownPath(path)} takes text, and this is the ${what} ${json} to YAML; put it in quotes`,
    );
    return;
  }
  const problem = valueProblem(kind, { text: json, isTyped: true });
  if (problem !== null) faults.add(at, `${shownPath(path)}: ${problem}`);
}

function judgeText(node: TextNode, kind: PlaceKind, path: Path, faults: Faults): void {
  const problem = valueProblem(kind, { text: node.pieces.join(""), isTyped: false });
  if (problem !== null) faults.add(node.at, `${shownPath(path)}: ${problem}`);
}

function problems(
  expressions: readonly Expression[],
  textual: ReadonlySet<Expression>,
  checks: readonly Check[],
  faults: Faults,
  filling: Filling,
): string[] {
  const found = new Set<string>();
  const failed = new Set<Expression>();
  for (const expression of expressions) {
    const problem = shadowed(expression, filling.item) ??
      missing(expression, filling, textual.has(expression));
    if (problem === null) continue;
    failed.add(expression);
    found.add(`${faults.place(expression.at)}: ${problem}`);
  }
  for (const { node, kind, path } of checks) {
    if (node.pieces.some((piece) => typeof piece !== "string" && failed.has(piece))) continue;
    const value = valueOf(node, filling);
    if (value === null) continue;
    const problem = valueProblem(kind, value);
    if (problem !== null) found.add(`${faults.place(node.at)}: ${shownPath(path)}: ${problem}`);
  }
  return [...found];
}

function missing(expression: Expression, filling: Filling, mustBeText: boolean): string | null {
  const result = tryEvaluate(expression, filling);
  if ("problem" in result) return result.problem;
  return mustBeText && result.value.json === "null"
    ? `${expression.source}: the value is null; write | default "x" for it, or give one`
    : null;
}

/** Null: the field would be unset. */
function valueOf(node: TextNode, filling: Filling): PlaceValue | null {
  let text = "";
  for (const piece of node.pieces) {
    if (typeof piece === "string") {
      text += piece;
      continue;
    }
    const value = piece.evaluate(filling);
    if (node.isWhole && value?.json === "null") return null;
    if (node.isWhole && value !== null) return { text: value.text, isTyped: isTypedText(value) };
    text += value?.text ?? "";
  }
  return { text, isTyped: false };
}

const NAMES = { item: "Item", index: "Index", attempt: "Attempt", run: "Run", name: "Name" } as const;

/** `.Name` is the pod's name: an item with a key of that name most likely meant the key. */
function shadowed({ field, source }: Expression, item: Item): string | null {
  if (field.kind === "value" || field.kind === "part") return null;
  const name = NAMES[field.kind];
  return item.fields.has(name)
    ? `${source} is not the item's key ${name}; write {{.Values.${name}}}, or rename the key`
    : null;
}

function shownPath(path: Path): string {
  return path.join(".").replaceAll(".*", "[]");
}
