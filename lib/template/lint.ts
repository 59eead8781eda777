// Warnings: what is allowed and yet likely to be a mistake. An item put into shell text is run as part of the script.

import type { Expression } from "./expression.ts";
import { lintFields } from "./fields.ts";
import { type Faults, fixedText, type MapNode, member, type Node } from "./node.ts";

const SHELL = /^(?:.*\/)?(?:sh|bash|ash|dash|zsh|ksh)$/;

/** One line per place that is likely to be a mistake. */
export function lintPod(pod: MapNode, faults: Faults, hasEnv: boolean): string[] {
  return [...lintFields(pod, faults), ...lintShell(pod, faults, hasEnv), ...lintMarks(pod, faults)];
}

/** Text in our marks that is no expression stays as it is, and was perhaps not meant to. */
function lintMarks(pod: MapNode, faults: Faults): string[] {
  const warnings: string[] = [];
  const visit = (node: Node): void => {
    if (node.kind === "map") { for (const child of node.entries.values()) visit(child); }
    else if (node.kind === "list") { for (const child of node.items) visit(child); }
    else if (node.kind === "text") {
      for (const piece of node.pieces) {
        const found = typeof piece === "string" ? /\{\{\s*([A-Za-z_][\w.]*)\s*\}\}/.exec(piece) : null;
        if (found === null) continue;
        warnings.push(
          `${faults.place(node.at)}: ${found[0]} stays as it is, as an expression begins with a dot; ` +
            `if it is one, write {{.${found[1]}}}`,
        );
      }
    }
  };
  if (faults.say("{{.x}}") === "{{.x}}") visit(pod);
  return warnings;
}

/** An expression in a shell's script without `shquote`. */
function lintShell(pod: MapNode, faults: Faults, hasEnv: boolean): string[] {
  const warnings: string[] = [];
  for (const group of ["initContainers", "containers"]) {
    const list = member(member(pod, "spec"), group);
    if (list?.kind !== "list") continue;
    for (const container of list.items) {
      const script = shellScript(container);
      if (script?.kind !== "text") continue;
      for (const piece of script.pieces) {
        if (typeof piece === "string" || isSafe(piece)) continue;
        warnings.push(
          `${
            faults.place(piece.at)
          }: ${piece.source} stands in shell text, where an item with quotes, spaces or $ is run as ` +
            `part of the script; ${advice(piece, hasEnv)}`,
        );
      }
    }
  }
  return warnings;
}

function shellScript(container: Node): Node | undefined {
  const words = ["command", "args"].flatMap((key) => {
    const list = member(container, key);
    return list?.kind === "list" ? list.items : [];
  });
  const shell = words.findIndex((word) => SHELL.test(fixedText(word) ?? ""));
  if (shell < 0) return undefined;
  const flag = words.findIndex((word, at) => at > shell && /^-[a-z]*c[a-z]*$/.test(fixedText(word) ?? ""));
  return flag < 0 ? undefined : words[flag + 1];
}

/** Names, run ids and numbers hold nothing that a shell would act on. */
function isSafe({ field, pipes }: Expression): boolean {
  const last = pipes.at(-1);
  if (last !== undefined) return last.isShellSafe;
  return field.kind !== "item" && field.kind !== "value" && field.kind !== "part";
}

/** What a pipe makes of a value has no variable, and neither has a part of a product. */
function advice({ field, pipes }: Expression, hasEnv: boolean): string {
  if (!hasEnv || pipes.length > 0 || field.kind === "part") {
    return "put | shquote behind it, within the marks";
  }
  const variable = field.kind === "value" ? variableName(field.key) : "QUPODS_ITEM";
  return `write "$${variable}", or put | shquote into the expression`;
}

/** The variable that holds the value of a key: `QUPODS_VALUE_LEARNING_RATE`. */
export function variableName(key: string): string {
  return `QUPODS_VALUE_${key.toUpperCase().replace(/[^A-Z0-9]/g, "_")}`;
}
