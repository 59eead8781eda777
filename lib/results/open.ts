// Opens the log directory: takes its lock, checks whose run it is, and hands out the files.

import { UsageError } from "../errors.ts";
import { makeFiles } from "./files.ts";
import { openJournal, readJournal } from "./journal.ts";
import type { RunFile } from "./record.ts";
import type { OpenOptions, Results } from "./results.ts";

const STATE = ".qupods";

/** `run.json` of a log directory; null if it has none yet. */
export async function readRunFile(dir: string): Promise<RunFile | null> {
  try {
    return JSON.parse(await Deno.readTextFile(`${dir}/${STATE}/run.json`));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    if (error instanceof SyntaxError) {
      throw new UsageError(
        `Cannot read ${dir}/${STATE}/run.json as it is damaged; move the directory away or choose another --logdir`,
      );
    }
    throw error;
  }
}

/**
 * @throws {UsageError} where it cannot be written, is in use, belongs to another cluster, or holds two verdicts of one item
 */
export async function openResults(dir: string, options: OpenOptions): Promise<Results> {
  try {
    await Deno.mkdir(`${dir}/${STATE}/tmp`, { recursive: true, mode: 0o700 });
    await ignoreInGit(dir);
  } catch (error) {
    throw new UsageError(
      `Cannot write to ${dir}: ${error instanceof Error ? error.message : error}; choose another --logdir`,
    );
  }
  const lock = await takeLock(dir);
  try {
    const run = await identify(dir, options);
    const verdicts = await listVerdicts(dir);
    const journal = openJournal(`${dir}/${STATE}/journal.jsonl`);
    const files = await makeFiles(dir, `${dir}/${STATE}/tmp`);
    return {
      path: dir,
      run,
      verdicts: () => verdicts,
      history: () => readJournal(`${dir}/${STATE}/journal.jsonl`),
      append: journal.append,
      sync: journal.sync,
      ...files,
      async [Symbol.asyncDispose]() {
        await journal.sync();
        journal.close();
        lock.close();
      },
    };
  } catch (error) {
    lock.close();
    throw error;
  }
}

/** Keeps logs out of git; a .gitignore that is there already (`--logdir .`) is the user's. */
async function ignoreInGit(dir: string): Promise<void> {
  for await (const { name } of Deno.readDir(dir)) if (name !== STATE) return;
  await Deno.writeTextFile(`${dir}/.gitignore`, "*\n", { createNew: true });
}

/** An advisory lock that the kernel frees when we die. */
async function takeLock(dir: string): Promise<Deno.FsFile> {
  const path = `${dir}/${STATE}/lock`;
  const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  if (!(await file.tryLock(true))) {
    file.close();
    const holder = (await Deno.readTextFile(path)).trim();
    throw new UsageError(
      `Cannot work in ${dir} as another qupods does: ${
        holder || "it has just started"
      }; wait for it, or choose another --logdir`,
    );
  }
  await file.truncate(0);
  await file.write(new TextEncoder().encode(`process ${Deno.pid} on ${Deno.hostname()}\n`));
  return file;
}

async function identify(dir: string, options: OpenOptions): Promise<RunFile> {
  const earlier = await readRunFile(dir);
  if (earlier === null) {
    const run = crypto.randomUUID().replaceAll("-", "");
    const { now, ...rest } = options;
    const file: RunFile = { version: 1, run, ...rest, createdAt: now };
    await replace(`${dir}/${STATE}`, "run.json", JSON.stringify(file, null, 2) + "\n");
    return file;
  }
  if (earlier.server !== options.server || earlier.namespace !== options.namespace) {
    throw new UsageError(
      `Cannot go on in ${dir} as its run belongs to ${earlier.server}, namespace ${earlier.namespace}, and this call is for ` +
        `${options.server}, namespace ${options.namespace}; choose the same --context and -n, or another --logdir`,
    );
  }
  if (earlier.seed === null && options.seed !== null) {
    const file = { ...earlier, seed: options.seed };
    await replace(`${dir}/${STATE}`, "run.json", JSON.stringify(file, null, 2) + "\n");
    return file;
  }
  return earlier;
}

async function replace(folder: string, name: string, text: string): Promise<void> {
  const path = `${folder}/.${name}.new`;
  using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
  await file.write(new TextEncoder().encode(text));
  await file.sync();
  await Deno.rename(path, `${folder}/${name}`);
  using parent = await Deno.open(folder);
  await parent.sync();
}

async function listVerdicts(dir: string): Promise<{ name: string; verdict: "succeeded" | "failed" }[]> {
  const found = new Map<string, "succeeded" | "failed">();
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
