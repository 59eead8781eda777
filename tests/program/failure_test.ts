import assert from "node:assert/strict";
import { inFolder, pod } from "./program.ts";

Deno.test("--retries gives each attempt its number and keeps the logs of those that failed", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod('echo "try $QUPODS_ATTEMPT"; test "$QUPODS_ATTEMPT" -ge "$QUPODS_ITEM"'));
    const { code, stderr } = await folder.qupods(
      ...["--retries", "2", "--backoff", "0", "pod.yaml", ":::", "1", "3", "9"],
    );
    assert.equal(code, 1, stderr);
    assert.deepEqual(folder.verdicts(), ["p-1.log", "p-3.log", "p-9.err"]);
    assert.equal(folder.read("QUJOBS/p-3.log"), "try 3\n");
    assert.deepEqual([1, 2].map((attempt) => folder.read(`QUJOBS/p-3.d/${attempt}/main.log`)), [
      "try 1\n",
      "try 2\n",
    ]);
    assert.equal(folder.read("QUJOBS/p-9.err"), "try 3\n");
    const lines = folder.read("QUJOBS/joblog.tsv").trimEnd().split("\n");
    assert.equal(lines[0], "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand");
    const cells = lines.slice(1).map((line) => line.split("\t"));
    const rows = cells.map((row) => [row[0], row[6], row[8]].join(" ")).sort();
    assert.deepEqual(rows, ["1 0 1", "2 0 3", "3 1 9"]);
  }));

Deno.test("--timeout ends an item with all its processes, also one that ignores SIGTERM", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod('trap "" TERM; echo begun; sleep 60 & sleep 60'));
    const { code, stderr } = await folder.qupods("--timeout", "1s", "pod.yaml", ":::", "a");
    assert.equal(code, 1, stderr);
    assert.match(stderr, /1× DeadlineExceeded/);
    assert.equal(folder.read("QUJOBS/p-a.err"), "begun\n");
  }));

Deno.test("--halt soon lets run what runs and starts nothing more; the same command goes on", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod('exit "$QUPODS_ITEM"', { name: "p-{{.Index}}" }));
    const list = ["pod.yaml", ":::", "0", "3", "0", "0", "0", "0", "0", "0"];
    const halted = await folder.qupods("-P", "1", "--halt", "soon,fail=1", ...list);
    assert.equal(halted.code, 3, halted.stderr);
    assert.match(halted.stderr, /stopped early: --halt soon,fail=1: 1 of 8\nto go on: qupods --local/);
    assert.deepEqual(folder.verdicts(), ["p-0.log", "p-1.err"]);
    const rest = await folder.qupods(...list);
    assert.equal(rest.code, 1, rest.stderr);
    assert.equal(folder.verdicts().length, 8);
  }));

Deno.test("--halt that the last item brings about has stopped nothing", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod('exit "$QUPODS_ITEM"', { name: "p-{{.Index}}" }));
    const { code, stderr } = await folder.qupods(
      "-P",
      "1",
      "--halt",
      "now,fail=1",
      "pod.yaml",
      ":::",
      "0",
      "3",
    );
    assert.equal(code, 1, stderr);
    assert.doesNotMatch(stderr, /stopped early/);
    assert.deepEqual(folder.verdicts(), ["p-0.log", "p-1.err"]);
  }));

Deno.test("--halt now stops what runs, keeps what it had written, and leaves the items open", () =>
  inFolder(async (folder) => {
    const script =
      'echo begun; test "$QUPODS_ITEM" = good && while [ ! -e up ]; do sleep 0.05; done && exit 0; ' +
      "touch up; sleep 60";
    folder.write("pod.yaml", pod(script));
    const { code, stderr } = await folder.qupods(
      ...["-P", "2", "--halt", "now,success=50%", "pod.yaml", ":::", "good", "slow"],
    );
    assert.equal(code, 3, stderr);
    assert.match(stderr, /no verdict: p-slow: stopped in the middle \(--halt now,success=50%: 1 of 2\)/);
    assert.deepEqual(folder.verdicts(), ["p-good.log"]);
    assert.equal(folder.read("QUJOBS/p-slow.d/1/main.log"), "begun\n");
  }));
