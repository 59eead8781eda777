// The disk of the simulated machine: every file call of the program is a counted point at which it may fail or the program
// may die. Calls go to the real file system, at once, so that a run depends on its seed alone. What a power cut would take is
// for durable.ts to know.

import { dirname } from "node:path";
import { type Durable, type KnownFile, makeDurable, nameIsThere } from "./durable.ts";
import { Killed, type Machine } from "./machine.ts";

/** Called before and after each call; may throw an error of the disk's, or kill. */
export type DiskHook = (call: string, path: string, when: "before" | "after") => void;

export interface Disk extends Disposable, Pick<Durable, "isDurable" | "cut"> {
  hook: DiskHook;
  /** There may be a power cut: what it would leave is kept track of. */
  hasPowerCuts: boolean;
  /** The functions as they were: for whoever looks on from outside the machine. */
  readonly real: Pick<typeof Deno, "readFileSync" | "readDirSync" | "makeTempDirSync" | "removeSync">;
  /** How long a call takes that does not block, in milliseconds; in between others go on. */
  delay: () => number;
  /** How many bytes of this many are written; less is a short write. */
  shorten: (bytes: number) => number;
  /** The most files that the program had open at once. */
  readonly mostOpen: number;
}

/** What the system says with this code: Deno has no name for that of a quota. */
export function diskError(code: string, call: string): Error {
  if (code === "EDQUOT") return new Error(`Disk quota exceeded (os error 122), injected into ${call}`);
  return Object.assign(new Error(`${code} (injected into ${call})`), { code });
}

type Method = (this: Deno.FsFile, ...args: never[]) => unknown;

/** Puts it in place of the real one until disposed: for what lies in the folder `root`; other files are not the program's. */
export function startDisk(machine: Machine, root: string): Disk {
  const opened = new Map<Deno.FsFile, KnownFile>();
  /** Closed because their program died. */
  const dead = new WeakSet<Deno.FsFile>();
  const undo: (() => void)[] = [];
  let mostOpen = 0;
  const real = { ...Deno };
  const prototype = Deno.FsFile.prototype;
  const readableProperty = Object.getOwnPropertyDescriptor(prototype, "readable");
  const { close, statSync, [Symbol.dispose]: dispose } = prototype;
  const durable = makeDurable(root, real, () => disk.hasPowerCuts);
  const disk: Disk = {
    hook: () => {},
    hasPowerCuts: false,
    real,
    delay: () => 0,
    shorten: (bytes) => bytes,
    get mostOpen() {
      return mostOpen;
    },
    isDurable: durable.isDurable,
    cut: durable.cut,
    [Symbol.dispose]() {
      for (const step of undo.reverse()) step();
    },
  };

  /** One call of the program's. */
  function point<T>(call: string, path: string | undefined, work: () => T): T {
    if (path === undefined || !path.startsWith(root)) return work();
    if (machine.isDead) throw new Killed();
    disk.hook(call, path, "before");
    const result = work();
    disk.hook(call, path, "after");
    return result;
  }

  /** Time goes by; what a dead program waits for never comes. */
  function wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, milliseconds));
  }

  const delayOf = (path: string | undefined) => path?.startsWith(root) ? disk.delay() : 0;

  function replace(object: object, key: PropertyKey, value: unknown): void {
    const old = Object.getOwnPropertyDescriptor(object, key);
    Object.defineProperty(object, key, { value, configurable: true, writable: true });
    undo.push(() => old && Object.defineProperty(object, key, old));
  }

  /** A function on paths, and its twin that blocks. */
  function onPath<A extends [string, ...unknown[]], R>(name: string, blocking: (...args: A) => R): void {
    const call = (...args: A): R => point(name, args[0], () => blocking(...args));
    replace(Deno, name, async (...args: A) => {
      const milliseconds = delayOf(args[0]);
      if (milliseconds > 0) await wait(milliseconds);
      return call(...args);
    });
    replace(Deno, `${name}Sync`, call);
  }

  onPath("open", (path: string, options?: Deno.OpenOptions) => {
    const isNew = !exists(path);
    const file = real.openSync(path, options);
    const { ino, isDirectory } = statSync.call(file);
    if (!path.startsWith(root)) return file;
    const known = { path, ino: ino ?? -1, isFolder: isDirectory };
    opened.set(file, known);
    mostOpen = Math.max(mostOpen, opened.size);
    if (isNew) durable.made(known);
    else if (options?.truncate) durable.wrote(known.ino);
    return file;
  });
  onPath("link", (from: string, to: string) => {
    real.linkSync(from, to);
    durable.named(to);
  });
  onPath("rename", (from: string, to: string) => {
    if (exists(from)) durable.renaming(from, to);
    real.renameSync(from, to);
  });
  onPath("remove", (path: string, options?: Deno.RemoveOptions) => {
    durable.removing(path);
    real.removeSync(path, options);
  });
  onPath("mkdir", (path: string, options?: Deno.MkdirOptions) => {
    const missing: string[] = [];
    for (let name = path; !exists(name); name = dirname(name)) missing.push(name);
    real.mkdirSync(path, options);
    for (const name of missing) durable.named(name);
  });
  onPath("lstat", (path: string) => real.lstatSync(path));
  onPath("stat", (path: string) => real.statSync(path));
  onPath("readTextFile", (path: string) => real.readTextFileSync(path));
  onPath(
    "writeTextFile",
    (path: string, text: string, options?: Deno.WriteFileOptions) =>
      real.writeTextFileSync(path, text, options),
  );
  replace(Deno, "readDirSync", (path: string) => point("readDir", path, () => [...real.readDirSync(path)]));
  replace(Deno, "readDir", (path: string) => {
    const entries = point("readDir", path, () => [...real.readDirSync(path)]);
    return (async function* () {
      yield* entries;
    })();
  });

  /** A method of an open file, and its twin that blocks. */
  function onFile(name: string, after: (file: KnownFile) => void = () => {}, isWrite = false): void {
    const blocking: Method = Reflect.get(prototype, `${name}Sync`);
    const call = function (this: Deno.FsFile, ...args: never[]): unknown {
      if (dead.has(this)) throw new Killed();
      const file = opened.get(this);
      return point(name, file?.path, () => {
        const [bytes] = args as unknown[];
        const short = file && isWrite && bytes instanceof Uint8Array
          ? [bytes.subarray(0, disk.shorten(bytes.length))]
          : args;
        const result = Reflect.apply(blocking, this, short);
        if (file) after(file);
        return result;
      });
    };
    replace(prototype, name, async function (this: Deno.FsFile, ...args: never[]) {
      const milliseconds = delayOf(opened.get(this)?.path);
      if (milliseconds > 0) await wait(milliseconds);
      return call.apply(this, args);
    });
    replace(prototype, `${name}Sync`, call);
  }

  onFile("write", ({ ino }) => durable.wrote(ino), true);
  onFile("read");
  onFile("seek");
  onFile("stat");
  onFile("truncate", ({ ino }) => durable.wrote(ino));
  onFile("syncData", durable.synced);
  onFile("tryLock");
  onFile("sync", durable.synced);
  replace(prototype, "close", function (this: Deno.FsFile) {
    const isTracked = opened.delete(this);
    if (isTracked || !dead.has(this)) Reflect.apply(close, this, []);
  });
  replace(prototype, Symbol.dispose, function (this: Deno.FsFile) {
    opened.delete(this);
    if (!dead.has(this)) Reflect.apply(dispose, this, []);
  });
  Object.defineProperty(prototype, "readable", { configurable: true, get: readable });
  undo.push(() => readableProperty && Object.defineProperty(prototype, "readable", readableProperty));
  machine.onDeath(() => {
    for (const file of opened.keys()) {
      Reflect.apply(close, file, []);
      dead.add(file);
    }
    opened.clear();
  });

  const exists = (path: string) => nameIsThere(real, path);

  return disk;
}

function readable(this: Deno.FsFile): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: async (controller) => {
      const chunk = new Uint8Array(64 * 1024);
      const count = await this.read(chunk);
      if (count !== null) return controller.enqueue(chunk.subarray(0, count));
      this.close();
      controller.close();
    },
    cancel: () => this.close(),
  }, { highWaterMark: 0 });
}
