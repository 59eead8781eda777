// The two inputs of a run, read and parsed: template and list.

import type { RunCommand } from "../cli/options.ts";
import { UsageError } from "../errors.ts";
import type { ItemList } from "../items/item.ts";
import { readItems, seedOf } from "../items/read.ts";
import { readRunFile } from "../results/run_file.ts";
import { compileTemplate, type Template } from "../template/template.ts";

/** What the files hold. */
export interface Inputs {
  readonly template: Template;
  readonly templateText: string;
  readonly items: ItemList;
  /** Seed of `--sample`: the one of the first call on this log directory, so that the same items are drawn. */
  readonly seed: number | null;
}

/** @throws {UsageError} naming the file and line that cannot be used */
export async function readInputs(command: RunCommand): Promise<Inputs> {
  const templateText = await readText(command.template.path);
  const earlier = await readRunFile(command.results.logdir);
  const { source } = command.items;
  if (source.kind === "file" && source.path === "-" && Deno.stdin.isTerminal()) {
    await Deno.stderr.write(
      new TextEncoder().encode("qupods: reading items from the terminal; end with Ctrl-D\n"),
    );
  }
  const items = await readItems(command.items, { stdin: Deno.stdin.readable, seed: earlier?.seed ?? null });
  const template = compileTemplate(templateText, {
    file: command.template.path,
    delims: command.template.delims,
    columns: items.columns,
  });
  return {
    template,
    templateText,
    items,
    seed: earlier?.seed ?? (command.items.sample === null ? null : seedOf(items.hash)),
  };
}

async function readText(path: string): Promise<string> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new UsageError(`Cannot read template ${path} as there is no such file; name a Pod's YAML file`);
    }
    if (error instanceof TypeError) {
      throw new UsageError(`Cannot read template ${path} as it is not UTF-8 text`);
    }
    throw new UsageError(`Cannot read template ${path}: ${error instanceof Error ? error.message : error}`);
  }
}
