// What of a disk would be there after a power cut: bytes that were fsynced, names whose folder was. Of the rest each piece may
// have reached the disk or not; what was removed or replaced may be back, as it was. Told of every call by disk.ts.

import { dirname } from "node:path";

type Real = Pick<
  typeof Deno,
  | "statSync"
  | "lstatSync"
  | "readFileSync"
  | "readDirSync"
  | "writeFileSync"
  | "truncateSync"
  | "removeSync"
  | "renameSync"
>;

/** A file as the calls know it. */
export interface KnownFile {
  readonly path: string;
  readonly ino: number;
  readonly isFolder: boolean;
}

export interface Durable {
  /** A file was made. */
  made(file: KnownFile): void;
  /** Its bytes have changed. */
  wrote(ino: number): void;
  synced(file: KnownFile): void;
  /** A name was given. */
  named(path: string): void;
  /** To be called before. */
  removing(path: string): void;
  renaming(from: string, to: string): void;
  /** Whether this file, and its name with all folders on the way, would outlive a power cut for certain. */
  isDurable(path: string): boolean;
  /** The power is cut: the disk is left as it may be found. */
  cut(draw: () => number): void;
}

/** Whether there is such a name, whatever it stands for. */
export function nameIsThere(real: Pick<Real, "lstatSync">, path: string): boolean {
  try {
    real.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/**
 * @param root what lies above it is no concern
 * @param hasHistory whether there may be a power cut: without one nothing need be remembered
 */
export function makeDurable(root: string, real: Real, hasHistory: () => boolean): Durable {
  const dirtyFiles = new Set<number>();
  const dirtyNames = new Set<string>();
  /** What was fsynced of files that have changed since. */
  const fsynced = new Map<number, Uint8Array>();
  /** Names that were removed, with what was on disk under them. */
  const removed = new Map<string, Uint8Array>();
  let renames: { readonly from: string; readonly to: string; readonly old: Uint8Array | null }[] = [];

  /** Of a file whose name is durable; null if there is none. */
  function onDisk(path: string): Uint8Array | null {
    if (dirtyNames.has(path)) return null;
    try {
      const { ino, isFile } = real.lstatSync(path);
      if (!isFile) return null;
      return dirtyFiles.has(ino ?? -1)
        ? fsynced.get(ino ?? -1) ?? new Uint8Array(0)
        : real.readFileSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return null;
      throw error;
    }
  }

  function* filesIn(folder: string): Generator<string> {
    for (const { name, isDirectory } of [...real.readDirSync(folder)]) {
      if (isDirectory) yield* filesIn(`${folder}/${name}`);
      else yield `${folder}/${name}`;
    }
  }

  const isThere = (path: string) => nameIsThere(real, path);

  function putBack(path: string, bytes: Uint8Array): void {
    if (isThere(dirname(path)) && !isThere(path)) real.writeFileSync(path, bytes, { mode: 0o600 });
  }

  /** What is appended reaches the disk from its beginning; what was cut off or overwritten may be as it was. */
  function leave(path: string, had: Uint8Array, draw: () => number): void {
    const now = real.readFileSync(path);
    const isAppended = now.length >= had.length && had.every((byte, at) => byte === now[at]);
    if (isAppended) {
      const length = had.length + Math.floor(draw() * (now.length - had.length + 1));
      // some file systems know the new length before the bytes
      if (draw() < 0.3) real.writeFileSync(path, now.fill(0, length));
      else real.truncateSync(path, length);
    } else if (draw() < 0.5) real.writeFileSync(path, had);
  }

  return {
    made({ path, ino }) {
      dirtyNames.add(path);
      dirtyFiles.delete(ino);
      fsynced.delete(ino);
    },
    wrote: (ino) => void dirtyFiles.add(ino),
    synced({ path, ino, isFolder }) {
      if (!isFolder) {
        dirtyFiles.delete(ino);
        if (hasHistory() && isThere(path) && real.statSync(path).ino === ino) {
          fsynced.set(ino, real.readFileSync(path));
        }
        return;
      }
      const folder = path.replace(/\/+$/, "");
      for (const name of dirtyNames) if (dirname(name) === folder) dirtyNames.delete(name);
      for (const name of removed.keys()) if (dirname(name) === folder) removed.delete(name);
      renames = renames.filter(({ to }) => dirname(to) !== folder);
    },
    named: (path) => void dirtyNames.add(path),
    removing(path) {
      const bytes = hasHistory() ? onDisk(path) : null;
      if (bytes !== null) removed.set(path, bytes);
      dirtyNames.delete(path);
    },
    renaming(from, to) {
      if (hasHistory()) renames.push({ from, to, old: onDisk(to) });
      dirtyNames.delete(from);
      dirtyNames.add(to);
    },
    isDurable(path) {
      if (dirtyFiles.has(real.statSync(path).ino ?? -1)) return false;
      for (let name = path; name !== root; name = dirname(name)) if (dirtyNames.has(name)) return false;
      return true;
    },
    cut(draw) {
      for (const { from, to, old } of renames.reverse()) {
        // either it was renamed, or it was not
        dirtyNames.delete(to);
        if (draw() < 0.5 || !isThere(to)) continue;
        real.renameSync(to, from);
        if (old !== null) putBack(to, old);
      }
      for (const name of dirtyNames) {
        if (draw() < 0.5 && isThere(name)) real.removeSync(name, { recursive: true });
      }
      for (const [name, bytes] of removed) if (draw() < 0.5) putBack(name, bytes);
      for (const path of filesIn(root)) {
        const ino = real.statSync(path).ino ?? -1;
        if (dirtyFiles.delete(ino)) leave(path, fsynced.get(ino) ?? new Uint8Array(0), draw);
      }
      dirtyFiles.clear();
      dirtyNames.clear();
      fsynced.clear();
      removed.clear();
      renames = [];
      // what is there now has outlived a power cut, and is what the next one finds at least
      for (const path of filesIn(root)) fsynced.set(real.statSync(path).ino ?? -1, real.readFileSync(path));
    },
  };
}
