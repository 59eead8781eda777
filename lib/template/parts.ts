// A node tree as parts of JSON text: literals and holes in turn. Joining them is all that is done per item.

import { Buffer } from "node:buffer";
import type { Scalar } from "../items/item.ts";
import { type Expression, type Filling, valueOrBlank } from "./expression.ts";
import { forKubelet, referenceMark } from "./kubelet_text.ts";
import type { Node, TextNode } from "./node.ts";
import { isKubeletExpanded, type Path, takesString } from "./positions.ts";

const JSON_NUMBER_OR_BOOLEAN = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?|true|false)$/;

/** JSON text that depends on what is filled in. */
export type Hole<F extends Filling> = (filling: F) => string;

/** Collects literals and holes, neighbouring literals joined. */
export interface Writer<F extends Filling> {
  literal(json: string): void;
  hole(hole: Hole<F>): void;
  /** Writes a node as it stands. */
  node(node: Node, path: Path): void;
  /** The function that joins everything written. */
  finish(): { render: Hole<F>; literalBytes: number; holeCount: number };
}

/** A writer with nothing written. */
export function makeWriter<F extends Filling>(): Writer<F> {
  const literals: string[] = [""];
  const holes: Hole<F>[] = [];
  const writer: Writer<F> = {
    literal: (json) => {
      literals.push(`${literals.pop() ?? ""}${json}`);
    },
    hole: (hole) => {
      holes.push(hole);
      literals.push("");
    },
    node(node, path) {
      if (node.kind === "json") return writer.literal(node.json);
      if (node.kind === "text") return writeText(writer, node, path);
      writer.literal(node.kind === "map" ? "{" : "[");
      let separator = "";
      for (const [key, child] of node.kind === "map" ? node.entries : node.items.entries()) {
        writer.literal(typeof key === "string" ? `${separator}${JSON.stringify(key)}:` : separator);
        writer.node(child, [...path, typeof key === "string" ? key : "*"]);
        separator = ",";
      }
      writer.literal(node.kind === "map" ? "}" : "]");
    },
    finish() {
      const [first = "", ...rest] = literals;
      const render = (filling: F) => {
        let text = first;
        for (let at = 0; at < holes.length; at++) text += (holes[at]?.(filling) ?? "") + (rest[at] ?? "");
        return text;
      };
      const literalBytes = literals.reduce((sum, literal) => sum + Buffer.byteLength(literal), 0);
      return { render, literalBytes, holeCount: holes.length };
    },
  };
  return writer;
}

function writeText<F extends Filling>(writer: Writer<F>, node: TextNode, path: Path): void {
  const [only] = node.pieces;
  const isExpanded = isKubeletExpanded(path);
  if (node.isWhole && only !== undefined && typeof only !== "string") {
    const isString = takesString(path);
    return writer.hole((filling) => wholeJson(valueOrBlank(only, filling), isString, isExpanded));
  }
  writer.literal('"');
  for (const piece of isExpanded ? forKubelet(node.pieces) : node.pieces) {
    if (typeof piece === "string") writer.literal(inner(piece));
    else if ("name" in piece) writer.hole((filling) => referenceMark(textOf(piece.name, filling)));
    else writer.hole((filling) => inner(plain(valueOrBlank(piece, filling).text, isExpanded)));
  }
  writer.literal('"');
}

function textOf(pieces: readonly (string | Expression)[], filling: Filling): string {
  return pieces.map((piece) => typeof piece === "string" ? piece : valueOrBlank(piece, filling).text).join(
    "",
  );
}

/** The JSON of a whole unquoted expression; where only text will do, a number's text is what was meant. */
function wholeJson(value: Scalar, isString: boolean, isExpanded: boolean): string {
  const { text, json } = value;
  if (!isString && json !== undefined && !json.startsWith('"')) return json;
  if (!isString && isTypedText(value)) return text;
  return `"${inner(plain(text, isExpanded))}"`;
}

/** Whether a whole unquoted expression of this value is a JSON number or boolean. */
export function isTypedText({ text, json }: Scalar): boolean {
  return !(json?.startsWith('"') ?? false) && JSON_NUMBER_OR_BOOLEAN.test(text);
}

/** A value as the kubelet must see it to give it back unchanged. */
export function plain(text: string, isExpanded: boolean): string {
  return isExpanded && text.includes("$") ? text.replaceAll("$", "$$$$") : text;
}

/** JSON of a string without its quotes. */
export function inner(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
