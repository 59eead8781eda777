// The table, as Markdown.

import type { Line } from "./row.ts";

export function renderTable(lines: readonly Line[]): string {
  const head = ["row", "what", "median", "range", "goal", "met", "notes"];
  const body = lines.map((line) => [
    line.name,
    line.what,
    line.value,
    line.range,
    line.goal,
    line.isMet === null ? "–" : line.isMet ? "yes" : "no",
    line.notes,
  ]);
  const cells = [head, head.map(() => "---"), ...body];
  return cells.map((row) => `| ${row.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`).join("");
}
