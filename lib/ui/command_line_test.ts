import assert from "node:assert/strict";
import { retryLine, shellLine } from "./command_line.ts";

Deno.test("shellLine() quotes for a shell", () => {
  assert.equal(shellLine(["-i", "my list", "p.yaml"]), "qupods -i 'my list' p.yaml");
  assert.equal(shellLine(["it's", "", "a\nb"]), "qupods 'it'\\''s' '' 'a\\nb'");
});

Deno.test("retryLine() puts --retry-failed once, in front of lists and behind the verb", () => {
  const table = [
    [["-i", "l", "p.yaml"], "qupods --retry-failed -i l p.yaml"],
    [["--retry-failed", "-i", "l", "p.yaml"], "qupods --retry-failed -i l p.yaml"],
    [["run", "--rerun", "-i", "l", "p.yaml"], "qupods run --retry-failed -i l p.yaml"],
    [["p.yaml", ":::", "--rerun", "b"], "qupods --retry-failed p.yaml ::: --rerun b"],
  ] as const;
  for (const [args, line] of table) assert.equal(retryLine(args), line);
});
