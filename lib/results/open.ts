// Opens the log directory: takes its lock, checks whose run it is, and hands out the files.

import { UsageError } from "../errors.ts";
import { makeFiles } from "./files.ts";
import { type Damage, openJournal, readJournal } from "./journal.ts";
import { syncFolder } from "./folder.ts";
import { takeLock } from "./lock.ts";
import type { Verdict } from "./record.ts";
import type { OpenOptions, Results } from "./results.ts";
import { identify, STATE } from "./run_file.ts";
import { isDiskTrouble, reasonOf } from "./trouble.ts";

/**
 * @throws {UsageError} where it cannot be written, is in use, belongs to another cluster, or holds two verdicts of one item
 */
export async function openResults(dir: string, options: OpenOptions): Promise<Results> {
  try {
    return await open(dir, options);
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    throw new UsageError(
      `Cannot keep logs in ${dir}: ${reasonOf(error)}; mend that, or choose another --logdir`,
    );
  }
}

async function open(dir: string, options: OpenOptions): Promise<Results> {
  await makeFolder(dir);
  await Deno.mkdir(`${dir}/${STATE}/tmp`, { recursive: true, mode: 0o700 });
  await ignoreInGit(dir);
  const lock = await takeLock(`${dir}/${STATE}/lock`, dir);
  try {
    const run = await identify(dir, options);
    const verdicts = await listVerdicts(dir);
    // a verdict that a killed process linked may not be on disk yet, and its pod is deleted on its word
    await syncFolder(dir);
    const files = await makeFiles(dir, `${dir}/${STATE}/tmp`, lock);
    const path = `${dir}/${STATE}/journal.jsonl`;
    const { close, ...journal } = openJournal(path, options.clock);
    const damage: Damage = { lines: 0 };
    return {
      path: dir,
      run,
      verdicts: () => verdicts,
      history: () => readJournal(path, damage),
      get damagedLines() {
        return damage.lines;
      },
      ...journal,
      ...files,
      async [Symbol.asyncDispose]() {
        await journal.sync(AbortSignal.abort());
        close();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function makeFolder(dir: string): Promise<void> {
  try {
    await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists || error instanceof Deno.errors.NotADirectory) {
      throw new UsageError(`Cannot keep logs in ${dir} as it is not a directory; choose another --logdir`);
    }
    throw error;
  }
}

/** Keeps logs out of git; a .gitignore that is there already (`--logdir .`) is the user's. */
async function ignoreInGit(dir: string): Promise<void> {
  for await (const { name } of Deno.readDir(dir)) if (name !== STATE) return;
  try {
    await Deno.writeTextFile(`${dir}/.gitignore`, "*\n", { createNew: true });
  } catch (error) {
    // two processes that start at once: the lock is not taken yet
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

async function listVerdicts(dir: string): Promise<{ name: string; verdict: Verdict }[]> {
  const found = new Map<string, Verdict>();
  for await (const { name: file, isDirectory } of Deno.readDir(dir)) {
    if (isDirectory || file.startsWith(".")) continue;
    const verdict = file.endsWith(".log") ? "succeeded" : file.endsWith(".err") ? "failed" : null;
    if (verdict === null) continue;
    const name = file.slice(0, -4);
    const other = found.get(name);
    if (other !== undefined && other !== verdict) {
      throw new UsageError(
        `Cannot tell how ${name} ended as ${dir} holds both ${name}.log and ${name}.err; remove one of them`,
      );
    }
    found.set(name, verdict);
  }
  return [...found].map(([name, verdict]) => ({ name, verdict }));
}
