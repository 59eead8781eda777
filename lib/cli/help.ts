// What the table of options looks like to people: the text of `--help`, at most 80 columns wide, and the README's table.

import { type OptionRow, OPTIONS } from "./table.ts";

/** The forms of the command. */
export const USAGE = `  qupods -i ITEMS TEMPLATE.yaml        one pod per line, logs in ./QUJOBS
  qupods TEMPLATE.yaml ::: a b c       items here; several ::: make a product
  qupods --dry-run -i ITEMS TEMPLATE   print the pods, create nothing
  qupods --local -i ITEMS TEMPLATE     run them as processes of this machine
  qupods completion bash|zsh|fish      print completions for your shell
  qupods cancel [DIR]                  delete the pods of the run whose log
                                       directory this is, and keep their logs`;

const COLUMNS = 80;
const INDENT = 29;

/** Text of `--help`. */
export function helpText(): string {
  const head = `qupods runs one Kubernetes pod per item of a list and brings every verdict and
log home.

${USAGE}`;
  const groups = [...new Set(OPTIONS.map((row) => row.group))].map((group) => {
    const rows = OPTIONS.filter((row) => row.group === group).flatMap(optionLines);
    return `${group}\n${rows.join("\n")}`;
  });
  const tail = `In the template {{.Item}} or <<.Item>> is the item, {{.Index}} its place from 0,
{{.Values.KEY}} a column or key of it; {{.Item | slug}} makes it fit for a name.
A time is 90, 90s, 15m or 1h30m.

Exit status: 0 all succeeded, 1 some failed, 2 usage, nothing created, 3 stopped
early or a log not safe, 4 cluster not reachable or not permitted, 130/143
interrupted: the same command goes on.`;
  return [head, ...groups, tail].join("\n\n");
}

function optionLines(row: OptionRow): string[] {
  const name = `  ${spelling(row)}`;
  const [first = "", ...rest] = wrap(meaning(row), COLUMNS - INDENT);
  const margin = " ".repeat(INDENT);
  if (name.length >= INDENT) return [name, margin + first, ...rest.map((line) => margin + line)];
  return [name.padEnd(INDENT) + first, ...rest.map((line) => margin + line)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines;
}

function spelling(row: OptionRow): string {
  const value = row.value === undefined ? "" : row.isOptional ? `[=${row.value}]` : ` ${row.value}`;
  return `${row.short === undefined ? "    " : `-${row.short}, `}--${row.name}${value}`;
}

function meaning({ help, aliases = [] }: OptionRow): string {
  return aliases.length === 0 ? help : `${help}; also ${aliases.map((alias) => `--${alias}`).join(", ")}`;
}

/** The README's table of options, as Markdown in `deno fmt`'s form. */
export function readmeTable(): string {
  const cells = (text: string) => text.replaceAll("|", "\\|");
  const rows = [["option", "meaning"]];
  for (const row of OPTIONS) rows.push([`\`${cells(spelling(row).trim())}\``, cells(meaning(row))]);
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const lines = rows.map((row) => `| ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`);
  lines.splice(1, 0, `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`);
  return lines.join("\n");
}

/** A README with the table of options as it is now. */
export function withReadmeTable(readme: string): string {
  return readme.replace(/^\| option +\| meaning[^]*?(?=\n\n|\n*$(?![^]))/m, () => readmeTable());
}
