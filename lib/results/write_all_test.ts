import assert from "node:assert/strict";
import { openSpool } from "../harvest/tape/spool.ts";
import { openTableFile } from "../ui/table_file.ts";
import { openResults } from "./open.ts";
import { inFolder, makeHandClock, OPTIONS, replaced } from "./test_folder.ts";

Deno.test("a write that takes nothing is refused as a full disk's, wherever it is", () =>
  inFolder(async (dir) => {
    const { clock, wake } = makeHandClock();
    await using results = await openResults(dir, { ...OPTIONS, clock });
    const troubles: (string | null)[] = [];
    results.onTrouble((reason) => troubles.push(reason));
    const file = await results.stage();
    const spool = openSpool(results.tapePath("u", "main"), true);
    const table = openTableFile(`${dir}/joblog.tsv`, "header\n");
    let calls = 0;
    const takeNothing = () => {
      if (++calls > 10) throw new Error("it spins");
      return 0;
    };
    let appended: Promise<void>;
    {
      using _ = replaced(Deno.FsFile.prototype, "writeSync", takeNothing);
      using __ = replaced(Deno.FsFile.prototype, "write", () => Promise.resolve(takeNothing()));
      for (const size of [1, 100_000]) {
        await assert.rejects(file.write(new Uint8Array(size)), { code: "ENOSPC" });
      }
      assert.throws(() => spool.append(new Uint8Array(1)), { code: "ENOSPC" });
      assert.throws(() => table.append("line\n"), { code: "ENOSPC" });
      appended = results.append({ kind: "intent", name: "a", attempt: 1, at: 0 });
      await assert.rejects(openResults(`${dir}/other`, OPTIONS), /Cannot keep logs in .*No space left/);
    }
    await wake();
    await appended;
    assert.deepEqual(troubles, ["No space left, as a write took nothing", null]);
    for (const each of [spool, table]) each.close();
    await file.drop();
  }));
