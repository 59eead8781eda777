// Verdict files and their way to a final name: exclusive temporary file, fsync, link, unlink, fsync of the directory.

import type { Place, Results, StagedFile } from "./results.ts";

type Files = Pick<Results, "stage" | "store" | "setAside" | "tapePath" | "tapes">;

interface Staged extends StagedFile {
  readonly file: Deno.FsFile;
}

/** @param temporary folder on the same file system */
export async function makeFiles(dir: string, temporary: string): Promise<Files> {
  const staged = new WeakMap<StagedFile, Staged>();
  const tapes: string[] = [];
  for await (const { name } of Deno.readDir(temporary)) {
    if (name.startsWith("stage.")) await Deno.remove(`${temporary}/${name}`);
    else tapes.push(name);
  }
  let count = 0;

  async function stage(): Promise<StagedFile> {
    const path = `${temporary}/stage.${count++}`;
    const file = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
    const handle = {
      path,
      file,
      bytes: 0,
      async write(chunk: Uint8Array): Promise<void> {
        for (let rest = chunk; rest.length > 0;) rest = rest.subarray(await file.write(rest));
        handle.bytes += chunk.length;
      },
      async drop(): Promise<void> {
        file.close();
        if (await exists(path)) await Deno.remove(path);
      },
    };
    staged.set(handle, handle);
    return handle;
  }

  async function store(handle: StagedFile, place: Place): Promise<string> {
    const own = staged.get(handle);
    if (own === undefined) throw new TypeError("Cannot store a file that was not staged here");
    const relative = place.kind === "verdict"
      ? `${place.name}.${place.verdict === "succeeded" ? "log" : "err"}`
      : `${place.name}.d/${place.attempt}/${place.container}.log`;
    const target = `${dir}/${relative}`;
    const folder = target.slice(0, target.lastIndexOf("/"));
    try {
      await own.file.sync();
      if (place.kind === "aside") await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
      await linkOnce(handle.path, target, place.kind === "aside");
    } catch (error) {
      await handle.drop();
      throw error;
    }
    await handle.drop();
    await syncFolder(folder);
    if (place.kind === "aside") {
      await syncFolder(`${dir}/${place.name}.d`);
      await syncFolder(dir);
    }
    return relative;
  }

  return {
    stage,
    store,
    async setAside(name, attempt) {
      const folder = `${dir}/${name}.d/${attempt}`;
      for (const kind of ["log", "err"]) {
        const from = `${dir}/${name}.${kind}`;
        if (!(await exists(from))) continue;
        await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
        let to = `${folder}/verdict.${kind}`;
        for (let copy = 2; await exists(to); copy++) to = `${folder}/verdict.${copy}.${kind}`;
        await Deno.rename(from, to);
        await syncFolder(folder);
        await syncFolder(`${dir}/${name}.d`);
      }
      await syncFolder(dir);
    },
    tapePath: (uid, container) => `${temporary}/${uid}.${container}`,
    tapes: () => tapes,
  };
}

/** Never replaces: a final name that is taken was written by an earlier process for the same pod, and stays. */
async function linkOnce(from: string, to: string, mayReplace: boolean): Promise<void> {
  try {
    await Deno.link(from, to);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) {
      if (!(await Deno.lstat(to)).isFile) {
        throw new Error(`Cannot store ${to} as something else than a file has its name; move it away`);
      }
      // of an attempt's own log a later, fuller copy is the better one
      if (mayReplace) {
        await Deno.remove(to);
        await Deno.link(from, to);
      }
      return;
    }
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code !== "EPERM" && code !== "ENOTSUP" && code !== "EOPNOTSUPP") throw error;
    // a file system without links: under the lock nobody else writes here, so a checked rename never replaces either
    if (!mayReplace && await exists(to)) return;
    await Deno.rename(from, to);
  }
}

async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
