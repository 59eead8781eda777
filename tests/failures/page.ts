// docs/failures.md, made from the table. `deno task readme` writes it.

import type { Failure } from "./failure.ts";
import { SECTIONS } from "./table.ts";

/** The page. */
export function failuresPage(): string {
  const lines = [
    "# What can go wrong, and what becomes of it",
    "",
    "Each row is held by a test, most of them on a real cluster: the words, the file and the exit status below are",
    "the ones that the tests compare (`tests/failures`, from which this page is made by `deno task readme`).",
    "",
    "- _Class_ is the word in `QUJOBS/.qupods/journal.jsonl`. `app`, `oom` and `timeout` are the item's own",
    "  failures: they have `--retries` (default 0). `infra` is nobody's fault: `--infra-retries` (default 5).",
    "  `config` and `rejected` would end alike however often they were tried. `unknown` is a failure that a killed",
    "  call could not write down any more, and whose pod is gone.",
    "- _Told_ is what standard error says, `…` for what differs; with _(-v)_ it is said only if asked, as nothing",
    "  is to be done.",
    "- _Exit_ is the status of a run in which nothing else went wrong: 1 wins over 0, 3 over 1.",
  ];
  for (const [title, section] of Object.entries(SECTIONS)) {
    lines.push("", `## ${title}`, "");
    const rows = Object.values(section).map((row: Failure) => [
      row.what,
      row.class === "none" ? "" : row.class,
      `${row.isDetail ? "(-v) " : ""}\`${row.told}\``,
      [row.file === "no verdict" || row.file === "nothing" ? row.file : `\`${row.file}\``, row.files]
        .filter((part) => part !== undefined).join(row.files?.startsWith("`") ? "; " : ", "),
      row.then,
      String(row.exit),
    ]);
    lines.push(...table([["What happens", "Class", "Told", "In QUJOBS", "Then", "Exit"], ...rows]));
  }
  return `${lines.join("\n")}\n`;
}

/** Rows of cells as deno fmt likes them: columns as wide as their longest cell. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(3, ...rows.map((row) => (row[column] ?? "").length))
  );
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  const [head = [], ...rest] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rest.map(line)];
}

if (import.meta.main) {
  await Deno.writeTextFile(new URL("../../docs/failures.md", import.meta.url), failuresPage());
}
