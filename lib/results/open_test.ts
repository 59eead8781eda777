import assert from "node:assert/strict";
import { UsageError } from "../errors.ts";
import { openResults } from "./open.ts";
import { diskError, inFolder, leave, OPTIONS, replaced } from "./test_folder.ts";

const idle = () => Promise.resolve();

Deno.test("openResults() refuses a directory in use, naming the process", () =>
  inFolder(async (dir) => {
    await using _first = await openResults(dir, OPTIONS);
    await assert.rejects(openResults(dir, OPTIONS), (error: Error) => {
      return error instanceof UsageError &&
        error.message.includes(`process ${Deno.pid} on ${Deno.hostname()}`);
    });
  }));

Deno.test("openResults() lets one of many that start at once work", () =>
  inFolder(async (dir) => {
    const starts = await Promise.allSettled(Array.from({ length: 50 }, () => openResults(dir, OPTIONS)));
    const working = starts.filter((start) => start.status === "fulfilled");
    for (const { value } of working) await value[Symbol.asyncDispose]();
    assert.equal(working.length, 1);
    for (const start of starts) {
      if (start.status === "rejected") assert.match(start.reason.message, /another qupods does/);
    }
  }));

Deno.test("openResults() refuses another cluster, and two verdicts of one item", () =>
  inFolder(async (dir) => {
    await leave(dir, idle);
    await assert.rejects(
      openResults(dir, { ...OPTIONS, namespace: "other" }),
      /namespace n, .*namespace other/,
    );
    for (const kind of ["log", "err"]) await Deno.writeTextFile(`${dir}/x.1.${kind}`, "");
    await using results = await openResults(dir, OPTIONS);
    await assert.rejects(results.verdicts(), /^UsageError: .*x\.1\.log and x\.1\.err/);
  }));

Deno.test("openResults() leaves a .gitignore of the user's alone", () =>
  inFolder(async (dir) => {
    await Deno.mkdir(dir);
    await Deno.writeTextFile(`${dir}/.gitignore`, "mine\n");
    await leave(dir, idle);
    assert.equal(await Deno.readTextFile(`${dir}/.gitignore`), "mine\n");
  }));

Deno.test("openResults() says in one sentence what is wrong with a directory", () =>
  inFolder(async (dir) => {
    await Deno.writeTextFile(dir, "a file");
    await assert.rejects(openResults(dir, OPTIONS), /^UsageError: Cannot keep logs in .* not a directory/);
    await assert.rejects(openResults(`${dir}/below`, OPTIONS), /^UsageError: .* not a directory/);
    await Deno.remove(dir);
    await leave(dir, idle);
    for (const [object, key] of [[Deno, "mkdir"], [Deno, "open"], [Deno, "readTextFile"]] as const) {
      using _ = replaced(object, key, () => Promise.reject(diskError("EROFS")));
      await assert.rejects(openResults(dir, OPTIONS), /^UsageError: .*EROFS/, key);
    }
    for (const text of ["", "{", "null", '{"version": 2}', '{"version": 1, "run": "../x"}']) {
      await Deno.writeTextFile(`${dir}/.qupods/run.json`, text);
      await assert.rejects(openResults(dir, OPTIONS), /^UsageError: .*damaged, or a newer qupods/);
    }
  }));

Deno.test("openResults() puts verdicts on disk that a killed process may only have linked", () =>
  inFolder(async (dir) => {
    await leave(dir, idle);
    await Deno.writeTextFile(`${dir}/a.log`, "x");
    using _ = replaced(Deno.FsFile.prototype, "sync", () => Promise.reject(diskError("EIO")));
    await assert.rejects(openResults(dir, OPTIONS), /EIO/, "their pods are deleted on their word");
  }));

Deno.test("openResults() says that a file system has no locks", () =>
  inFolder(async (dir) => {
    const refusal = new Error("Function not implemented (os error 38)"); // Lustre without -o flock
    using _ = replaced(Deno.FsFile.prototype, "tryLock", () => Promise.reject(refusal));
    await assert.rejects(openResults(dir, OPTIONS), {
      name: UsageError.name,
      message: /^Cannot keep logs in .* does not lock files: Function not implemented .*\nChoose a --logdir/,
    });
  }));

Deno.test("openResults() says where a link leads that leads nowhere, as to a disk that is not mounted", () =>
  inFolder(async (dir) => {
    await Deno.symlink("/nowhere/jobs", dir);
    await assert.rejects(openResults(dir, OPTIONS), {
      name: UsageError.name,
      message:
        /^Cannot keep logs in .* as it is a link to \/nowhere\/jobs, which is no directory; mount or make/,
    });
  }));
