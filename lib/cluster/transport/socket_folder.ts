// The private folder of a proxy's socket: fresh, mode 0700, its path short enough for a unix socket. Its owner holds a
// kernel lock on a file in it, so that a later start can tell a dead owner's folder and remove it. Knows nothing of kubectl.

import { ClusterError } from "../../errors.ts";

/** A folder for one socket. */
export interface SocketFolder {
  readonly folder: string;
  readonly socket: string;
  /** Removes what dead owners left beside it. */
  tidy(): Promise<void>;
  /** Gives the lock back and removes all, if the system lets it; harmless if it has. */
  remove(): Promise<void>;
}

const PREFIX = "qupods-";
const LOCK = "owner";
const SOCKET = "api";
/** sun_path holds 108 bytes on Linux and 104 on macOS, the final NUL among them. */
const LONGEST_PATH = 103;
/** A folder younger than this may not have its lock yet. */
const YOUNG_MILLISECONDS = 60_000;

/** Name in a folder that the user has chosen: known before the start, as `--allow-net=unix:PATH` takes no pattern. */
const FIXED = "qupods";

/**
 * The folder below the one that the variable QUPODS_SOCKET_DIR names, else a fresh one in the usual places. At once, in a few
 * calls that do not wait: kubectl is to start before the rest of the program is loaded.
 *
 * @throws {ClusterError} where the folder of the variable is in use, or there is none that can be used
 */
export function openSocketFolder(): SocketFolder {
  const chosen = Deno.env.get("QUPODS_SOCKET_DIR") ?? "";
  return chosen === "" ? makeSocketFolder() : fixedSocketFolder(chosen);
}

/** The folder `qupods` in this one; made anew, as what a dead owner has left may be of any kind. */
export function fixedSocketFolder(parent: string): SocketFolder {
  const folder = `${parent.replace(/\/+$/, "")}/${FIXED}`;
  const fail = (why: string) =>
    new ClusterError(`Cannot use QUPODS_SOCKET_DIR=${parent} for the socket to kubectl proxy: ${why}`);
  if (!folder.startsWith("/")) throw fail("it is not an absolute path");
  if (new TextEncoder().encode(`${folder}/${SOCKET}`).length > LONGEST_PATH) throw fail("it is too long");
  removeIfStale(folder, 0);
  try {
    Deno.mkdirSync(folder, { mode: 0o700 });
    return own(folder, () => Promise.resolve());
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      throw fail(
        `${folder} is there, and in use by another qupods or not a folder of qupods; choose another one`,
      );
    }
    throw error instanceof Error && !(error instanceof TypeError) ? fail(error.message) : error;
  }
}

/**
 * Makes the folder in the first of `parents` that will do.
 *
 * @throws {ClusterError} where none will
 */
export function makeSocketFolder(parents: readonly string[] = usualParents()): SocketFolder {
  let failure = new Error(`no temporary folder has a path short enough: ${parents.join(", ")}`);
  for (const parent of parents) {
    if (new TextEncoder().encode(`${parent}/${PREFIX}0123456789abcdef/${SOCKET}`).length > LONGEST_PATH) {
      continue;
    }
    try {
      return own(Deno.makeTempDirSync({ dir: parent, prefix: PREFIX }), () => removeStale(parent));
    } catch (error) {
      if (!(error instanceof Error) || error instanceof TypeError) throw error;
      failure = error;
    }
  }
  if (failure instanceof Deno.errors.NotCapable) throw failure; // of that the program tells by itself
  throw new ClusterError(
    `Cannot make a folder for the socket to kubectl proxy: ${failure.message}\n` +
      "Name one on a disk of this machine with QUPODS_SOCKET_DIR",
  );
}

function usualParents(): string[] {
  const named = [Deno.env.get("XDG_RUNTIME_DIR"), Deno.env.get("TMPDIR"), "/tmp"];
  return [
    ...new Set(named.filter((path) => path?.startsWith("/")).map((path) => path?.replace(/\/+$/, "") ?? "")),
  ];
}

/** Takes a fresh folder's lock. */
function own(folder: string, tidy: () => Promise<void>): SocketFolder {
  const lock = lockIn(folder);
  let isRemoved = false;
  const remove = async () => {
    if (isRemoved) return;
    isRemoved = true;
    try {
      await Deno.remove(folder, { recursive: true });
    } catch (error) {
      // gone, or held for a while by a network file system: a later start tidies up, and a run's end stands
      if (!(error instanceof Error) || error instanceof TypeError) throw error;
    } finally {
      lock.close();
    }
  };
  return { folder, socket: `${folder}/${SOCKET}`, tidy, remove };
}

/** @throws what the system says where there are no locks, as on some network file systems; the folder is removed then */
function lockIn(folder: string): Deno.FsFile {
  const lock = Deno.openSync(`${folder}/${LOCK}`, { createNew: true, write: true, mode: 0o600 });
  try {
    lock.lockSync(true);
    return lock;
  } catch (error) {
    lock.close();
    Deno.removeSync(folder, { recursive: true });
    throw error;
  }
}

/** Removes our user's folders whose lock is free: their owner is dead, and the kernel gave its lock back. */
export async function removeStale(parent: string, youngMilliseconds = YOUNG_MILLISECONDS): Promise<void> {
  try {
    for await (const entry of Deno.readDir(parent)) {
      if (!entry.isDirectory || !entry.name.startsWith(PREFIX)) continue;
      removeIfStale(`${parent}/${entry.name}`, youngMilliseconds);
    }
  } catch (error) {
    // a folder that we may write into, not read: what lies there is left
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
  }
}

function removeIfStale(folder: string, youngMilliseconds: number): void {
  try {
    const facts = Deno.lstatSync(folder);
    if (!facts.isDirectory || facts.uid !== Deno.uid()) return;
    if (Date.now() - (facts.mtime?.getTime() ?? Date.now()) < youngMilliseconds) return;
    using lock = Deno.openSync(`${folder}/${LOCK}`, { write: true });
    if (!lock.tryLockSync(true)) return;
    removeIfThere(`${folder}/${SOCKET}`);
    Deno.removeSync(`${folder}/${LOCK}`);
    Deno.removeSync(folder);
  } catch (error) {
    // gone meanwhile, or not a folder of this kind: somebody else's business
    if (!(error instanceof Error) || error instanceof TypeError) throw error;
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    ignoreMissing(error);
  }
}

/** What is gone needs no removal. */
export function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
