// Opens the log directory: takes its lock, checks whose run it is, and hands out the files.

import { UsageError } from "../errors.ts";
import { makeFiles } from "./files.ts";
import { type Damage, openJournal, readJournal } from "./journal.ts";
import { syncFolder } from "./folder.ts";
import { findVerdictFile, listVerdicts, verdictBytes } from "./listing.ts";
import { takeLock } from "./lock.ts";
import type { OpenOptions, Results } from "./results.ts";
import { identify, STATE } from "./run_file.ts";
import { readSummary, writeSummary } from "./summary.ts";
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
  const isNew = await makeState(dir);
  await Deno.mkdir(`${dir}/${STATE}/tmp`, { recursive: true, mode: 0o700 });
  if (isNew) await ignoreInGit(dir);
  const lock = await takeLock(`${dir}/${STATE}/lock`, dir);
  try {
    const run = await identify(dir, options);
    // a verdict that a killed process linked may not be on disk yet, and its pod is deleted on its word
    await syncFolder(dir);
    const { close: closeFiles, ...files } = await makeFiles(dir, `${dir}/${STATE}/tmp`, lock);
    const path = `${dir}/${STATE}/journal.jsonl`;
    const { close, ...journal } = openJournal(path, options.clock);
    try {
      // a power cut must not take the name from bytes that were fsynced
      await syncFolder(`${dir}/${STATE}`);
    } catch (error) {
      close();
      throw error;
    }
    const damage: Damage = { lines: 0 };
    let summarized = 0;
    return {
      path: dir,
      run,
      verdicts: () => listVerdicts(dir),
      findVerdictFile: (names) => findVerdictFile(dir, names),
      verdictBytes: (name, verdict) => verdictBytes(dir, name, verdict),
      history: (from = 0, isWanted) => readJournal(path, damage, from, isWanted),
      get damagedLines() {
        return damage.lines;
      },
      async recall() {
        const summary = await readSummary(dir, run.run, path);
        summarized = summary?.bytes ?? 0;
        return summary;
      },
      async summarize(plan, content) {
        const bytes = journal.size();
        if (!await journal.sync(AbortSignal.abort())) return;
        await writeSummary(dir, run.run, path, { plan, content, bytes });
        summarized = bytes;
      },
      get unsummarized() {
        return journal.size() - summarized;
      },
      append: journal.append,
      sync: journal.sync,
      onTrouble: journal.onTrouble,
      ...files,
      async [Symbol.asyncDispose]() {
        await journal.sync(AbortSignal.abort());
        close();
        closeFiles();
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
      const target = linkTarget(dir);
      throw new UsageError(
        target === null
          ? `Cannot keep logs in ${dir} as it is not a directory; choose another --logdir`
          : `Cannot keep logs in ${dir} as it is a link to ${target}, which is no directory; ` +
            "mount or make that, or choose another --logdir",
      );
    }
    throw error;
  }
}

/** Null for what is no link. */
function linkTarget(path: string): string | null {
  try {
    return Deno.readLinkSync(path.replace(/\/+$/, ""));
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    return null;
  }
}

/** Makes the folder for all that is not a log; false where it is there from an earlier call. */
async function makeState(dir: string): Promise<boolean> {
  try {
    await Deno.mkdir(`${dir}/${STATE}`, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
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
