import assert from "node:assert/strict";
import type { ResultOptions } from "../cli/options.ts";
import { openResults } from "../results/open.ts";
import type { JournalRecord } from "../results/record.ts";
import type { Results } from "../results/results.ts";
import { OPTIONS as OPEN_OPTIONS, replaced } from "../results/test_folder.ts";
import { makeLedger } from "./ledger.ts";
import { readPast } from "./past.ts";
import type { Plan } from "./plan.ts";
import { doubt, end, intent, ITEMS, lost, number, OPTIONS, planOf } from "./test_past.ts";

Deno.test("readPast() skips what is finished, however large a part of the list, and no file that is none of its", async () => {
  for (const size of [ITEMS.length, 100]) {
    const plan = await planOf("x", Array.from({ length: size }, (_, at) => ITEMS[at] ?? `more-${at}`));
    await inPast(plan, -1, async (results, dir) => {
      await Deno.writeTextFile(`${dir}/stranger.log`, "");
      const { skipped, skippedFailed, isSkipped, hasVerdict } = await readPast(plan, results, OPTIONS);
      assert.deepEqual([skipped, skippedFailed], [3, 1]);
      assert.deepEqual([0, 1, 2, 3].map(isSkipped), [true, true, true, false]);
      assert.deepEqual([0, 1, 2, 3].map(hasVerdict), [true, true, true, false]);
    });
  }
});

/** A log directory in which a and b have succeeded (b's log is incomplete), c has failed, d was begun, and the first `summarized` of these are summed up. */
async function inPast(
  plan: Plan,
  summarized: number,
  work: (results: Results, dir: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await using results = await openResults(folder, OPEN_OPTIONS);
    const ledger = makeLedger(plan, () => false);
    for (let position = 0; position < 4; position++) {
      if (position === summarized) await results.summarize(plan.identity, ledger.content());
      const known = position === 1 ? "incomplete" : "proven";
      const last = end(plan, position, 1, true, undefined, known);
      const records = [intent(plan, position, 1), ...(position < 3 ? [last] : [])];
      for (const each of records) {
        await results.append(each);
        ledger.take(position, each);
      }
      if (position < 3) {
        await Deno.writeTextFile(`${folder}/${plan.name(position)}.${position < 2 ? "log" : "err"}`, "");
      }
    }
    await work(results, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("readPast() runs nothing again that a listing leaves out", async () => {
  const plan = await planOf("x");
  for (const summarized of [-1, 0, 2, 3]) {
    await inPast(plan, summarized, async (results, dir) => {
      const { readDir } = Deno;
      async function* lacking(path: string | URL) {
        for await (const entry of readDir(path)) if (entry.name !== "p-b.log") yield entry;
      }
      {
        using _ = replaced(Deno, "readDir", lacking);
        const refusal = /does not list all of it: p-b\.log is there.*Nothing was created/;
        await assert.rejects(readPast(plan, results, OPTIONS), refusal, `${summarized} summarized`);
      }
      await Deno.remove(`${dir}/p-b.log`);
      await Deno.mkdir(`${dir}/p-b.log`);
      assert.equal((await readPast(plan, results, OPTIONS)).isSkipped(1), false, "it was removed");
    });
  }
});

Deno.test("readPast() finds the same past with a summary and without, whatever is to run again", async () => {
  const plan = await planOf("x");
  for (const summarized of [-1, 0, 2, 3]) {
    await inPast(plan, summarized, async (results, dir) => {
      const past = async (options: Partial<ResultOptions> = {}) => {
        const { skipped, skippedFailed, doubtful, prior } = await readPast(plan, results, {
          ...OPTIONS,
          ...options,
        });
        return [
          skipped,
          skippedFailed,
          doubtful.map(({ file }) => file).join(),
          ...[...prior].map(([at, { attempt, isOpen, ended }]) =>
            `${at}: ${attempt} ${isOpen} ${ended.join(" ")}`
          ),
        ];
      };
      const note = `${summarized} summed up`;
      assert.deepEqual(await past(), [3, 1, "p-b.log", "3: 1 true "], note);
      assert.deepEqual(
        await past({ again: "failed" }),
        [2, 0, "p-b.log", "2: 1 false uid-2-1", "3: 1 true "],
        note,
      );
      assert.deepEqual((await past({ again: "all" })).slice(0, 3), [0, 0, ""], note);
      await Deno.remove(`${dir}/p-a.log`);
      assert.deepEqual(await past(), [2, 1, "p-b.log", "0: 1 false uid-0-1", "3: 1 true "], note);
    });
  }
});

Deno.test("readPast() knows of a log that may lack text although a kill came before its verdict's record, until the item is run again", async () => {
  const plan = await planOf("x");
  await inPast(plan, 2, async (results, dir) => {
    const doubtful = async () =>
      (await readPast(plan, results, OPTIONS)).doubtful.map(({ file }) => file).join();
    await results.append(doubt(plan, 3, 1));
    assert.equal(await doubtful(), "p-b.log", "there is no verdict yet");
    await Deno.writeTextFile(`${dir}/${plan.name(3)}.log`, "");
    assert.equal(await doubtful(), "p-b.log,p-d.log");
    await results.append(intent(plan, 3, 2));
    assert.equal(await doubtful(), "p-b.log", "this one is another attempt's");
  });
});

Deno.test("readPast() sees through a summary that the template has changed, or did before it was made", async () => {
  const plan = await planOf("x");
  const changed = await planOf("z");
  for (const summarized of [-1, 0, 3]) {
    await inPast(plan, summarized, async (results) => {
      await assert.rejects(readPast(changed, results, OPTIONS), /3 finished items would/);
      const { ledger } = await readPast(changed, results, { ...OPTIONS, changed: "keep" });
      await results.summarize(changed.identity, ledger.content());
      await assert.rejects(readPast(changed, results, OPTIONS), /3 finished items would/);
      const { skipped, prior } = await readPast(changed, results, { ...OPTIONS, changed: "rerun" });
      assert.deepEqual([skipped, prior.get(0)?.ended], [0, ["uid-0-1"]]);
      assert.equal((await readPast(plan, results, OPTIONS)).skipped, 3, "the old template is as it was");
    });
  }
});

Deno.test("readPast() makes up the end that the journal lacks of a verdict, from the last pod that was announced", async () => {
  const plan = await planOf("x");
  const doubted = doubt(plan, 3, 1);
  const cases: [string, "log" | "err", JournalRecord[], string | null][] = [
    ["one attempt", "log", [], "1 succeeded 0 1000 p-d.log followed 5"],
    ["a failure", "err", [], "1 failed null 1000 p-d.err followed 5"],
    [
      "two attempts",
      "err",
      [end(plan, 3, 1, false), intent(plan, 3, 2)],
      "2 failed null 2000 p-d.err followed 5",
    ],
    ["a log that may lack text", "log", [doubted], "1 succeeded 0 1000 p-d.log incomplete 0"],
    [
      "an attempt that a cancel had announced",
      "log",
      [number(plan, 3, 2)],
      "1 succeeded 0 1000 p-d.log followed 5",
    ],
    ["an end that is there", "log", [end(plan, 3, 1, true)], null],
    ["a pod that left nothing", "log", [{ ...lost, name: plan.name(3) }], null],
    [
      "an end that asked for another attempt, and a file put there by hand",
      "log",
      [end(plan, 3, 1, false)],
      null,
    ],
  ];
  for (const [what, kind, records, wanted] of cases) {
    await inPast(plan, 2, async (results, dir) => {
      for (const record of records) await results.append(record);
      const { unended: none } = await readPast(plan, results, OPTIONS);
      assert.deepEqual([...none], [], `${what}: without its file it runs again`);
      await Deno.writeTextFile(`${dir}/${plan.name(3)}.${kind}`, "12345");
      const { unended } = await readPast(plan, results, OPTIONS);
      const line = unended.get(3);
      assert.equal(unended.size, wanted === null ? 0 : 1, what);
      if (line === undefined) return;
      const logs = line.logs.map((log) => `${log.file} ${log.completeness} ${log.bytes}`).join();
      const { attempt, verdict, exitCode, createdAt, startedAt, finishedAt, isFinal, uid } = line;
      assert.equal(`${attempt} ${verdict} ${exitCode} ${createdAt} ${logs}`, wanted, what);
      assert.deepEqual([startedAt, finishedAt, isFinal, uid, line.index], [0, 0, true, "", 3], what);
      await results.append(line);
      assert.equal((await readPast(plan, results, OPTIONS)).unended.size, 0, "it is written down");
    });
  }
});

Deno.test("readPast() makes up no end of a verdict of which no pod was announced, nor of an attempt that it knows by number alone", async () => {
  const plan = await planOf("x");
  await inPast(plan, -1, async (results, dir) => {
    await results.append(number(plan, 4, 1));
    for (const position of [4, 5]) await Deno.writeTextFile(`${dir}/${plan.name(position)}.log`, "");
    assert.equal((await readPast(plan, results, OPTIONS)).unended.size, 0);
  });
});

Deno.test("readPast() sees that the template has changed of an item whose end was not written down, and runs it as another attempt", async () => {
  const plan = await planOf("x");
  const changed = await planOf("z");
  for (const summarized of [-1, 0, 3]) {
    await inPast(plan, summarized, async (results, dir) => {
      await Deno.writeTextFile(`${dir}/${plan.name(3)}.err`, "");
      await assert.rejects(readPast(changed, results, OPTIONS), /4 finished items would/);
      const { skipped, prior } = await readPast(changed, results, { ...OPTIONS, changed: "rerun" });
      assert.equal(skipped, 0);
      const { attempt = 0, isOpen = true, homeUpTo = 0 } = prior.get(3) ?? {};
      assert.deepEqual([attempt, isOpen, homeUpTo], [1, false, 1]);
      const failed = await readPast(plan, results, { ...OPTIONS, again: "failed" });
      assert.deepEqual(
        [failed.skipped, failed.prior.get(3)?.isOpen],
        [2, false],
        "the same with --retry-failed",
      );
      const kept = await readPast(changed, results, { ...OPTIONS, changed: "keep" });
      assert.deepEqual([kept.skipped, kept.unended.size], [4, 1]);
    });
  }
});
