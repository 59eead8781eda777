// Verdict files and their way to a final name: exclusive temporary file, fsync, link, unlink, fsync of the directory.
// No byte that came home is ever overwritten by others: what differs from the file at its place is put beside it.

import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { exists, removeIfThere, shareWork, syncFolder, syncNames } from "./folder.ts";
import type { Lock } from "./lock.ts";
import { relationOf } from "./relation.ts";
import type { Place, Results, StagedFile } from "./results.ts";
import { DirectoryGoneError, isDiskTrouble, TakenError } from "./trouble.ts";
import { taken } from "./write_all.ts";

type Files =
  & Pick<
    Results,
    "stage" | "store" | "setAside" | "tapePath" | "tapes" | "dropTapes" | "dropTapesOf" | "sweep"
  >
  & { close(): void };

/** Files up to this size are written in line. */
const SHORT_BYTES = 64 * 1024;

interface Staged extends StagedFile {
  readonly file: Deno.FsFile;
}

/**
 * @param temporary folder on the same file system
 * @param lock the directory's; where it is not in its place any more, nothing is stored
 */
export async function makeFiles(dir: string, temporary: string, lock: Lock): Promise<Files> {
  const staged = new WeakMap<StagedFile, Staged>();
  const tapes: string[] = [];
  for await (const { name } of Deno.readDir(temporary)) {
    if (name.startsWith("stage.")) await removeIfThere(`${temporary}/${name}`);
    else if (!isForeign(name)) tapes.push(name);
  }
  const lostFolder = `${dirname(temporary)}/lost`;
  let count = 0;
  /** Kept open: to open it anew for each fsync is a turn of another thread each time. */
  let folder: Deno.FsFile | null = null;
  const closeFolder = () => {
    folder?.close();
    folder = null;
  };
  const syncDir = shareWork(async () => {
    const own = folder ??= await Deno.open(dir);
    try {
      await syncNames(own);
    } catch (error) {
      // ESTALE, EBADF of a mount that has come back: what was opened before stays dead
      if (folder === own) closeFolder();
      throw error;
    }
  });

  async function stage(): Promise<StagedFile> {
    if (!lock.isHere()) {
      throw new DirectoryGoneError(`the log directory ${dir} was moved or removed; put it back`);
    }
    const path = `${temporary}/stage.${count++}`;
    const file = await openNew(path);
    let isDropped = false;
    const handle = {
      path,
      file,
      bytes: 0,
      async write(chunk: Uint8Array): Promise<void> {
        for (let rest = chunk; rest.length > 0;) {
          // a short piece goes into the page cache in a few microseconds, a turn of another thread takes fifty
          const isShort = handle.bytes + rest.length <= SHORT_BYTES;
          rest = rest.subarray(taken(isShort ? file.writeSync(rest) : await file.write(rest)));
        }
        handle.bytes += chunk.length;
      },
      async drop(): Promise<void> {
        if (isDropped) return;
        isDropped = true;
        file.close();
        await removeOrLeave(path);
      },
    };
    staged.set(handle, handle);
    return handle;
  }

  /** The directory is here, so a cleaner of old or empty folders may have taken the one in it: it is made anew. */
  async function openNew(path: string): Promise<Deno.FsFile> {
    const options = { write: true, createNew: true, mode: 0o600 };
    try {
      return await Deno.open(path, options);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      await makeTemporary();
      return await Deno.open(path, options);
    }
  }

  /** Alone: where the directory has gone just now, no other one is to be made in its place. */
  async function makeTemporary(): Promise<void> {
    try {
      await Deno.mkdir(temporary, { mode: 0o700 });
    } catch (error) {
      if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
    }
  }

  async function store(handle: StagedFile, place: Place): Promise<string> {
    const own = staged.get(handle);
    if (own === undefined) throw new TypeError("Cannot store a file that was not staged here");
    let relative: string;
    try {
      await own.file.sync();
      relative = place.kind === "verdict"
        ? await storeVerdict(handle.path, place)
        : await putAside(handle.path, place.name, place.attempt, place.container, "log");
    } catch (error) {
      await handle.drop();
      throw error;
    }
    await handle.drop();
    return relative;
  }

  async function storeVerdict(from: string, place: Place & { kind: "verdict" }): Promise<string> {
    const [kind, other] = place.verdict === "succeeded" ? ["log", "err"] as const : ["err", "log"] as const;
    const target = `${place.name}.${kind}`;
    // in line: what usually is not there costs an exception with a stack otherwise, and a turn of another thread
    if (!existsSync(`${dir}/${place.name}.${other}`)) {
      const relation = await linkOnce(from, `${dir}/${target}`);
      if (relation === "linked" || relation === "same" || relation === "within") {
        await syncDir();
        return target;
      }
    }
    // a file that we did not write, or the other verdict, has the place: it stays, and this log is kept, too
    return await putAside(from, place.name, place.attempt, "verdict", kind);
  }

  /** Puts it into NAME.d/ATTEMPT under the first name that is free, or holds a part of it. */
  async function putAside(
    from: string,
    name: string,
    attempt: number,
    stem: string,
    kind: "log" | "err",
  ): Promise<string> {
    const relative = `${name}.d/${attempt}`;
    await Deno.mkdir(`${dir}/${relative}`, { recursive: true, mode: 0o700 });
    for (let copy = 1;; copy++) {
      const file = `${relative}/${stem}${copy === 1 ? "" : `.${copy}`}.${kind}`;
      const relation = await linkOnce(from, `${dir}/${file}`);
      if (relation === "differs") continue;
      if (relation === "extends") await Deno.rename(from, `${dir}/${file}`);
      for (const folder of [relative, `${name}.d`, ""]) await syncFolder(`${dir}/${folder}`);
      return file;
    }
  }

  return {
    close: closeFolder,
    stage,
    store,
    async setAside(name, attempt) {
      for (const kind of ["log", "err"] as const) {
        const from = `${dir}/${name}.${kind}`;
        if (!(await exists(from))) continue;
        await putAside(from, name, attempt, "verdict", kind);
        await removeIfThere(from);
      }
      await syncFolder(dir);
    },
    tapePath: (uid, container) => `${temporary}/${uid}.${container}`,
    tapes: () => tapes,
    async sweep(fateOf) {
      let lost = 0;
      for (const { name } of await Array.fromAsync(Deno.readDir(temporary))) {
        if (isForeign(name)) continue;
        const fate = name.startsWith("stage.") ? "remove" : fateOf(name.slice(0, name.indexOf(".")));
        if (fate === "remove") await removeIfThere(`${temporary}/${name}`);
        if (fate !== "lost") continue;
        await Deno.mkdir(lostFolder, { recursive: true, mode: 0o700 });
        await Deno.rename(`${temporary}/${name}`, `${lostFolder}/${name}`);
        lost++;
      }
      return lost;
    },
    async dropTapesOf(uid) {
      for (const name of tapes) if (name.startsWith(`${uid}.`)) await removeIfThere(`${temporary}/${name}`);
    },
    async dropTapes() {
      for (const name of tapes.splice(0)) await removeOrLeave(`${temporary}/${name}`);
    },
  };
}

/** Nobody takes it for a log: what the disk will not let go the end of the run sweeps away, or the next call. */
async function removeOrLeave(path: string): Promise<void> {
  try {
    await removeIfThere(path);
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
  }
}

/** No tape: what NFS and FUSE have of files that are open while removed (.nfs…, .fuse_hidden…), and desktops' (.DS_Store). */
function isForeign(name: string): boolean {
  return name.startsWith(".");
}

/** Never replaces. `linked`, or how the new file stands to the one that has the name. */
async function linkOnce(
  from: string,
  to: string,
): Promise<"linked" | Awaited<ReturnType<typeof relationOf>>> {
  try {
    await Deno.link(from, to);
    return "linked";
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return await compare(from, to);
    if (!isForWantOfLinks(error)) throw error;
    // under the lock nobody else writes here, so a checked rename never replaces either
    if (await exists(to)) return await compare(from, to);
    await Deno.rename(from, to);
    return "linked";
  }
}

/**
 * What link() says where there are no links, or only within a folder (EXDEV, on AFS). EIO comes from some NAS and from Docker
 * Desktop (borgbackup/borg#4336, docker/for-mac#5036): where it is the disk's, it is the rename's, too.
 */
const WITHOUT_LINKS = new Set<unknown>(["EPERM", "ENOTSUP", "EOPNOTSUPP", "EXDEV", "EIO"]);

/**
 * The same where Deno has no code: ENOSYS (FUSE), EMLINK (one name a file), and the NFS client's own ENOTSUPP, 524, for a server
 * that has none.
 */
const WITHOUT_LINKS_WORDS = /^(Function not implemented|Too many links|Unknown error 524)\b/;

function isForWantOfLinks(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  return "code" in error ? WITHOUT_LINKS.has(error.code) : WITHOUT_LINKS_WORDS.test(error.message);
}

async function compare(from: string, to: string): ReturnType<typeof relationOf> {
  if (!(await Deno.lstat(to)).isFile) {
    throw new TakenError(`Cannot store ${to} as something else than a file has its name; move it away`);
  }
  return await relationOf(from, to);
}
