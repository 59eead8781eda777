import assert from "node:assert/strict";
import { openResults } from "./open.ts";
import type { JournalRecord } from "./record.ts";
import { diskError, inFolder, leave, makeHandClock, OPTIONS, replaced } from "./test_folder.ts";

const record = (name: string): JournalRecord => ({ kind: "intent", name, attempt: 1, at: 0 });
const journalOf = (dir: string) => `${dir}/.qupods/journal.jsonl`;

/** What the next process reads: names, and how many lines were damaged. */
async function reread(dir: string): Promise<[string, number]> {
  await using results = await openResults(dir, OPTIONS);
  const names = (await Array.fromAsync(results.history())).map(({ name }) => name);
  return [names.join(" "), results.damagedLines];
}

Deno.test("history() takes a torn last line for a crash's, and counts damage before it", () =>
  inFolder(async (dir) => {
    await leave(dir, (results) => results.append(record("one")));
    const whole = await Deno.readTextFile(journalOf(dir));
    await Deno.writeTextFile(journalOf(dir), "1234 {torn", { append: true });
    await leave(dir, (results) => results.append(record("two")));
    assert.deepEqual(await reread(dir), ["one two", 0]);
    const text = await Deno.readTextFile(journalOf(dir));
    await Deno.writeTextFile(journalOf(dir), text.replace("two", "tvo") + "\0\0garbage\n" + whole);
    assert.deepEqual(await reread(dir), ["one one", 2]);
  }));

Deno.test("a last line that lacks only its newline counts, wherever else it was cut it does not", () =>
  inFolder(async (dir) => {
    await leave(dir, (results) => results.append(record("one")));
    const whole = await Deno.readFile(journalOf(dir));
    for (let cut = 0; cut < whole.length; cut++) {
      await Deno.writeFile(journalOf(dir), whole.subarray(0, cut));
      await leave(dir, (results) => results.append(record("two")));
      assert.deepEqual(await reread(dir), [cut === whole.length - 1 ? "one two" : "two", 0], `cut at ${cut}`);
    }
  }));

for (const [what, method] of [["write", "writeSync"], ["fsync", "syncData"]] as const) {
  Deno.test(`append() holds lines while the disk refuses to ${what}, and loses and doubles none`, () =>
    inFolder(async (dir) => {
      const { clock, wake } = makeHandClock();
      const told: (string | null)[] = [];
      {
        await using results = await openResults(dir, { ...OPTIONS, clock });
        results.onTrouble((reason) => told.push(reason));
        await results.append(record("one"));
        let taken = 0;
        {
          const write = Deno.FsFile.prototype.writeSync;
          const refuse = {
            // a full disk takes a part of the line first
            writeSync(this: Deno.FsFile, bytes: Uint8Array): number {
              if (bytes.length < 5) throw diskError("ENOSPC");
              return write.call(this, bytes.subarray(0, bytes.length - 3));
            },
            syncData: () => Promise.reject(diskError("EIO")),
          };
          using _ = replaced(Deno.FsFile.prototype, method, refuse[method]);
          using __ = replaced(Deno.FsFile.prototype, "syncDataSync", () => {
            throw diskError("EIO");
          });
          const early = results.append(record("two")).then(() => taken++);
          await wake();
          void results.append(record("three")).then(() => taken++);
          for (let tries = 0; tries < 3; tries++) await wake();
          assert.equal(await results.sync(AbortSignal.timeout(0)), false);
          assert.deepEqual([told.length, taken], [1, method === "writeSync" ? 0 : 1]);
          void early;
        }
        await wake();
        assert.deepEqual([told.length, told.at(-1), taken], [2, null, 2]);
        assert.equal(await results.sync(AbortSignal.timeout(0)), true);
        await results.append(record("four"));
      }
      assert.deepEqual(await reread(dir), ["one two three four", 0]);
    }));
}

Deno.test("append() holds lines while the journal is called busy, as Deno does where no descriptor is left", () =>
  inFolder(async (dir) => {
    const { clock, wake } = makeHandClock();
    const told: (string | null)[] = [];
    {
      await using results = await openResults(dir, { ...OPTIONS, clock });
      results.onTrouble((reason) => told.push(reason));
      let held: Promise<void>;
      {
        using _ = replaced(Deno.FsFile.prototype, "writeSync", () => {
          throw new Deno.errors.Busy("file busy");
        });
        held = results.append(record("one"));
      }
      await wake();
      await held;
    }
    assert.deepEqual(told, ["file busy", null]);
    assert.deepEqual(await reread(dir), ["one", 0]);
  }));

Deno.test("append() takes no line away again while it writes anew what an fsync has refused", () =>
  inFolder(async (dir) => {
    const { clock, wake } = makeHandClock();
    await using results = await openResults(dir, { ...OPTIONS, clock });
    for (const name of ["one", "two"]) await results.append(record(name));
    {
      using _ = replaced(Deno.FsFile.prototype, "syncData", () => Promise.reject(diskError("EIO")));
      assert.equal(await results.sync(AbortSignal.timeout(0)), false);
    }
    const whole = Deno.readTextFileSync(journalOf(dir));
    const seen: string[] = [];
    const write = Deno.FsFile.prototype.writeSync;
    using _ = replaced(
      Deno.FsFile.prototype,
      "writeSync",
      function (this: Deno.FsFile, bytes: Uint8Array): number {
        const count = write.call(this, bytes);
        seen.push(Deno.readTextFileSync(journalOf(dir)));
        return count;
      },
    );
    await wake();
    assert.deepEqual(seen, [whole, whole]);
  }));

Deno.test("an fsync that comes back after all was written anew loses and doubles no line", () =>
  inFolder(async (dir) => {
    const { clock, wake } = makeHandClock();
    {
      await using results = await openResults(dir, { ...OPTIONS, clock });
      const slow = Promise.withResolvers<void>();
      await results.append(record("one"));
      {
        using _ = replaced(Deno.FsFile.prototype, "syncData", () => slow.promise);
        await wake(); // the disk takes its time
        using __ = replaced(Deno.FsFile.prototype, "writeSync", () => {
          throw diskError("ENOSPC");
        });
        void results.append(record("two"));
      }
      await wake(); // there is room again
      slow.resolve();
      await wake();
      await results.append(record("three"));
      assert.ok(await results.sync(AbortSignal.abort()));
      await results.append(record("four"));
      await results.append(record("five"));
    }
    assert.deepEqual(await reread(dir), ["one two three four five", 0]);
  }));

Deno.test("damage that one reading has met is not forgotten with the next, which looks for some names only", () =>
  inFolder(async (dir) => {
    await leave(dir, (results) => results.append(record("one")));
    const whole = await Deno.readTextFile(journalOf(dir));
    await Deno.writeTextFile(journalOf(dir), whole.replace("one", "o?e") + whole);
    await using results = await openResults(dir, OPTIONS);
    await Array.fromAsync(results.history());
    assert.equal(results.damagedLines, 1);
    await Array.fromAsync(results.history(0, (name) => name === "one"));
    assert.equal(results.damagedLines, 1);
    await Array.fromAsync(results.history());
    assert.equal(results.damagedLines, 1);
  }));
