// The private folder of a proxy's socket: fresh, mode 0700, its path short enough for a unix socket. Its owner holds a
// kernel lock on a file in it, so that a later start can tell a dead owner's folder and remove it. Knows nothing of kubectl.

/** A folder for one socket. */
export interface SocketFolder {
  readonly folder: string;
  readonly socket: string;
  /** Gives the lock back and removes all. */
  remove(): Promise<void>;
}

const PREFIX = "qupods-";
const LOCK = "owner";
const SOCKET = "api";
/** sun_path holds 108 bytes on Linux and 104 on macOS, the final NUL among them. */
const LONGEST_PATH = 103;
/** A folder younger than this may not have its lock yet. */
const YOUNG_MILLISECONDS = 60_000;

/** Makes the folder in the first of `parents` that will do, after removing there what dead owners left. */
export async function makeSocketFolder(parents: readonly string[] = usualParents()): Promise<SocketFolder> {
  const failures: unknown[] = [];
  for (const parent of parents) {
    if (new TextEncoder().encode(`${parent}/${PREFIX}0123456789abcdef/${SOCKET}`).length > LONGEST_PATH) {
      continue;
    }
    try {
      const folder = await Deno.makeTempDir({ dir: parent, prefix: PREFIX });
      const lock = await Deno.open(`${folder}/${LOCK}`, { createNew: true, write: true, mode: 0o600 });
      await lock.lock(true);
      await removeStale(parent);
      const remove = async () => {
        await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
        lock.close();
      };
      return { folder, socket: `${folder}/${SOCKET}`, remove };
    } catch (error) {
      failures.push(error);
    }
  }
  throw failures[0] ?? new Error(`no temporary folder has a path short enough: ${parents.join(", ")}`);
}

function usualParents(): string[] {
  const named = [Deno.env.get("XDG_RUNTIME_DIR"), Deno.env.get("TMPDIR"), "/tmp"];
  return [
    ...new Set(named.filter((path) => path?.startsWith("/")).map((path) => path?.replace(/\/+$/, "") ?? "")),
  ];
}

/** Removes our user's folders whose lock is free: their owner is dead, and the kernel gave its lock back. */
export async function removeStale(parent: string, youngMilliseconds = YOUNG_MILLISECONDS): Promise<void> {
  for await (const entry of Deno.readDir(parent)) {
    if (!entry.isDirectory || !entry.name.startsWith(PREFIX)) continue;
    const folder = `${parent}/${entry.name}`;
    try {
      const facts = await Deno.lstat(folder);
      if (!facts.isDirectory || facts.uid !== Deno.uid()) continue;
      if (Date.now() - (facts.mtime?.getTime() ?? Date.now()) < youngMilliseconds) continue;
      using lock = await Deno.open(`${folder}/${LOCK}`, { write: true });
      if (!(await lock.tryLock(true))) continue;
      await Deno.remove(`${folder}/${SOCKET}`).catch(ignoreMissing);
      await Deno.remove(`${folder}/${LOCK}`);
      await Deno.remove(folder);
    } catch (error) {
      // gone meanwhile, or not a folder of this kind: somebody else's business
      if (!(error instanceof Error) || error instanceof TypeError) throw error;
    }
  }
}

/** What is gone needs no removal. */
export function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
