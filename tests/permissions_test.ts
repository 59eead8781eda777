import assert from "node:assert/strict";
import { permitted, type } from "./permissions.ts";
import { inFolder, pod } from "./program/program.ts";

Deno.test("docs/permissions.md: --local works with what it lists, and so does a second call", () =>
  inFolder(async (folder) => {
    folder.write("process.yaml", pod('echo "$QUPODS_ITEM"; exit "$QUPODS_ITEM"', { name: "p-{{.Index}}" }));
    folder.write("shardlist", "0\n3\n");
    const lines = permitted("--local");
    const first = await type(lines, folder.path);
    assert.equal(first.code, 1, first.stderr);
    assert.deepEqual(folder.verdicts(), ["p-0.log", "p-1.err"]);
    const again = await type(
      lines.replace("--local", "--local --retry-failed --retries 1 --backoff 0s"),
      folder.path,
    );
    assert.equal(again.code, 1, again.stderr);
    assert.equal(folder.read("QUJOBS/p-1.err"), "3\n");
  }));

Deno.test("qupods says which permission is missing, and that it is Deno's, without a stack", async (test) => {
  for (const flag of ["--allow-read", "--allow-write=QUJOBS", "--allow-sys=hostname", "--allow-run"]) {
    await test.step(flag, () =>
      inFolder(async (folder) => {
        folder.write("process.yaml", pod("true"));
        folder.write("shardlist", "a\n");
        const { code, stderr } = await type(permitted("--local").replace(`${flag} `, ""), folder.path);
        assert.notEqual(code, 0);
        const word = /^--allow-(\w+)/.exec(flag)?.[1];
        assert.match(stderr, new RegExp(`Requires ${word} access`));
        assert.doesNotMatch(stderr, /^ +at /m);
      }));
  }
});
