// What the room asks of folders: whether a name is there, to take it away, and to have its entries on disk.

export async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await syncNames(folder);
}

/** EINVAL: the file system has no fsync of folders (vboxsf, kAFS, CIFS before Linux 4.17), and puts names on disk as it does. */
export async function syncNames(folder: Deno.FsFile): Promise<void> {
  try {
    await folder.sync();
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EINVAL")) throw error;
  }
}

export async function removeIfThere(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/**
 * One piece of work for many who want it done: those who ask while it is under way share the next one, which begins after
 * all that they have done so far. What it throws is thrown to all who share it.
 */
export function shareWork(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  const begin = () => {
    next = null;
    return work();
  };
  return () => next ??= running = running.then(begin, begin);
}
