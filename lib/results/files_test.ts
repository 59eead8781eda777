import assert from "node:assert/strict";
import { openResults } from "./open.ts";
import { diskError, inFolder, leave, OPTIONS, put, replaced } from "./test_folder.ts";
import { DirectoryGoneError, isDiskTrouble, TakenError } from "./trouble.ts";

const VERDICT = { kind: "verdict", name: "a.b", attempt: 1, verdict: "succeeded" } as const;
const ASIDE = { kind: "aside", name: "a", attempt: 2, container: "main" } as const;
const read = (path: string) => Deno.readTextFileSync(path);
const names = (path: string) => [...Deno.readDirSync(path)].map(({ name }) => name).sort();

Deno.test("store() never replaces a verdict: what differs or is fuller is kept beside it", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    assert.equal(await put(results, "one\n", VERDICT), "a.b.log");
    assert.equal(await put(results, "one\n", VERDICT), "a.b.log", "the same bytes again");
    assert.equal(await put(results, "on", VERDICT), "a.b.log", "less than what is there");
    assert.equal(await put(results, "one\ntwo\n", VERDICT), "a.b.d/1/verdict.log");
    assert.equal(await put(results, "other\n", VERDICT), "a.b.d/1/verdict.2.log");
    assert.equal(read(`${dir}/a.b.log`), "one\n");
    assert.equal(read(`${dir}/a.b.d/1/verdict.log`), "one\ntwo\n");
    assert.equal(read(`${dir}/a.b.d/1/verdict.2.log`), "other\n");
    assert.deepEqual(names(`${dir}/.qupods/tmp`), []);
  }));

Deno.test("stage() makes the folder anew that somebody has cleaned away, and no log directory that has gone", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    await Deno.remove(`${dir}/.qupods/tmp`);
    const [one, two] = await Promise.all([results.stage(), results.stage()]);
    await one.drop();
    assert.equal(await results.store(two, VERDICT), "a.b.log");
    await Deno.rename(dir, `${dir}.away`);
    await assert.rejects(results.stage(), DirectoryGoneError);
    assert.throws(() => Deno.statSync(dir), Deno.errors.NotFound);
    await Deno.rename(`${dir}.away`, dir);
  }));

Deno.test("store() writes no second verdict beside the other one", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    await Deno.writeTextFile(`${dir}/a.b.err`, "somebody's");
    assert.equal(await put(results, "log", VERDICT), "a.b.d/1/verdict.log");
    assert.deepEqual(names(dir), [".gitignore", ".qupods", "a.b.d", "a.b.err"]);
  }));

Deno.test("store() keeps every byte of an attempt's log, whichever copy came first", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    const long = "x".repeat(200_000);
    for (const [text, place] of [[`${long}1`, "main.log"], [long, "main.log"], [`${long}2`, "main.2.log"]]) {
      assert.equal(await put(results, text ?? "", ASIDE), `a.d/2/${place}`);
    }
    assert.equal(read(`${dir}/a.d/2/main.log`), `${long}1`);
    assert.equal(await put(results, `${long}12`, ASIDE), "a.d/2/main.log", "a fuller copy takes the place");
    assert.equal(read(`${dir}/a.d/2/main.log`), `${long}12`);
    assert.equal(read(`${dir}/a.d/2/main.2.log`), `${long}2`);
  }));

Deno.test("setAside() keeps every earlier verdict", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    for (const text of ["first", "third", "first"]) {
      await Deno.writeTextFile(`${dir}/a.b.log`, text);
      await results.setAside("a.b", 1);
    }
    assert.equal(read(`${dir}/a.b.d/1/verdict.log`), "first");
    assert.equal(read(`${dir}/a.b.d/1/verdict.2.log`), "third");
    assert.deepEqual(names(`${dir}/a.b.d/1`), ["verdict.2.log", "verdict.log"]);
    assert.deepEqual(names(dir), [".gitignore", ".qupods", "a.b.d"]);
  }));

Deno.test("store() refuses what is no file at the final name, for this item alone", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    await Deno.symlink("/nowhere", `${dir}/a.b.log`);
    await assert.rejects(put(results, "", VERDICT), TakenError);
    await Deno.mkdir(`${dir}/c.log`);
    await assert.rejects(put(results, "", { ...VERDICT, name: "c" }), TakenError);
    assert.deepEqual(names(`${dir}/.qupods/tmp`), []);
  }));

for (
  const refusal of [
    diskError("EPERM"),
    diskError("EXDEV"),
    diskError("EIO"),
    // as Deno tells of ENOSYS, EMLINK and the kernel's ENOTSUPP
    new Error("Function not implemented (os error 38): link '…' -> '…'"),
    new Error("Too many links (os error 31): link '…' -> '…'"),
    new Error("Unknown error 524 (os error 524): link '…' -> '…'"),
  ]
) {
  Deno.test(`store() does without links (${refusal.message}), and never replaces there either`, () =>
    inFolder(async (dir) => {
      await using results = await openResults(dir, OPTIONS);
      using _ = replaced(Deno, "link", () => Promise.reject(refusal));
      assert.equal(await put(results, "one", VERDICT), "a.b.log");
      assert.equal(await put(results, "two", VERDICT), "a.b.d/1/verdict.log");
      assert.equal(await put(results, "one", ASIDE), "a.d/2/main.log");
      await results.setAside("a.b", 3);
      assert.equal(read(`${dir}/a.b.d/3/verdict.log`), "one");
      assert.equal(read(`${dir}/a.b.d/1/verdict.log`), "two");
      assert.deepEqual(names(`${dir}/.qupods/tmp`), []);
    }));
}

Deno.test("store() leaves nothing behind where the disk refuses, at whichever step", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    const refuse = () => Promise.reject(diskError("ENOSPC"));
    const steps: (() => Disposable)[] = [
      () => replaced(Deno, "link", refuse),
      () => replaced(Deno.FsFile.prototype, "sync", refuse),
      () => replaced(Deno, "mkdir", refuse),
    ];
    for (const step of steps) {
      {
        using _ = step();
        await assert.rejects(put(results, "x", ASIDE), isDiskTrouble);
      }
      assert.deepEqual(names(`${dir}/.qupods/tmp`), []);
    }
    assert.equal(await put(results, "x", ASIDE), "a.d/2/main.log");
  }));

Deno.test("store() opens the folder anew where what was opened before is stale", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    await put(results, "one", VERDICT);
    const stale = new WeakSet<Deno.FsFile>();
    let isBack = false;
    const { sync } = Deno.FsFile.prototype;
    using _ = replaced(Deno.FsFile.prototype, "sync", async function (this: Deno.FsFile) {
      if (!isBack && this.statSync().isDirectory) stale.add(this);
      if (stale.has(this)) throw new Error("Stale file handle (os error 116)");
      return await sync.call(this);
    });
    const place = { ...VERDICT, name: "c" };
    await assert.rejects(put(results, "two", place), isDiskTrouble);
    isBack = true;
    assert.equal(await put(results, "two", place), "c.log");
  }));

Deno.test("no tapes are the file system's own files, and those that a listing still names", () =>
  inFolder(async (dir) => {
    await leave(dir, () => Promise.resolve());
    const tmp = `${dir}/.qupods/tmp`;
    const foreign = [".DS_Store", ".nfs00000000000000a100000001"];
    for (const name of [...foreign, "stage.0", "u.main", "v.main"]) {
      await Deno.writeTextFile(`${tmp}/${name}`, "");
    }
    const { readDir } = Deno;
    async function* late(path: string | URL) {
      const entries = await Array.fromAsync(readDir(path));
      if (path === tmp) { for (const name of ["stage.0", "u.main"]) await Deno.remove(`${tmp}/${name}`); }
      yield* entries;
    }
    using replacement = replaced(Deno, "readDir", late);
    await using results = await openResults(dir, OPTIONS);
    replacement[Symbol.dispose]();
    assert.deepEqual([...results.tapes()].sort(), ["u.main", "v.main"]);
    {
      using _ = replaced(Deno, "remove", () => Promise.reject(diskError("EBUSY")));
      await results.dropTapes();
    }
    assert.equal(await results.sweep((uid) => uid === "v" ? "remove" : "lost"), 0);
    assert.deepEqual(names(tmp), foreign);
  }));

Deno.test("a file system that cannot fsync folders takes logs", () =>
  inFolder(async (dir) => {
    const { sync } = Deno.FsFile.prototype;
    using _ = replaced(Deno.FsFile.prototype, "sync", async function (this: Deno.FsFile) {
      if (this.statSync().isDirectory) throw diskError("EINVAL");
      return await sync.call(this);
    });
    await using results = await openResults(dir, OPTIONS);
    assert.equal(await put(results, "one", VERDICT), "a.b.log");
    assert.equal(await put(results, "two", VERDICT), "a.b.d/1/verdict.log");
    await results.setAside("a.b", 2);
  }));

Deno.test("stage() sees that the directory was moved away, and goes on when it is back", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    await Deno.rename(dir, `${dir}.moved`);
    await assert.rejects(results.stage(), DirectoryGoneError);
    await leave(dir, () => Promise.resolve());
    await assert.rejects(results.stage(), DirectoryGoneError, "another run has the name now");
    await Deno.remove(dir, { recursive: true });
    await Deno.rename(`${dir}.moved`, dir);
    assert.equal(await put(results, "x", VERDICT), "a.b.log");
  }));

Deno.test("the longest names and the strangest directories hold all that is derived from them", () =>
  inFolder(async (folder) => {
    const name = "n".repeat(217);
    for (const dir of [`${folder} ü 日本`, `${folder}\nx`, `${folder}'"$(x)`, `${folder}/deep/er`]) {
      await using results = await openResults(dir, OPTIONS);
      await put(results, "x", { ...VERDICT, name });
      await put(results, "x", { ...ASIDE, name, container: "c".repeat(63) });
      await put(results, "y", { ...ASIDE, name, container: "c".repeat(63) });
      await results.setAside(name, 123456);
      await Deno.writeTextFile(results.tapePath(crypto.randomUUID(), "c".repeat(63)), "");
      assert.equal(read(`${dir}/${name}.d/123456/verdict.log`), "x");
    }
  }));

Deno.test("drop() and store() do not mind that the disk will not let a temporary file go: it is swept away later", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    {
      using _ = replaced(Deno, "remove", () => Promise.reject(diskError("EIO")));
      const file = await results.stage();
      await file.drop();
      assert.equal(await put(results, "one\n", VERDICT), "a.b.log");
    }
    assert.deepEqual(names(`${dir}/.qupods/tmp`), ["stage.0", "stage.1"]);
    await results.sweep(() => "keep");
    assert.deepEqual(names(`${dir}/.qupods/tmp`), []);
    assert.equal(read(`${dir}/a.b.log`), "one\n");
  }));
