// The verdicts in a log directory, from one listing of it, and how large one is. Where there are very many, `ls` reads the
// names: Deno makes an object of each, which takes this thread five times as long as the listing itself.

import { existsSync } from "node:fs";
import { UsageError } from "../errors.ts";
import type { Verdict } from "./record.ts";
import { isDiskTrouble, reasonOf } from "./trouble.ts";
import { makeVerdicts, type Verdicts } from "./verdict_table.ts";

/** What a directory of some ten thousand files takes by itself, on file systems that say so. */
const LARGE_BYTES = 256 * 1024;
const LF = 10;
const DOT = 46;
/** In any that `ls -a -p` has listed, and in a log directory. */
const KNOWN = ["./", "../", ".qupods/"];

/**
 * Reads the directory. The verdicts are those of files and links; what is hidden, and folders, are none.
 *
 * @param largeBytes size of the directory itself from which on `ls` is asked
 * @throws {UsageError} where it cannot be read, or holds two verdicts of one item
 */
export async function listVerdicts(dir: string, largeBytes = LARGE_BYTES): Promise<Verdicts> {
  return makeVerdicts(await listNames(dir, largeBytes), (name) => {
    throw new UsageError(
      `Cannot tell how ${name} ended as ${dir} holds both ${name}.log and ${name}.err; remove one of them`,
    );
  });
}

/**
 * Bytes of a verdict file; null where it is not there.
 *
 * @throws {UsageError} where the disk does not say
 */
export async function verdictBytes(dir: string, name: string, verdict: Verdict): Promise<number | null> {
  const path = `${dir}/${name}.${verdict === "succeeded" ? "log" : "err"}`;
  try {
    return (await Deno.stat(path)).size;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (!isDiskTrouble(error)) throw error;
    throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}; mend that, or choose another --logdir`);
  }
}

/**
 * The first verdict file that is there, of these pods'; null if none is. Asked where a listing has none: macOS's `ls` says nothing
 * of a listing that broke off, and NFS servers have been seen to leave names out.
 */
export function findVerdictFile(dir: string, names: Iterable<string>): string | null {
  for (const name of names) {
    for (const file of [`${name}.log`, `${name}.err`]) {
      // what usually is not there costs an exception otherwise
      if (existsSync(`${dir}/${file}`) && Deno.lstatSync(`${dir}/${file}`).isFile) return file;
    }
  }
  return null;
}

/** One name a line, those of folders with a slash or left out. */
async function listNames(dir: string, largeBytes: number): Promise<Uint8Array> {
  try {
    const isLarge = Deno.statSync(dir).size >= largeBytes;
    return (isLarge ? await askLs(dir) : null) ?? await readNames(dir);
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    throw new UsageError(
      `Cannot keep logs in ${dir}: ${reasonOf(error)}; mend that, or choose another --logdir`,
    );
  }
}

/**
 * Entry by entry, though it takes twice as long: `Deno.readDirSync` gives what came before an error for all that there is, and
 * what it left out would run again.
 */
async function readNames(dir: string): Promise<Uint8Array> {
  let lines = "";
  for await (const { name, isDirectory } of Deno.readDir(dir)) {
    // no pod's name holds a line's end
    if (!isDirectory && !name.includes("\n")) lines += `${name}\n`;
  }
  return new TextEncoder().encode(lines);
}

/**
 * What no pod's name holds, such as a line's end, is a question mark. Null where there is no `ls` that does this, and to the
 * end.
 */
async function askLs(dir: string): Promise<Uint8Array | null> {
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
  const { success, stdout } = listing;
  if (!success || stdout.at(-1) !== LF) return null;
  const hidden = hiddenNames(stdout);
  return KNOWN.every((name) => hidden.has(name)) ? stdout : null;
}

/** Names that begin with a dot: there are few. */
function hiddenNames(lines: Uint8Array): Set<string> {
  const names = new Set<string>();
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] !== DOT || (at > 0 && lines[at - 1] !== LF)) continue;
    const end = lines.indexOf(LF, at);
    names.add(new TextDecoder().decode(lines.subarray(at, end < 0 ? lines.length : end)));
  }
  return names;
}
