// The verdicts in a log directory, from one listing of it. Where there are very many, `ls` reads the names: Deno makes an
// object of each, which takes this thread five times as long as the listing itself.

import { UsageError } from "../errors.ts";
import type { Verdict } from "./record.ts";
import { isDiskTrouble, reasonOf } from "./trouble.ts";

/** A finished item. */
export interface Finished {
  readonly name: string;
  readonly verdict: Verdict;
}

/** What a directory of some ten thousand files takes by itself, on file systems that say so. */
const LARGE_BYTES = 256 * 1024;
/** In any that `ls -a -p` has listed, and in a log directory. */
const KNOWN = ["./", "../", ".qupods/"];

/**
 * Names and verdicts, once the directory is read.
 *
 * @param largeBytes size of the directory itself from which on `ls` is asked
 * @throws {UsageError} where it cannot be read, or holds two verdicts of one item
 */
export async function listVerdicts(dir: string, largeBytes = LARGE_BYTES): Promise<Iterable<Finished>> {
  const names = await listFiles(dir, largeBytes);
  const failed = new Set<string>();
  for (const name of names) if (name.endsWith(".err")) failed.add(name.slice(0, -4));
  for (const name of failed.size === 0 ? [] : names) {
    const stem = name.slice(0, -4);
    if (!name.endsWith(".log") || !failed.has(stem)) continue;
    throw new UsageError(
      `Cannot tell how ${stem} ended as ${dir} holds both ${stem}.log and ${stem}.err; remove one of them`,
    );
  }
  return {
    *[Symbol.iterator]() {
      for (const name of names) {
        if (name.endsWith(".log")) yield { name: name.slice(0, -4), verdict: "succeeded" };
        else if (name.endsWith(".err")) yield { name: name.slice(0, -4), verdict: "failed" };
      }
    },
  };
}

/** Names of what is no directory and not hidden. Can be gone through more than once. */
async function listFiles(dir: string, largeBytes: number): Promise<Iterable<string>> {
  try {
    const isLarge = Deno.statSync(dir).size >= largeBytes;
    const lines = isLarge ? await askLs(dir) : null;
    if (lines !== null) return { [Symbol.iterator]: () => filesIn(lines) };
    const names: string[] = [];
    // at once, not entry by entry: a promise for each costs twice the listing itself
    for (const { name, isDirectory } of Deno.readDirSync(dir)) {
      if (!isDirectory && !name.startsWith(".")) names.push(name);
    }
    return names;
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    throw new UsageError(
      `Cannot keep logs in ${dir}: ${reasonOf(error)}; mend that, or choose another --logdir`,
    );
  }
}

/**
 * All entries, one a line, directories with a slash; what no pod's name holds, such as a line's end, is a question mark. Null
 * where there is no `ls` that does this to the end.
 */
async function askLs(dir: string): Promise<string | null> {
  let listing: Deno.CommandOutput;
  try {
    listing = await new Deno.Command("sh", {
      args: ["-c", 'exec ls -fqp -- "$1"', "qupods-ls", dir],
      env: { LC_ALL: "C", QUOTING_STYLE: "literal" },
      stdin: "null",
      stderr: "null",
    }).output();
  } catch (error) {
    // no `sh`, no process to be had, or none permitted: it can be done without
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
    return null;
  }
  const lines = `\n${new TextDecoder().decode(listing.stdout)}`;
  const isWhole = listing.success && lines.endsWith("\n") &&
    KNOWN.every((name) => lines.includes(`\n${name}\n`));
  return isWhole ? lines : null;
}

function* filesIn(lines: string): Generator<string> {
  let start = 1;
  for (let end = lines.indexOf("\n", start); end >= 0; end = lines.indexOf("\n", start)) {
    const name = lines.slice(start, end);
    if (!name.endsWith("/") && !name.startsWith(".")) yield name;
    start = end + 1;
  }
}
