import assert from "node:assert/strict";
import { openResults } from "../results/open.ts";
import { diskError, OPTIONS, replaced } from "../results/test_folder.ts";
import { writeNote } from "./leave_files.ts";

Deno.test("writeNote() leaves neither a file nor a descriptor where the disk is full, however often it is tried", async () => {
  const dir = await Deno.makeTempDir();
  const item = { name: "p", number: 1 };
  {
    await using results = await openResults(dir, OPTIONS);
    {
      using _ = replaced(Deno.FsFile.prototype, "writeSync", () => {
        throw diskError("ENOSPC");
      });
      assert.equal((await writeNote(results, item, "failed", "refused")).kind, "disk");
    }
    assert.deepEqual([...Deno.readDirSync(`${dir}/.qupods/tmp`)], []);
    assert.equal((await writeNote(results, item, "failed", "refused")).kind, "stored");
  }
  assert.equal(Deno.readTextFileSync(`${dir}/p.err`), "qupods: refused\n");
  await Deno.remove(dir, { recursive: true });
});
