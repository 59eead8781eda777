// `.qupods/run.json`: which run a log directory belongs to. Written before the first pod is created, replaced whole.

import { dirname, resolve } from "node:path";
import { UsageError } from "../errors.ts";
import { syncFolder } from "./folder.ts";
import type { RunFile, Via } from "./record.ts";
import type { OpenOptions } from "./results.ts";
import { reasonOf } from "./trouble.ts";
import { writeAll } from "./write_all.ts";

/** Folder for all that is not a log. */
export const STATE = ".qupods";

/**
 * `run.json` of a log directory; null if it has none yet.
 *
 * @throws {UsageError} where it is damaged or cannot be read
 */
export async function readRunFile(dir: string): Promise<RunFile | null> {
  const path = `${dir}/${STATE}/run.json`;
  let value: unknown;
  try {
    value = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    if (!(error instanceof SyntaxError)) {
      throw new UsageError(`Cannot read ${path}: ${reasonOf(error)}; choose another --logdir`);
    }
  }
  if (isRunFile(value)) {
    const { via, retries } = value;
    return { ...value, via: isVia(via) ? via : null, retries: Number.isInteger(retries) ? retries : 0 };
  }
  throw new UsageError(
    `Cannot read ${path} as it is damaged, or a newer qupods made it; move the directory away or choose another --logdir`,
  );
}

/** Reads or makes it. @throws {UsageError} where it belongs to another cluster */
export async function identify(dir: string, options: OpenOptions): Promise<RunFile> {
  const earlier = await readRunFile(dir);
  if (earlier === null) {
    await syncWay(resolve(dir));
    const run = crypto.randomUUID().replaceAll("-", "");
    const { clock, ...rest } = options;
    return await replace(dir, { version: 1, run, ...rest, createdAt: clock.now() });
  }
  if (earlier.server !== options.server || earlier.namespace !== options.namespace) {
    throw new UsageError(
      `Cannot go on in ${dir} as its run belongs to ${earlier.server}, namespace ${earlier.namespace}, and this call is for ` +
        `${options.server}, namespace ${options.namespace}; choose the same --context and -n, or another --logdir`,
    );
  }
  const { via, retries } = options;
  const now = { ...earlier, via, retries, seed: earlier.seed ?? options.seed };
  return JSON.stringify(now) === JSON.stringify(earlier) ? earlier : await replace(dir, now);
}

/**
 * A file's fsync puts it on disk, not the names of the folders on the way to it, which we may have made.
 *
 * @param isOurs the first one holds the log directory's own name: it must be
 */
async function syncWay(dir: string, isOurs = true): Promise<void> {
  const path = dirname(dir);
  try {
    await syncFolder(path);
  } catch (error) {
    // a folder that we may pass through, not read, is none that we have made; nor is one that Deno's permissions leave out
    const isForeign = error instanceof Deno.errors.PermissionDenied ||
      (error instanceof Deno.errors.NotCapable && !isOurs);
    if (!isForeign) throw error;
  }
  if (path !== dir) await syncWay(path, false);
}

function isRunFile(value: unknown): value is RunFile {
  if (typeof value !== "object" || value === null) return false;
  const { version, run, server, namespace } = value as { readonly [key: string]: unknown };
  return version === 1 && typeof run === "string" && /^[0-9a-f]{32}$/.test(run) &&
    typeof server === "string" && typeof namespace === "string";
}

function isVia(value: unknown): value is Via {
  if (typeof value !== "object" || value === null) return false;
  const { kubectl, context, kubeconfig, kubeconfigVariable, transport } = value as Partial<Via>;
  const isText = (text: unknown) => typeof text === "string";
  return Array.isArray(kubectl) && kubectl.length > 0 && kubectl.every(isText) &&
    [context, kubeconfig, kubeconfigVariable].every((text) => text === null || isText(text)) &&
    ["auto", "proxy", "direct", "raw"].includes(transport ?? "");
}

async function replace(dir: string, value: RunFile): Promise<RunFile> {
  const folder = `${dir}/${STATE}`;
  const path = `${folder}/.run.json.new`;
  {
    using file = await Deno.open(path, { write: true, create: true, truncate: true, mode: 0o600 });
    const bytes = new TextEncoder().encode(JSON.stringify(value, null, 2) + "\n");
    await writeAll(file, bytes);
    await file.sync();
  }
  await Deno.rename(path, `${folder}/run.json`);
  await syncFolder(folder);
  return value;
}
