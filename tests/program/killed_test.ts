// kill -9, and what the next calls say of the items that were finished by then.

import assert from "node:assert/strict";
import { type Folder, inFolder, pod, until } from "./program.ts";

const COUNT = 60;
const ITEMS = Array.from({ length: COUNT }, (_, at) => `${at}`);

/** Items from the number in the file `limit` on wait until it is another one. */
function template(folder: Folder, word: string): void {
  const wait = 'while test "$QUPODS_ITEM" -ge "$(cat limit)"; do sleep 0.05; done';
  folder.write("pod.yaml", pod(`${wait}; echo ${word}; test "$QUPODS_ITEM" != 7`));
  folder.write("limit", `${COUNT}\n`);
}

/** Seq, Starttime and Exitval of each line. */
function joblog(folder: Folder): { seq: number; start: number; exit: string }[] {
  return folder.read("QUJOBS/joblog.tsv").trimEnd().split("\n").slice(1).map((line) => {
    const [seq, , start, , , , exit = ""] = line.split("\t");
    return { seq: Number(seq), start: Number(start), exit };
  });
}

/** Each item has one line. */
function isWhole(folder: Folder): void {
  const seqs = joblog(folder).map(({ seq }) => seq).sort((one, other) => one - other);
  assert.deepEqual(seqs, ITEMS.map((_, at) => at + 1));
}

/** What all verdicts of a log directory say. */
function words(folder: Folder): string[] {
  return [...new Set(folder.verdicts().map((name) => folder.read(`QUJOBS/${name}`)))];
}

Deno.test("qupods --local that is killed whenever more is finished has a line for each item, and sees that the template has changed", () =>
  inFolder(async (folder) => {
    template(folder, "old");
    const finished = () => folder.has("QUJOBS") ? folder.verdicts().length : 0;
    for (const goal of [1, 9, 20, 33, 47]) {
      folder.write("limit", `${goal + 4}\n`); // it cannot come to its end first
      const running = folder.start(["-P", "4", "pod.yaml", ":::", ...ITEMS]);
      await until(() => finished() >= goal, `${goal} verdicts`);
      running.kill("SIGKILL");
      await running.ended;
    }
    folder.write("limit", `${COUNT}\n`);
    const done = finished();
    const rest = await folder.qupods("-P", "4", "pod.yaml", ":::", ...ITEMS);
    assert.equal(rest.code, 1, rest.stderr);
    assert.ok(rest.stderr.includes(`${done} skipped`), rest.stderr);
    isWhole(folder);
    template(folder, "new");
    const changed = await folder.qupods("pod.yaml", ":::", ...ITEMS);
    assert.equal(changed.code, 2);
    assert.match(changed.stderr, new RegExp(`${COUNT} finished items would be rendered differently`));
    const again = await folder.qupods("--rerun-changed", "pod.yaml", ":::", ...ITEMS);
    assert.equal(again.code, 1, again.stderr);
    assert.deepEqual(words(folder), ["new\n"]);
  }));

/** A run of all items of which the journal and joblog.tsv lack the ends of some, as if it had been killed right before them. */
async function cutShort(folder: Folder, lost: readonly string[]): Promise<void> {
  template(folder, "old");
  assert.equal((await folder.qupods("pod.yaml", ":::", ...ITEMS)).code, 1);
  const journal = "QUJOBS/.qupods/journal.jsonl";
  const isLost = (line: string) =>
    line.includes('"kind":"end"') && lost.some((name) => line.includes(`"${name}"`));
  folder.write(journal, folder.read(journal).split("\n").filter((line) => !isLost(line)).join("\n"));
  const lines = folder.read("QUJOBS/joblog.tsv").split("\n");
  folder.write(
    "QUJOBS/joblog.tsv",
    lines.filter((line) => !lost.some((name) => line.startsWith(`${Number(name.slice(2)) + 1}\t`))).join(
      "\n",
    ),
  );
}

Deno.test("qupods --local writes down the ends that a killed call could not, once, also where nothing else is to be done", () =>
  inFolder(async (folder) => {
    await cutShort(folder, ["p-7", "p-8"]);
    assert.equal(joblog(folder).length, COUNT - 2);
    const before = folder.read("QUJOBS/.qupods/journal.jsonl");
    assert.equal((await folder.qupods("--dry-run", "pod.yaml", ":::", ...ITEMS)).code, 0);
    assert.equal(folder.read("QUJOBS/.qupods/journal.jsonl"), before, "--dry-run writes nothing");
    for (const _ of ["the next call", "and the one after it"]) {
      const { code, stderr } = await folder.qupods("pod.yaml", ":::", ...ITEMS);
      assert.equal(code, 1, stderr);
      assert.match(stderr, /nothing to do, every item has its log; 1 of them failed/);
      isWhole(folder);
      const [failed, succeeded] = [8, 9].map((seq) => joblog(folder).find((line) => line.seq === seq));
      assert.deepEqual([failed?.exit, succeeded?.exit], ["-1", "0"], "why it failed is not known");
      assert.ok((failed?.start ?? 0) > 1_000_000_000);
    }
    assert.ok(!folder.has("QUJOBS/doubtful.tsv"));
  }));

Deno.test("qupods --local runs what a killed call had finished again where its template has changed, as the next attempt", () =>
  inFolder(async (folder) => {
    await cutShort(folder, ["p-7", "p-8"]);
    const failed = await folder.qupods("--retry-failed", "pod.yaml", ":::", ...ITEMS);
    assert.equal(failed.code, 1, failed.stderr);
    assert.ok(folder.has("QUJOBS/p-7.d/1/verdict.err"));
    assert.deepEqual(joblog(folder).filter(({ seq }) => seq === 8).map(({ exit }) => exit), ["-1", "1"]);
    template(folder, "new");
    const again = await folder.qupods("--rerun-changed", "pod.yaml", ":::", ...ITEMS);
    assert.equal(again.code, 1, again.stderr);
    assert.deepEqual(words(folder), ["new\n"]);
    assert.ok(folder.has("QUJOBS/p-7.d/2/verdict.err") && folder.has("QUJOBS/p-8.d/1/verdict.log"));
  }));

Deno.test("qupods --local keeps a verdict that it was not about to give", () =>
  inFolder(async (folder) => {
    template(folder, "old");
    assert.equal((await folder.qupods("pod.yaml", ":::", "1")).code, 0);
    folder.write("QUJOBS/p-2.log", "from elsewhere\n");
    template(folder, "new");
    const again = await folder.qupods("--rerun-changed", "pod.yaml", ":::", "1", "2");
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(words(folder), ["new\n", "from elsewhere\n"]);
  }));
