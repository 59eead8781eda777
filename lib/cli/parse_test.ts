import assert from "node:assert/strict";
import { UsageError } from "../errors.ts";
import type { RunCommand } from "./options.ts";
import { parseCommand } from "./parse.ts";

const facts = { version: "0", cores: 2 };

function run(...args: string[]): RunCommand {
  const command = parseCommand(args, facts);
  if (command.verb !== "run") throw new Error(command.verb);
  return command;
}

Deno.test("parseCommand() keeps the original's spellings and types its values", () => {
  const { schedule, results, cluster } = run(
    ..."-i l --maxpending=7 --maxrunning 9 --pace 500ms p.yaml --halt now,fail=10% --logdir d --nowait".split(
      " ",
    ),
    "--kubectl",
    "ssh 'my host' kubectl",
  );
  assert.equal(schedule.maxPending, 7);
  assert.equal(schedule.isPendingAuto, false);
  assert.equal(schedule.maxRunning, 9);
  assert.equal(schedule.delaySeconds, 0.5);
  assert.equal(schedule.isNoWait, true);
  assert.deepEqual(schedule.halt, { when: "now", on: "fail", count: 10, isPercent: true });
  assert.equal(results.logdir, "d");
  assert.deepEqual(cluster.kubectl, ["ssh", "my host", "kubectl"]);
});

Deno.test("parseCommand() takes options in any order and either spelling", () => {
  for (
    const line of [
      "-i l p.yaml -n x -P 3 --dry-run",
      "run p.yaml -il -nx -P3 --dry-run=client",
      "--dry-run --namespace=x -P3 --items=l -- p.yaml",
      "p.yaml --dry-run -n x -n x --arg-file l --max-procs 3",
    ]
  ) {
    const { items, template, cluster, schedule, dryRun } = run(...line.split(" "));
    assert.deepEqual(items.source, { kind: "file", path: "l", isJson: false }, line);
    assert.equal(template.path, "p.yaml", line);
    assert.equal(cluster.namespace, "x", line);
    assert.equal(schedule.maxRunning, 3, line);
    assert.equal(dryRun, "client", line);
  }
  assert.equal(run("p.yaml", "--local", ":::", "a").schedule.maxRunning, 2);
  assert.equal(run("p.yaml", "--local", "-P0", ":::", "a").schedule.maxRunning, Infinity);
  assert.deepEqual(run("p.yaml", ":::", "-x", "", ":::", "--y").items.source, {
    kind: "lists",
    lists: [["-x", ""], ["--y"]],
  });
});

Deno.test("parseCommand() reads times", () => {
  const rows: [string, number][] = [["90", 90], ["1h30m", 5400], ["1.5s", 1.5], ["2d", 172800], [
    "1500ms",
    1.5,
  ]];
  for (const [text, expected] of rows) {
    assert.equal(run("p.yaml", "--timeout", text, ":::", "a").schedule.timeoutSeconds, expected);
  }
  const { backoffSeconds, backoffCapSeconds } = run("p.yaml", "--backoff", "1s..2m", ":::", "a").schedule;
  assert.deepEqual([backoffSeconds, backoffCapSeconds], [1, 120]);
});

Deno.test("parseCommand() takes --max-pending auto for a cap that adapts, up to 64", () => {
  const { schedule } = run(..."-i l --max-pending auto p.yaml".split(" "));
  assert.deepEqual([schedule.maxPending, schedule.isPendingAuto], [64, true]);
});

Deno.test("parseCommand() prints help and version wherever they stand", () => {
  for (const line of ["help", "--help", "-h", "run --help", "-i l p.yaml -h", "help run"]) {
    const command = parseCommand(line.split(" "), facts);
    assert.equal(command.verb === "print" && command.text.includes("--max-pending"), true, line);
  }
  for (const line of ["version", "--version", "-V"]) {
    assert.deepEqual(parseCommand([line], facts), { verb: "print", text: "qupods 0" });
  }
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

/** A command line, and what is said of it. Words are parted by spaces; `_` stands for an empty word. */
const REFUSED: readonly [string, RegExp][] = [
  ["", /nothing is named; write a list and a template:\n {2}qupods -i ITEMS/],
  ["-i l", /no template is named; try qupods -i ITEMS TEMPLATE.yaml/],
  ["p.yaml", /add -i FILE, -j FILE, -b PATTERN or ::: a b c/],
  ["l p.yaml", /what l is to be; .* write qupods -i l p.yaml/],
  ["p.yaml l", /write qupods -i l p.yaml/],
  [":::  a b", /stands before the items: qupods TEMPLATE.yaml ::: a b c/],
  ["::: a p.yaml", /stands before the items/],
  ["p.yaml :::: l", /write -i FILE, or ::: a b c/],
  ["-i l p.yaml --backoff 1s..", /--backoff 1s\.\. as it is no first and longest pause/],
  ["canel", /no such command; did you mean qupods cancel\?/],
  ["p.yaml ::: a b :::+ c d", /no such separator; write -i FILE, .*several ::: make a product.*columns/],
  ["p.yaml ::: a :::: l", /Cannot use :::: as/],
  ["p.yaml :::+ a", /Cannot use :::\+ as/],
  ["p.yaml ::: caf\ufffd", /not UTF-8.*-i/],
  ["-i l\ufffd p.yaml", /not UTF-8/],
  ["p.yaml ::: a --dry-run", /take --dry-run after :::.*before :::/],
  ["p.yaml ::: a --max-pending=3", /before :::/],
  ["-i l p.yaml q.yaml", /more than one template is named: p.yaml, q.yaml/],
  ["-i l p.yaml ::: a", /named twice; use one of -i, -j, -b and :::/],
  ["-i l -j m p.yaml", /named twice/],
  ["cancell QUJOBS", /no such command; did you mean qupods cancel\?/],
  ["runn -i l p.yaml", /did you mean qupods run\?/],
  ["-i l -j 4 p.yaml", /write -P 4/],
  ["-i - -", /both the list and the template from standard input/],
  ["-i l p.yaml --max-runing 3", /no such option; did you mean --max-running\?/],
  ["-i l p.yaml --Namespace x", /did you mean --namespace\?/],
  ["-i l p.yaml --jobs 3", /write --max-running N/],
  ["-i l -f p.yaml", /without an option: qupods -i ITEMS TEMPLATE.yaml/],
  ["-i l p.yaml -x", /no such option; see qupods --help/],
  ["-i l p.yaml --max-pending", /without a value; write --max-pending N/],
  [
    "-i l p.yaml --max-pending --dry-run",
    /an option follows: --dry-run; write --max-pending N, or --max-pending=/,
  ],
  ["p.yaml -i -n x", /Cannot use --items without a value/],
  ["-i l p.yaml -n _", /--namespace as its value is empty/],
  ["-i _ p.yaml", /--items as its value is empty/],
  ["-i l p.yaml --logdir=", /--logdir as its value is empty/],
  ["-i l p.yaml --dry-run=", /--dry-run as its value is empty; write --dry-run=HOW/],
  ["-i=l p.yaml", /-i=l as a short option takes no "="; write -i l/],
  ["-i l p.yaml --local=true", /as it is a switch: true; write --local/],
  ["-i l p.yaml -n a -n b", /--namespace twice, with a and b/],
  ["-i l p.yaml --maxpending 3 --max-pending 4", /--max-pending twice/],
  ["-i l p.yaml --dry-run --dry-run=server", /--dry-run twice/],
  ["-i l p.yaml --max-pending 0", /no whole number of at least 1; try --max-pending 3/],
  ["-i l p.yaml --max-pending -1", /no whole number of at least 1/],
  ["-i l p.yaml --max-pending abc", /no whole number/],
  ["-i l p.yaml --max-pending 1e3", /no whole number/],
  ["-i l p.yaml -P 50%", /no whole number of at least 0; try --max-running 100/],
  ["-i l p.yaml --sample 0", /at least 1; try --sample 10/],
  ["-i l p.yaml --rate 0", /no positive number; try --rate 20/],
  ["-i l p.yaml --rate 0x10", /no positive number/],
  ["-i l p.yaml --rate Infinity", /no positive number/],
  ["-i l p.yaml --rate -1", /no positive number/],
  ["-i l p.yaml --timeout soon", /no time; try --timeout 90s/],
  ["-i l p.yaml --timeout 0", /less than 1 s; .*leave it out/],
  ["-i l p.yaml --timeout 999999d", /more than 2147483647 s/],
  ["-i l p.yaml --pending-timeout 0", /less than 1 s/],
  ["-i l p.yaml --node-lost-timeout 0", /less than 1 s/],
  ["-i l p.yaml --node-lost-timeout 1m --local", /--local has no nodes/],
  ["-i l p.yaml --request-timeout 0", /less than 1 s/],
  ["-i l p.yaml --timeout -5", /no time/],
  ["-i l p.yaml --backoff 10s..1s", /no first and longest pause; try --backoff 10s..6m/],
  ["-i l p.yaml --backoff 1s..2s..3s", /no first and longest pause/],
  ["-i l p.yaml --backoff ..6m", /--backoff \.\.6m as it is no first and longest pause/],
  ["-i l p.yaml --halt 1", /write never, soon,fail=1/],
  ["-i l p.yaml --halt now,fail=0", /no moment to stop/],
  ["-i l p.yaml --halt now,fail=101%", /no moment to stop/],
  ["-i l p.yaml --keep pods", /choose none, failed, all/],
  ["-i l p.yaml --format xml", /choose lines, json, jsonl, csv, tsv/],
  ["-i l p.yaml --transport http", /choose auto, proxy, direct, raw/],
  ["-i l p.yaml -n Foo", /a namespace is at most 63 lower-case letters/],
  ["-i l p.yaml -n a/b", /a namespace is/],
  ["-i l p.yaml --kubectl 'a", /a quote is not closed/],
  ["-i l p.yaml --delims [[", /not two marks/],
  ["-i l p.yaml --delims [[]]", /not two marks/],
  ["-i l p.yaml -o json", /--output without --dry-run.*add --dry-run/],
  ["-i l p.yaml -o json --dry-run=none", /--output without --dry-run/],
  ["-i l p.yaml --dry-run -o jsn", /choose yaml, json, name/],
  ["-i l p.yaml --dry-run server", /Cannot take "server" as a template; write --dry-run=server/],
  ["-i l --dry-run client p.yaml", /write --dry-run=client/],
  ["-i l p.yaml --dry-run=sever", /choose none, client, server/],
  ["-i l p.yaml --retry-failed --rerun", /--rerun runs all items again; leave one out/],
  ["-i l p.yaml --rerun --keep-changed", /--rerun keeps no result/],
  ["-i l p.yaml --rerun-changed --keep-changed", /they say the opposite/],
  ["-i l p.yaml --bar --no-bar", /they say the opposite/],
  ["-i l p.yaml -qv", /--quiet with --verbose/],
  ["-i l p.yaml -q --bar", /no live line/],
  ["-i l p.yaml --local --context c", /--local needs no cluster/],
  ["-i l p.yaml --local --kubectl k", /--local needs no cluster/],
  ["cancel a b", /name one log directory/],
  ["cancel --retries 3", /leave it out/],
  ["cancel --local", /leave it out/],
  ["-i l p.yaml --local --nowait", /the processes end with qupods/],
  ["-b x -0 p.yaml", /--null with --braces/],
  ["-b x --format csv p.yaml", /--format with --braces/],
  ["p.yaml -0 ::: a", /--null with :::/],
  ["p.yaml --format csv ::: a", /--format with :::/],
];

Deno.test("parseCommand() refuses what it cannot mean or would ignore, and says what to type", () => {
  for (const [line, message] of REFUSED) {
    const args = line === "" ? [] : line.split(/ +/).map((word) => word === "_" ? "" : word);
    assert.throws(() => parseCommand(args, facts), (error) => {
      assert.ok(error instanceof UsageError, `${line}: ${error}`);
      assert.match(error.message, message, line);
      return true;
    }, line);
  }
  assert.throws(() => parseCommand(["-i", "l", "p.yaml", "--delims", ". x"], facts), /must not hold/);
  assert.deepEqual(run("-i", "l", "p.yaml", "--delims", "% %").template.delims, ["%", "%"]);
});
