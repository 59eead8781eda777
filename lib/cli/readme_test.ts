import assert from "node:assert/strict";
import { parseCommand } from "./parse.ts";
import { helpText, OPTIONS, readmeTable } from "./table.ts";

const facts = { version: "0", cores: 2 };

Deno.test("README.md holds the table of options as the parser knows them", async () => {
  const readme = await Deno.readTextFile(new URL("../../README.md", import.meta.url));
  const plain = (text: string) => text.replace(/ +/g, " ").replace(/-{4,}/g, "---");
  assert.ok(plain(readme).includes(plain(readmeTable())), `put this into README.md:\n${readmeTable()}`);
});

Deno.test("helpText() names every option", () => {
  for (const { name } of OPTIONS) assert.ok(helpText().includes(`--${name}`), name);
});

Deno.test("parseCommand() keeps the original's spellings and types its values", () => {
  const command = parseCommand([
    "-i",
    "l",
    "--maxpending=7",
    "--pace",
    "500ms",
    "p.yaml",
    "--halt",
    "now,fail=10%",
  ], facts);
  assert.equal(command.verb, "run");
  if (command.verb !== "run") return;
  assert.equal(command.schedule.maxPending, 7);
  assert.equal(command.schedule.delaySeconds, 0.5);
  assert.deepEqual(command.schedule.halt, { when: "now", on: "fail", count: 10, isPercent: true });
});

Deno.test("parseCommand() knows cancel, with the directory as a word, as --logdir, or left out", () => {
  for (const args of [["cancel"], ["cancel", "QUJOBS"], ["cancel", "--logdir=QUJOBS"]]) {
    const command = parseCommand(args, facts);
    assert.equal(command.verb, "cancel");
    if (command.verb !== "cancel") return;
    assert.equal(command.logdir, "QUJOBS");
    assert.equal(command.isClusterNamed, false);
  }
  const named = parseCommand(["cancel", "--context", "c"], facts);
  assert.equal(named.verb === "cancel" && named.isClusterNamed, true);
  assert.equal(parseCommand(["run", "cancel", ":::", "a"], facts).verb, "run");
});

Deno.test("parseCommand() refuses what it cannot mean, and says what to type", () => {
  const bad: [string[], RegExp][] = [
    [["-i", "l"], /no template/],
    [["p.yaml"], /add -i FILE/],
    [["-i", "l", "p.yaml", "--max-runing", "3"], /did you mean --max-running/],
    [["-i", "l", "p.yaml", "--max-pending", "abc"], /whole number/],
    [["-i", "l", "p.yaml", "--max-pending", "0"], /at least 1/],
    [["-i", "l", "p.yaml", ":::", "a"], /named twice/],
    [["-i", "l", "p.yaml", "q.yaml"], /more than one template/],
    [["-i", "l", "p.yaml", "--retry-failed", "--rerun"], /leave one out/],
    [["-i", "l", "p.yaml", "-o", "json"], /add --dry-run/],
    [["-i", "l", "p.yaml", "--local", "--context", "c"], /needs no cluster/],
    [["cancel", "a", "b"], /name one log directory/],
    [["cancel", "--retries", "3"], /leave it out/],
    [["cancel", "--local"], /leave it out/],
    [["-i", "l", "p.yaml", "--timeout", "soon"], /try --timeout 90s/],
  ];
  for (const [args, message] of bad) assert.throws(() => parseCommand(args, facts), message, args.join(" "));
});
