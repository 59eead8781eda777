// Retries, halts, and submitting without waiting.

import assert from "node:assert/strict";
import { hasCluster } from "./cluster.ts";
import { place } from "./harness.ts";
import { observe } from "./observe.ts";
import { light, scriptPod } from "./templates.ts";

Deno.test({
  name:
    "qupods --retries tries failures again after --backoff, keeps every attempt's log, and gives up in time",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await folder.write(
      "pod.yaml",
      scriptPod('echo "try $QUPODS_ATTEMPT"; [ "$QUPODS_ITEM" = "$QUPODS_ATTEMPT" ] || exit 4'),
    );
    const end = await folder.qupods([
      "--retries",
      "2",
      "--backoff",
      "1s",
      "pod.yaml",
      ":::",
      "1",
      "3",
      "never",
    ]);
    assert.equal(end.code, 1, end.stderr);
    assert.deepEqual(folder.verdicts(), ["1.log", "3.log", "never.err"]);
    assert.equal(folder.read("QUJOBS/MARK-3.log"), "try 3\n");
    assert.equal(folder.read("QUJOBS/MARK-3.d/1/main.log"), "try 1\n");
    assert.equal(folder.read("QUJOBS/MARK-3.d/2/main.log"), "try 2\n");
    assert.equal(folder.read("QUJOBS/MARK-never.err"), "try 3\n");
    assert.match(end.stderr, /exit code 4/);
    assert.deepEqual(await folder.pods(), []);
  },
});

Deno.test({
  name: "qupods --halt soon,fail=2 starts nothing more and lets run what runs; the same command goes on",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 1, exitCode: "{{.Item}}" }));
    const items = ["3", "3", ...Array(28).fill("0")];
    const end = await folder.qupods(["--halt", "soon,fail=2", "-P", "4", "pod.yaml", ":::", ...items]);
    assert.equal(end.code, 3, end.stderr);
    assert.match(end.stderr, /stopped early: --halt soon,fail=2/);
    const { size } = watch.uids;
    assert.ok(size >= 4 && size < 15, `${size} pods were started`);
    assert.equal(folder.verdicts().length, size, "what was started got its verdict");
    assert.deepEqual(await folder.pods(), []);
    const again = await folder.qupods(["--max-pending", "9", "pod.yaml", ":::", ...items]);
    assert.equal(again.code, 1, again.stderr);
    assert.equal(folder.verdicts().length, 30);
  },
});

Deno.test({
  name: "qupods --halt now,fail=1 deletes what runs, keeps what it had said, and gives it no verdict",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    await folder.write(
      "pod.yaml",
      scriptPod('echo "up $QUPODS_ITEM"; [ "$QUPODS_ITEM" = bad ] && sleep 4 && exit 9; sleep 100'),
    );
    const end = await folder.qupods([
      "--halt",
      "now,fail=1",
      "-P",
      "3",
      "pod.yaml",
      ":::",
      "bad",
      "x",
      "y",
      "z",
    ]);
    assert.equal(end.code, 3, end.stderr);
    assert.match(end.stderr, /stopped early: --halt now,fail=1/);
    assert.deepEqual(folder.verdicts(), ["bad.err"]);
    for (const name of ["x", "y"]) {
      assert.equal(folder.read(`QUJOBS/MARK-${name}.d/1/main.log`), `up ${name}\n`);
    }
    assert.equal(watch.uids.size, 3);
    assert.deepEqual(await folder.pods(), []);
    assert.ok(end.seconds < 60, `${end.seconds} s`);
  },
});

Deno.test({
  name: "qupods --nowait leaves when the last pod is on a node, and the same call without it collects",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    await folder.write("pod.yaml", light({ runSeconds: 8 }));
    const call = ["pod.yaml", ":::", "a", "b", "c", "d", "e"];
    const left = await folder.qupods(["--nowait", ...call]);
    assert.equal(left.code, 0, left.stderr);
    assert.match(left.stderr, /submitted; 5 pods/);
    assert.equal((await folder.pods()).length, 5);
    assert.deepEqual(folder.verdicts(), []);
    const end = await folder.qupods(call);
    assert.equal(end.code, 0, end.stderr);
    assert.equal(folder.verdicts().length, 5);
    assert.deepEqual([...watch.uids.values()].map((uids) => uids.length), [1, 1, 1, 1, 1]);
    assert.deepEqual(await folder.pods(), []);
  },
});
