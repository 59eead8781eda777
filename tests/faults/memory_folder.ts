// Where the files of simulated runs lie: in memory, where an fsync costs nothing, if the system has such a place.

/** A folder for temporary files. */
export const MEMORY_FOLDER: string = isFolder("/dev/shm") ? "/dev/shm" : Deno.env.get("TMPDIR") ?? "/tmp";

function isFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
