// One process per log directory: an advisory lock that the kernel frees when we die. The text in the file is for messages.

import { InUseError, UsageError } from "../errors.ts";
import { isDiskTrouble, reasonOf } from "./trouble.ts";

/** Whoever has just taken it writes its name a moment later. */
const NAMED_WITHIN_READS = 10;
const READ_MILLISECONDS = 50;

/** A held lock; closing it gives the directory back. */
export interface Lock {
  /** Whether the file at this path is still the one that was locked: the directory has not been replaced. */
  isHere(): boolean;
  close(): void;
}

/**
 * @throws {InUseError} where another process holds it, naming that process
 * @throws {UsageError} where the file system has no locks
 */
export async function takeLock(path: string, dir: string): Promise<Lock> {
  const file = await Deno.open(path, { read: true, write: true, create: true, mode: 0o600 });
  try {
    if (!(await tryLock(file, dir))) {
      const holder = await readHolder(path);
      throw new InUseError(dir, holder || "it has just started");
    }
    await file.truncate(0);
    await file.write(new TextEncoder().encode(`process ${Deno.pid} on ${Deno.hostname()}\n`));
    const own = await file.stat();
    return {
      isHere() {
        try {
          const there = Deno.lstatSync(path); // in line: a few microseconds, and another thread's turn takes fifty
          return there.ino === own.ino && there.dev === own.dev;
        } catch (error) {
          if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
            return false;
          }
          throw error;
        }
      },
      close: () => file.close(),
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** @throws {UsageError} on a file system without locks */
async function tryLock(file: Deno.FsFile, dir: string): Promise<boolean> {
  try {
    return await file.tryLock(true);
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    throw new UsageError(
      `Cannot keep logs in ${dir} as its file system does not lock files: ${reasonOf(error)}\n` +
        "Choose a --logdir on another one, or have it mounted with locks (Lustre: -o flock)",
    );
  }
}

async function readHolder(path: string): Promise<string> {
  for (let reads = 1;; reads++) {
    const holder = (await Deno.readTextFile(path)).trim();
    if (holder !== "" || reads === NAMED_WITHIN_READS) return holder;
    await new Promise((resolve) => setTimeout(resolve, READ_MILLISECONDS));
  }
}
