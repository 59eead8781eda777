// Words of the command line into flags, positionals and lists: what is an option, what its value, what neither. Knows the
// table of options and nothing of what they mean.

import { UsageError } from "../errors.ts";
import { nearest } from "../template/names.ts";
import { OPTIONS } from "./table.ts";
import { type Spelling, type Token, tokenize } from "./tokens.ts";

/** A command line taken apart. */
export interface Flags {
  /** Value by the option's name in the table; "" for a switch. */
  readonly values: ReadonlyMap<string, string>;
  readonly positionals: readonly string[];
  /** Words of each list after a `:::`. */
  readonly lists: readonly (readonly string[])[];
}

/** What other programs call it, and what does its work here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  f: "name the template without an option: qupods -i ITEMS TEMPLATE.yaml",
  filename: "name the template without an option: qupods -i ITEMS TEMPLATE.yaml",
  jobs: "write --max-running N",
  parallelism: "write --max-running N",
  concurrency: "write --max-running N",
  colsep: "a .csv or .tsv file has columns; --format csv or tsv says so of any other",
  results: "write --logdir DIR",
  outdir: "write --logdir DIR",
  joblog: "it is always written, as joblog.tsv in the log directory",
  resume: "the same command goes on where it stopped; nothing need be added",
  "resume-failed": "write --retry-failed",
  wait: "qupods waits unless --nowait is written",
  "halt-on-error": "write --halt now,fail=1",
  eta: "the live line shows it; --bar asks for that line in a pipe, too",
  progress: "write --bar",
  limit: "write --range 0-9 for the first ten, or --sample 10",
  head: "write --range 0-9 for the first ten",
};

/** @throws {UsageError} that says what to type instead */
export function readFlags(args: readonly string[]): Flags {
  checkText(args);
  checkSeparators(args);
  const [words = [], ...lists] = splitLists(args);
  checkLists(lists);
  const values = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokenize(words, new Map(OPTIONS.flatMap(spellings)))) {
    if (token.kind === "positional") {
      positionals.push(token.value);
      continue;
    }
    const { name, value } = readOption(token);
    if (values.has(name) && values.get(name) !== value) {
      throw new UsageError(
        `Cannot use --${name} twice, with ${values.get(name) || "no value"} and ${value}; leave one out`,
      );
    }
    values.set(name, value);
  }
  return { values, positionals, lists };
}

function spellings(
  { name, aliases = [], short, value, isOptional = false }: typeof OPTIONS[number],
): [string, Spelling][] {
  const takesValue = value !== undefined && !isOptional;
  return [
    [name, { takesValue, ...(short === undefined ? {} : { short }) }],
    ...aliases.map((alias): [string, Spelling] => [alias, { takesValue }]),
  ];
}

type OptionToken = Extract<Token, { kind: "option" }>;

function readOption(token: OptionToken): { name: string; value: string } {
  const row = OPTIONS.find(({ name, aliases = [] }) => name === token.name || aliases.includes(token.name));
  if (row === undefined) throw unknown(token);
  const { name, value: word } = row;
  const { value } = token;
  if (word === undefined) {
    if (value === undefined) return { name, value: "" };
    throw new UsageError(`Cannot give --${name} a value, as it is a switch: ${value}; write --${name}`);
  }
  if (value === undefined) {
    if (row.isOptional) return { name, value: "" };
    throw new UsageError(`Cannot use --${name} without a value; write --${name} ${word}`);
  }
  if (value === "") {
    throw new UsageError(
      `Cannot use --${name} as its value is empty; write --${name}${
        row.isOptional ? "=" : " "
      }${word}, or leave it out`,
    );
  }
  if (!token.isInline && isOption(value)) {
    throw new UsageError(
      `Cannot use --${name} without a value, as an option follows: ${value}; write --${name} ${word}, ` +
        `or --${name}=${value} if that is the value`,
    );
  }
  if (token.rawName.length === 2 && token.isInline && value.startsWith("=")) {
    throw new UsageError(
      `Cannot use ${token.rawName}${value} as a short option takes no "="; write ${token.rawName} ${
        value.slice(1)
      }`,
    );
  }
  return { name, value };
}

function isOption(word: string): boolean {
  const long = /^--([a-z][a-z-]*)(?:=|$)/.exec(word)?.[1];
  return long !== undefined
    ? OPTIONS.some(({ name, aliases = [] }) => name === long || aliases.includes(long))
    : word.length === 2 && word.startsWith("-") && OPTIONS.some(({ short }) => short === word[1]);
}

function unknown({ name, rawName }: OptionToken): UsageError {
  const elsewhere = Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined;
  const near = nearest(name, OPTIONS.flatMap((row) => [row.name, ...row.aliases ?? []]));
  return new UsageError(
    `Cannot use ${rawName} as there is no such option; ${
      elsewhere ?? (near === null ? "see qupods --help" : `did you mean --${near}?`)
    }`,
  );
}

/** Words that are not UTF-8 have reached us with U+FFFD in place of what was typed: two items might have become one. */
function checkText(args: readonly string[]): void {
  const word = args.find((word) => word.includes("\ufffd"));
  if (word === undefined) return;
  throw new UsageError(
    `Cannot take ${word} as it holds a byte that is not UTF-8; give the file another name, or, of an item, ` +
      "write its text in UTF-8 into a file for -i",
  );
}

/** GNU parallel's others must not become items. */
function checkSeparators(args: readonly string[]): void {
  const separator = args.find((word) => /^:::[:+]+$/.test(word));
  if (separator === undefined) return;
  throw new UsageError(
    `Cannot use ${separator} as there is no such separator; write -i FILE, or ::: a b c: several ::: make a product, ` +
      "values that belong together are the columns of a .csv file",
  );
}

/** The words before the first `:::`, then the values of each list. */
function splitLists(args: readonly string[]): string[][] {
  const lists: string[][] = [[]];
  for (const word of args) {
    if (word === ":::") lists.push([]);
    else lists.at(-1)?.push(word);
  }
  return lists;
}

/** `::: a b --dry-run` must not make a pod of the option that was to prevent it. */
function checkLists(lists: readonly (readonly string[])[]): void {
  for (const word of lists.flat()) {
    if (word.startsWith("--") && isOption(word)) {
      throw new UsageError(
        `Cannot take ${word} after ::: as everything there is an item; write options before :::, ` +
          "or put the items into a file for -i if it is meant as one",
      );
    }
  }
}
