import assert from "node:assert/strict";
import { collectLine, goOnLine, retryLine, shellLine } from "./command_line.ts";

Deno.test("shellLine() quotes for a shell", () => {
  assert.equal(shellLine(["-i", "my list", "p.yaml"]), "qupods -i 'my list' p.yaml");
  assert.equal(shellLine(["it's", "", "a\nb"]), "qupods 'it'\\''s' '' $'a\\nb'");
});

Deno.test("a shell that is given shellLine()'s words gets what was typed, and a terminal nothing else than text", async () => {
  const words = [
    "a\nb",
    "\x1b[31m7",
    "\r0",
    "it's\t\\n",
    "\u202e\u20281",
    "\x7f\x9b",
    "'",
    "$HOME `id`\n$(id)",
  ];
  const line = shellLine(words);
  assert.match(line, /^[ -~]*$/);
  const script = `qupods() { printf '%s\\0' "$@"; }; ${line}`;
  const { stdout } = await new Deno.Command("bash", { args: ["-c", script], env: { LC_ALL: "C" } }).output();
  assert.equal(new TextDecoder().decode(stdout), words.map((word) => `${word}\0`).join(""));
});

Deno.test("collectLine() runs nothing again", () => {
  for (const word of ["--rerun", "--force", "--retry-failed"]) {
    assert.equal(collectLine(["--nowait", word, "-i", "l", "p.yaml"]), "qupods -i l p.yaml");
  }
});

Deno.test("goOnLine() leaves --rerun out, however it is spelled", () => {
  assert.equal(goOnLine(["--force", "p.yaml", ":::", "a", "--rerun"]), "qupods p.yaml ::: a --rerun");
  assert.equal(goOnLine(["--rerun", "-i", "l", "p.yaml"]), "qupods -i l p.yaml");
  assert.equal(goOnLine(["-i", "l", "p.yaml"]), null);
});

Deno.test("collectLine() waits, and leaves items alone", () => {
  assert.equal(
    collectLine(["--nowait", "p.yaml", ":::", "a", "--nowait"]),
    "qupods p.yaml ::: a --nowait",
  );
});

Deno.test("retryLine() puts --retry-failed once, in front of lists and behind the verb", () => {
  const table = [
    [["-i", "l", "p.yaml"], "qupods --retry-failed -i l p.yaml"],
    [["--retry-failed", "-i", "l", "p.yaml"], "qupods --retry-failed -i l p.yaml"],
    [["run", "--rerun", "-i", "l", "p.yaml"], "qupods run --retry-failed -i l p.yaml"],
    [["--force", "-i", "l", "p.yaml"], "qupods --retry-failed -i l p.yaml"],
    [["p.yaml", ":::", "--rerun", "b"], "qupods --retry-failed p.yaml ::: --rerun b"],
  ] as const;
  for (const [args, line] of table) assert.equal(retryLine(args), line);
});
