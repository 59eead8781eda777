import assert from "node:assert/strict";
import { openResults } from "./open.ts";
import { summarizedPlan } from "./summary.ts";
import { diskError, inFolder, leave, OPTIONS, replaced } from "./test_folder.ts";

const intent = (name: string) => ({ kind: "intent", name, attempt: 1, at: 0 }) as const;
const CONTENT = { any: ["thing"] };

/** What the next process recalls, and the names that it reads besides. */
async function recalled(dir: string): Promise<[unknown, string]> {
  await using results = await openResults(dir, OPTIONS);
  const summary = await results.recall();
  const names = (await Array.fromAsync(results.history(summary?.bytes))).map(({ name }) => name);
  assert.equal(results.damagedLines, 0);
  return [summary?.content ?? null, names.join(" ")];
}

async function makeSummary(dir: string): Promise<void> {
  await leave(dir, async (results) => {
    await results.append(intent("one"));
    await results.summarize("plan", CONTENT);
    await results.append(intent("two"));
  });
}

Deno.test("recall() gives the summary, and history() what was appended since", () =>
  inFolder(async (dir) => {
    await makeSummary(dir);
    assert.deepEqual(await recalled(dir), [CONTENT, "two"]);
    assert.equal(await summarizedPlan(dir), "plan");
    await Deno.writeTextFile(`${dir}/.qupods/journal.jsonl`, "torn", { append: true });
    assert.deepEqual(await recalled(dir), [CONTENT, "two"], "a crash's torn line is after it");
  }));

Deno.test("recall() gives no summary of another journal or run, nor one that is damaged", async () => {
  const spoil: Record<string, (folder: string) => void> = {
    "the journal was cut": (folder) => Deno.truncateSync(`${folder}/journal.jsonl`, 10),
    "the journal is gone": (folder) => Deno.removeSync(`${folder}/journal.jsonl`),
    "the journal was edited": (folder) => edit(`${folder}/journal.jsonl`, "one", "eno"),
    "the run is another one": (folder) => {
      edit(`${folder}/run.json`, /"run": "\w+"/, `"run": "${"0".repeat(32)}"`);
    },
    "the summary was edited": (folder) => edit(`${folder}/summary.json`, "thing", "thong"),
    "the summary is torn": (folder) => Deno.truncateSync(`${folder}/summary.json`, 60),
    "the summary is empty": (folder) => Deno.truncateSync(`${folder}/summary.json`),
    "the summary is a folder": (folder) => {
      Deno.removeSync(`${folder}/summary.json`);
      Deno.mkdirSync(`${folder}/summary.json`);
    },
  };
  for (const [what, how] of Object.entries(spoil)) {
    await inFolder(async (dir) => {
      await makeSummary(dir);
      how(`${dir}/.qupods`);
      await using results = await openResults(dir, OPTIONS);
      assert.equal(await results.recall(), null, what);
    });
  }
});

Deno.test("summarize() leaves the old summary and nothing else where the disk refuses", () =>
  inFolder(async (dir) => {
    await makeSummary(dir);
    for (const method of ["sync", "write", "syncData"] as const) {
      await leave(dir, async (results) => {
        await results.append(intent("three"));
        using _ = replaced(Deno.FsFile.prototype, method, () => Promise.reject(diskError("ENOSPC")));
        await results.summarize("other", CONTENT);
      });
      assert.equal(await summarizedPlan(dir), "plan", method);
      const names = [...Deno.readDirSync(`${dir}/.qupods`)].map(({ name }) => name).sort();
      assert.deepEqual(names, ["journal.jsonl", "lock", "run.json", "summary.json", "tmp"]);
    }
    assert.deepEqual(await recalled(dir), [CONTENT, "two three three three"]);
  }));

function edit(path: string, from: string | RegExp, to: string): void {
  const text = Deno.readTextFileSync(path);
  assert.notEqual(text.replace(from, to), text);
  Deno.writeTextFileSync(path, text.replace(from, to));
}
