// The door of the items room: what the command line says of items in, a list of them out. Picks the format and the
// selection. Knows nothing of templates.

import { createHash } from "node:crypto";
import type { Format, ItemOptions } from "../cli/options.ts";
import { UsageError } from "../errors.ts";
import { shellWord } from "../shell_word.ts";
import { readBraces } from "./braces.ts";
import type { ItemList } from "./item.ts";
import { isBlank, isJsonArray, readJsonArray, readJsonLines } from "./json.ts";
import { readLines } from "./lines.ts";
import type { Entries } from "./packed.ts";
import { readLists } from "./product.ts";
import { selectItems } from "./select.ts";
import { checkText, readBytes, type SourceText } from "./source.ts";
import { readTable } from "./table.ts";

/** What the room takes from outside: standard input, and the seed of `--sample`. */
export interface ItemWorld {
  readonly stdin: ReadableStream<Uint8Array>;
  /** Null: taken from the list itself, so that the same list always gives the same sample. */
  readonly seed: number | null;
}

/** Reads the items. Throws UsageError when the list, the pattern or the selection cannot be used. */
export async function readItems(options: ItemOptions, world: ItemWorld): Promise<ItemList> {
  const { entries, hash } = await readEntries(options, world);
  const seed = world.seed ?? seedOf(hash);
  const selection = selectItems(entries.length, options.range, options.sample, seed);
  return {
    length: selection.length,
    at: (position) => entries.at(selection.indexAt(position)),
    fullLength: entries.length,
    columns: entries.columns,
    hash,
    identity: sha256(JSON.stringify([hash, options, seed])),
    notes: [...entries.notes, ...selection.notes],
  };
}

/** The seed that a list's contents give. */
export function seedOf(listHash: string): number {
  return Number.parseInt(listHash.slice(0, 8), 16);
}

async function readEntries(
  options: ItemOptions,
  world: ItemWorld,
): Promise<{ entries: Entries; hash: string }> {
  const { source } = options;
  switch (source.kind) {
    case "braces":
      return {
        entries: readBraces(source.pattern),
        hash: sha256(JSON.stringify(["braces", source.pattern])),
      };
    case "lists":
      return { entries: readLists(source.lists), hash: sha256(JSON.stringify(["lists", source.lists])) };
    case "file": {
      checkFormat(options, source.path, source.isJson);
      const name = source.path === "-" ? "standard input" : source.path;
      const bytes = await readBytes(source.path, world.stdin);
      const text = checkText(name, bytes, options.isNulSeparated);
      const entries = await readFormat(text, pickFormat(options, source.path, source.isJson, text), options);
      return { entries, hash: sha256(bytes) };
    }
  }
}

function sha256(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function checkFormat({ format, isNulSeparated }: ItemOptions, path: string, isJson: boolean): void {
  if (isJson && format !== null && format !== "json" && format !== "jsonl") {
    throw new UsageError(
      `Cannot take -j with --format ${format} as -j means JSON. Write -i FILE --format ${format}`,
    );
  }
  if (format === null && !isJson && !isNulSeparated && /\.ya?ml$/i.test(path)) {
    throw new UsageError(
      `Cannot read the list ${path} as lists in YAML are not understood. If it is the template, write ` +
        `qupods -i ITEMS ${shellWord(path)}; else make it a JSON list: yq -o json ${
          shellWord(path)
        } > items.json, or say --format lines`,
    );
  }
  const other = isJson ? "-j" : format !== null && format !== "lines" ? `--format ${format}` : null;
  if (isNulSeparated && other !== null) {
    throw new UsageError(
      `Cannot take -0 with ${other} as NUL separates only plain items. Leave one of them out`,
    );
  }
}

function pickFormat(options: ItemOptions, path: string, isJson: boolean, text: SourceText): Format {
  if (options.format !== null) return options.format;
  if (options.isNulSeparated) return "lines";
  const byName = formatByName(path);
  if (byName === "jsonl" || (!isJson && byName !== "json")) return byName;
  return isJsonArray(text) || (byName === "json" && isBlank(text)) ? "json" : "jsonl";
}

function formatByName(path: string): Format {
  switch (/\.([^./]+)$/.exec(path)?.[1]?.toLowerCase()) {
    case "json":
      return "json";
    case "jsonl":
    case "ndjson":
      return "jsonl";
    case "csv":
      return "csv";
    case "tsv":
      return "tsv";
    default:
      return "lines";
  }
}

async function readFormat(text: SourceText, format: Format, options: ItemOptions): Promise<Entries> {
  switch (format) {
    case "lines":
      return readLines(text, options.isNulSeparated);
    case "json":
      return readJsonArray(text);
    case "jsonl":
      return readJsonLines(text);
    case "csv":
      return await readTable(text, ",");
    case "tsv":
      return await readTable(text, "\t");
  }
}
