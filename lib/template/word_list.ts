// What to write for a command or arguments that stand there as one text: a list of words, in YAML.

import type { Node } from "./node.ts";

/** Stands for a space within an expression, which ends no word. */
const INNER_SPACE = "\0";

function lineOf(node: Node, spaceWithin: string): string {
  if (node.kind !== "text") return "echo hello";
  return node.pieces.map((piece) =>
    typeof piece === "string" ? piece : piece.source.replaceAll(" ", spaceWithin)
  ).join("");
}

/** The text's words as a YAML list. */
export function asArgs(node: Node): string {
  const words = lineOf(node, INNER_SPACE).match(/(?:"[^"]*"|'[^']*'|\S)+/g) ?? [];
  const texts = words.map((word) => word.replace(/^(["'])(.*)\1$/s, "$2").replaceAll(INNER_SPACE, " "));
  return `[${texts.map((text) => JSON.stringify(text)).join(", ")}]`;
}

/** A shell's command line that runs the text; between YAML's single quotes a newline would become a space. */
export function asScript(node: Node): string {
  const script = lineOf(node, " ");
  const line = script.trimEnd();
  return `[sh, -c, ${line.includes("\n") ? JSON.stringify(script) : `'${line.replaceAll("'", "''")}'`}]`;
}
