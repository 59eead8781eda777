import assert from "node:assert/strict";
import { listVerdicts, verdictBytes } from "./listing.ts";
import { diskError, inFolder, leave, replaced } from "./test_folder.ts";

/** Each of these sizes makes one of the two ways. */
const WAYS = [["Deno", Infinity], ["ls", 0]] as const;
const PLAIN = ["a.log", "b.err", "c.1-x.log", "d.err.log"];
const OTHERS = [".hidden.log", "notes.txt", "log", "joblog.tsv", "e.log.tmp"];

async function fill(dir: string): Promise<void> {
  await leave(dir, () => Promise.resolve());
  for (const name of [...PLAIN, ...OTHERS]) await Deno.writeTextFile(`${dir}/${name}`, "");
  await Deno.mkdir(`${dir}/folder.log`);
  await Deno.symlink("a.log", `${dir}/link.log`);
  await Deno.symlink("nowhere", `${dir}/dangling.err`);
}

async function listed(dir: string, largeBytes: number): Promise<string[]> {
  const verdicts = await listVerdicts(dir, largeBytes);
  const lines = [...verdicts.names()].map((name) => `${name} ${verdicts.of(name)}`).sort();
  assert.equal(lines.length, verdicts.size);
  return lines;
}

for (const [way, largeBytes] of WAYS) {
  Deno.test(`listVerdicts() finds files and links, no folders, by ${way}`, () =>
    inFolder(async (dir) => {
      await fill(dir);
      assert.deepEqual(await listed(dir, largeBytes), [
        "a succeeded",
        "b failed",
        "c.1-x succeeded",
        "d.err succeeded",
        "dangling failed",
        "link succeeded",
      ]);
    }));

  Deno.test(`listVerdicts() takes no part of a file's name for an item's, by ${way}`, () =>
    inFolder(async (dir) => {
      await leave(dir, () => Promise.resolve());
      for (const name of ["x\ny.log", "\u00e9.log", "'q'.log", "s p.log", "b\\s.log"]) {
        await Deno.writeTextFile(`${dir}/${name}`, "");
      }
      const verdicts = await listVerdicts(dir, largeBytes);
      assert.deepEqual(["x", "y", "\u00e9", "log"].map(verdicts.of), [null, null, null, null]);
      assert.deepEqual(["'q'", "s p", "b\\s"].map(verdicts.of), Array(3).fill("succeeded"));
    }));

  Deno.test(`listVerdicts() refuses two verdicts of one item, by ${way}`, () =>
    inFolder(async (dir) => {
      await fill(dir);
      await Deno.writeTextFile(`${dir}/b.log`, "");
      await assert.rejects(
        listVerdicts(dir, largeBytes),
        /^UsageError: .*how b ended .* both b\.log and b\.err/,
      );
    }));

  Deno.test(`listVerdicts() says what is wrong with a directory that is gone, by ${way}`, () =>
    inFolder(async (dir) => {
      await assert.rejects(listVerdicts(dir, largeBytes), /^UsageError: Cannot keep logs in .*No such file/);
    }));
}

Deno.test("listVerdicts() does not depend on how ls is set up, and does without one that is not whole", () =>
  inFolder(async (dir) => {
    await fill(dir);
    const all = await listed(dir, Infinity);
    const before = Deno.env.get("QUOTING_STYLE");
    Deno.env.set("QUOTING_STYLE", "c");
    try {
      assert.deepEqual(await listed(dir, 0), all);
    } finally {
      if (before === undefined) Deno.env.delete("QUOTING_STYLE");
      else Deno.env.set("QUOTING_STYLE", before);
    }
    const path = Deno.env.get("PATH") ?? "";
    for (
      const script of [
        "echo a.log",
        "echo ./; echo ../; echo .qupods/; exit 2",
        "echo ./; echo ../; printf .qupods/",
      ]
    ) {
      await Deno.writeTextFile(`${dir}/ls`, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
      Deno.env.set("PATH", `${dir}:${path}`);
      try {
        assert.deepEqual(await listed(dir, 0), all, script);
      } finally {
        Deno.env.set("PATH", path);
      }
    }
    const denied = () => Promise.reject(new Deno.errors.NotCapable("not permitted"));
    using _ = replaced(Deno.Command.prototype, "output", denied);
    assert.deepEqual(await listed(dir, 0), all);
  }));

Deno.test("listVerdicts() does not take a listing that broke off for the whole", () =>
  inFolder(async (dir) => {
    await fill(dir);
    const { readDir } = Deno;
    async function* breakOff(path: string | URL) {
      for await (const entry of readDir(path)) {
        yield entry;
        throw diskError("EIO");
      }
    }
    using _ = replaced(Deno, "readDir", breakOff);
    await assert.rejects(listVerdicts(dir), /^UsageError: Cannot keep logs in .*EIO.*another --logdir/);
  }));

Deno.test("verdictBytes() says how large a verdict is, and where there is none", () =>
  inFolder(async (dir) => {
    await fill(dir);
    await Deno.writeTextFile(`${dir}/a.log`, "four");
    const of = (name: string) => verdictBytes(dir, name, "succeeded");
    assert.deepEqual(await Promise.all(["a", "link", "b"].map(of)), [4, 4, null]);
    assert.equal(await verdictBytes(dir, "dangling", "failed"), null);
  }));

Deno.test("verdictBytes() names the file where the disk does not say", () =>
  inFolder(async (dir) => {
    using _ = replaced(Deno, "stat", () => Promise.reject(diskError("EIO")));
    await assert.rejects(verdictBytes(dir, "a", "failed"), /Cannot read .*a\.err: .*another --logdir/);
  }));
