// The two inputs of a run, read and parsed: template and list.

import type { RunCommand } from "../cli/options.ts";
import { UsageError } from "../errors.ts";
import type { ItemList } from "../items/item.ts";
import { readItems, seedOf } from "../items/read.ts";
import { readRunFile } from "../results/run_file.ts";
import { shellWord } from "../shell_word.ts";
import { compileTemplate } from "../template/compile.ts";
import type { Template } from "../template/template.ts";
import { tell } from "./output.ts";
import { tellIfSlow } from "./slow_input.ts";

const SLOW = "has not come to its end yet; nothing starts before all of it is read";

/** What the files hold. */
export interface Inputs {
  readonly template: Template;
  readonly templateText: string;
  readonly items: ItemList;
  /** Seed of `--sample`: the one of the first call on this log directory, so that the same items are drawn. */
  readonly seed: number | null;
  /** The log directory has a run already. */
  readonly isBegun: boolean;
}

/** @throws {UsageError} naming the file and line that cannot be used */
export async function readInputs(command: RunCommand): Promise<Inputs> {
  const { path, delims } = command.template;
  const isTold = !command.ui.isQuiet;
  const templateText = await tellIfSlow(readText(path), () => {
    if (isTold) tell(`${path === "-" ? "standard input" : path}, the template, ${SLOW}`);
  });
  const earlier = await readRunFile(command.results.logdir);
  const { source } = command.items;
  const listPath = source.kind === "file" ? source.path : "";
  const isTyped = listPath === "-" && Deno.stdin.isTerminal();
  if (isTyped) tell("reading items from the terminal, one a line; end with Ctrl-D");
  const reading = readItems(command.items, { stdin: Deno.stdin.readable, seed: earlier?.seed ?? null });
  const items = await tellIfSlow(reading, () => {
    if (isTold && !isTyped) tell(`${listPath === "-" ? "standard input" : listPath}, the list, ${SLOW}`);
  });
  const template = compileTemplate(templateText, {
    file: path === "-" ? "standard input" : path,
    delims,
    hasEnv: command.template.hasEnv,
    columns: items.columns,
    ...(items.length === 0 ? {} : { partCount: items.at(0).parts.length }),
  });
  const { namespace } = command.cluster;
  if (namespace !== null && template.namespace !== null && template.namespace !== namespace) {
    throw new UsageError(
      `Cannot use --namespace ${namespace} as the template ${path} says namespace: ${template.namespace}; ` +
        "remove one of them",
    );
  }
  return {
    template,
    templateText,
    items,
    isBegun: earlier !== null,
    seed: earlier?.seed ?? (command.items.sample === null ? null : seedOf(items.hash)),
  };
}

async function readText(path: string): Promise<string> {
  const says = (reason: string, advice: string) =>
    new UsageError(`Cannot read the template ${path} as ${reason}; ${advice}`);
  let bytes: Uint8Array;
  try {
    bytes = path === "-"
      ? new Uint8Array(await new Response(Deno.stdin.readable).arrayBuffer())
      : await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw says("there is no such file", "name a Pod's YAML file");
    }
    if (error instanceof Deno.errors.IsADirectory || String(error).includes("os error 21")) {
      throw says("it is a directory", "name a Pod's YAML file in it");
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw says("that is not permitted", `allow it: chmod u+r ${shellWord(path)}`);
    }
    throw says(`that failed: ${error instanceof Error ? error.message : error}`, "name a Pod's YAML file");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw says("it is not UTF-8 text", howToConvert(path));
  }
}

/** Into another file: a shell empties the one that it is to write before iconv reads it. */
function howToConvert(path: string): string {
  if (path === "-") return "send it through iconv -f LATIN1 -t UTF-8";
  const converted = path.replace(/(\.[^./]+)?$/, ".utf8$1");
  return `convert it: iconv -f LATIN1 -t UTF-8 ${shellWord(path)} > ${shellWord(converted)}`;
}
