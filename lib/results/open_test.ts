import assert from "node:assert/strict";
import { UsageError } from "../errors.ts";
import { openResults } from "./open.ts";
import type { JournalRecord } from "./record.ts";

const OPTIONS = { server: "s", namespace: "n", templateHash: "", listHash: "", seed: null, now: 1 };
const VERDICT = { kind: "verdict", name: "a.b", verdict: "succeeded" } as const;
const bytes = (text: string) => new TextEncoder().encode(text);

async function inFolder(work: (dir: string) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  try {
    await work(`${dir}/jobs`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("openResults() refuses a directory in use, naming the process", () =>
  inFolder(async (dir) => {
    await using _first = await openResults(dir, OPTIONS);
    await assert.rejects(openResults(dir, OPTIONS), (error: Error) => {
      return error instanceof UsageError &&
        error.message.includes(`process ${Deno.pid} on ${Deno.hostname()}`);
    });
  }));

Deno.test("openResults() refuses another cluster, and two verdicts of one item", () =>
  inFolder(async (dir) => {
    await (await openResults(dir, OPTIONS))[Symbol.asyncDispose]();
    await assert.rejects(
      openResults(dir, { ...OPTIONS, namespace: "other" }),
      /namespace n, .*namespace other/,
    );
    for (const kind of ["log", "err"]) await Deno.writeTextFile(`${dir}/x.1.${kind}`, "");
    await assert.rejects(openResults(dir, OPTIONS), /x\.1\.log and x\.1\.err/);
  }));

Deno.test("openResults() leaves a .gitignore of the user's alone", () =>
  inFolder(async (dir) => {
    await Deno.mkdir(dir);
    await Deno.writeTextFile(`${dir}/.gitignore`, "mine\n");
    await (await openResults(dir, OPTIONS))[Symbol.asyncDispose]();
    assert.equal(await Deno.readTextFile(`${dir}/.gitignore`), "mine\n");
  }));

Deno.test("history() passes over torn and damaged lines, and a torn line does not swallow the next", () =>
  inFolder(async (dir) => {
    const record = (name: string): JournalRecord => ({ kind: "intent", name, hash: "", attempt: 1, at: 0 });
    const first = await openResults(dir, OPTIONS);
    first.append(record("one"));
    await first[Symbol.asyncDispose]();
    await Deno.writeTextFile(`${dir}/.qupods/journal.jsonl`, "00000000 {}\n1234 {torn", { append: true });
    await using second = await openResults(dir, OPTIONS);
    second.append(record("two"));
    const names = (await Array.fromAsync(second.history())).map(({ name }) => name);
    assert.deepEqual(names, ["one", "two"]);
  }));

Deno.test("store() never replaces a verdict, and setAside() keeps every earlier one", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    for (const text of ["first", "second"]) {
      const file = await results.stage();
      await file.write(bytes(text));
      await results.store(file, VERDICT);
    }
    assert.equal(await Deno.readTextFile(`${dir}/a.b.log`), "first");
    await results.setAside("a.b", 1);
    await Deno.writeTextFile(`${dir}/a.b.log`, "third");
    await results.setAside("a.b", 1);
    assert.equal(await Deno.readTextFile(`${dir}/a.b.d/1/verdict.log`), "first");
    assert.equal(await Deno.readTextFile(`${dir}/a.b.d/1/verdict.2.log`), "third");
    assert.deepEqual([...Deno.readDirSync(`${dir}/.qupods/tmp`)], []);
  }));

Deno.test("store() refuses a symbolic link at the final name", () =>
  inFolder(async (dir) => {
    await using results = await openResults(dir, OPTIONS);
    await Deno.symlink("/nowhere", `${dir}/a.b.log`);
    await assert.rejects(
      async () => results.store(await results.stage(), VERDICT),
      /something else than a file/,
    );
  }));
