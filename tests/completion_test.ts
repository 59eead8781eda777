// Completions, by the shells themselves: what is typed is completed and handed to a `qupods` that prints its words.

import assert from "node:assert/strict";
import { completionScript, SHELLS } from "../lib/cli/completion.ts";
import { parseCommand } from "../lib/cli/parse.ts";
import { CANCEL_OPTIONS, OPTIONS } from "../lib/cli/table.ts";

const facts = { version: "0", cores: 2 };

function has(program: string): boolean {
  return new Deno.Command("sh", { args: ["-c", `command -v ${program}`], stdout: "null" }).outputSync()
    .success;
}

/** Types into an interactive bash; a tab completes. Resolves to the words of each command that was entered. */
async function typeIntoBash(cwd: string, ...lines: string[]): Promise<string[]> {
  const child = new Deno.Command("bash", {
    args: ["--norc", "--noprofile", "-i"],
    cwd,
    env: { PS1: "", TERM: "dumb", INPUTRC: "/dev/null", HISTFILE: "/dev/null" },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  await Deno.writeTextFile(`${cwd}/.completions`, completionScript("bash"));
  const setUp = [
    "source ./.completions",
    "kubectl() { printf 'dev\\nproduction\\n'; }",
    `qupods() { printf 'typed:'; printf '<%s>' "$@"; echo; }`,
  ];
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode([...setUp, ...lines, ""].join("\n")));
  await writer.close();
  const { stdout } = await child.output();
  return [...new TextDecoder().decode(stdout).matchAll(/^typed:(.*)$/gm)].map((match) => match[1] ?? "");
}

Deno.test({
  name: "bash completes verbs, options, their values, contexts, files and directories",
  ignore: !has("bash"),
  fn: async () => {
    const dir = await Deno.makeTempDir();
    await Deno.writeTextFile(`${dir}/shard list`, "");
    await Deno.writeTextFile(`${dir}/process.yaml`, "");
    await Deno.mkdir(`${dir}/MYJOBS`);
    await Deno.writeTextFile(`${dir}/MYfile`, "");
    const rows: [string, string][] = [
      ["canc\t", "<cancel>"],
      ["cancel MY\t", "<cancel><MYJOBS/>"],
      ["cancel --kubeco\tx", "<cancel><--kubeconfig><x>"],
      ["completion z\t", "<completion><zsh>"],
      ["proc\t", "<process.yaml>"],
      ["--max-p\t7", "<--max-pending><7>"],
      ["-i sh\tproc\t", "<-i><shard list><process.yaml>"],
      ["--keep fa\t", "<--keep><failed>"],
      ["--keep=fa\t", "<--keep=failed>"],
      ["--dry-run=s\t", "<--dry-run=server>"],
      ["--context prod\t", "<--context><production>"],
      ["--context=prod\t", "<--context=production>"],
      ["--logdir MY\t", "<--logdir><MYJOBS/>"],
      ["--retries MY\t", "<--retries><MY>"],
    ];
    const typed = await typeIntoBash(dir, ...rows.map(([line]) => `qupods ${line}`));
    assert.deepEqual(typed, rows.map(([, words]) => words));
    await Deno.remove(dir, { recursive: true });
  },
});

Deno.test({
  name: "fish completes options and their values, and those of cancel alone after cancel",
  ignore: !has("fish"),
  fn: async () => {
    const lines = [
      "qupods --max-p",
      "qupods --keep fa",
      "qupods cancel --k",
      "qupods com",
      "qupods completion z",
    ];
    const script = [completionScript("fish"), ...lines.map((line) => `complete -C '${line}'; echo ---`)].join(
      "\n",
    );
    const { stdout } = await new Deno.Command("fish", { args: ["--no-config", "-c", script] }).output();
    const found = new TextDecoder().decode(stdout).split("---\n").map((text) =>
      text.split("\n").map((line) => line.split("\t")[0]).filter((word) => word !== "")
    );
    const expected = ["--max-pending", "failed", "--kubeconfig", "completion", "zsh"];
    for (const [at, word] of expected.entries()) {
      assert.ok(found[at]?.includes(word), `${lines[at]} → ${found[at]}`);
    }
    assert.ok(!found[2]?.includes("--keep"), "cancel knows no --keep");
  },
});

for (const shell of SHELLS) {
  Deno.test({
    name: `${shell} can read its script, which names every option`,
    ignore: !has(shell),
    fn: async () => {
      const path = await Deno.makeTempFile();
      const script = completionScript(shell);
      await Deno.writeTextFile(path, script);
      const { success, stderr } = await new Deno.Command(shell, { args: ["-n", path] }).output();
      assert.ok(success, new TextDecoder().decode(stderr));
      for (const { name } of OPTIONS) {
        assert.match(script, new RegExp(`(--|-l )${name}(?![\\w-])`), name);
      }
      await Deno.remove(path);
    },
  });
}

Deno.test("every choice that is completed is one that the parser takes, and every option of cancel exists", () => {
  for (const { name, choices = [] } of OPTIONS) {
    for (const choice of choices) {
      const more = name === "output" ? ["--dry-run"] : [];
      assert.equal(parseCommand(["-i", "l", `--${name}=${choice}`, ...more, "t.yaml"], facts).verb, "run");
    }
  }
  for (const name of CANCEL_OPTIONS) assert.ok(OPTIONS.some((row) => row.name === name), name);
});

Deno.test("parseCommand() prints completions for a shell that it knows, and else says which", () => {
  const command = parseCommand(["completion", "zsh"], facts);
  assert.ok(command.verb === "print" && command.text === completionScript("zsh"));
  for (const words of [["completion"], ["completion", "tcsh"], ["completion", "bash", "zsh"]]) {
    assert.throws(() => parseCommand(words, facts), /Cannot print completions.*bash, zsh, fish/);
  }
});
