import assert from "node:assert/strict";
import { failure, toldBy } from "../failures/table.ts";
import { inFolder, pod } from "./program.ts";

Deno.test("qupods runs an item again when its file is removed, with --retry-failed and with --rerun, and else not", () =>
  inFolder(async (folder) => {
    folder.write(
      "pod.yaml",
      pod('echo "$QUPODS_ITEM" >> ran; test ! -e broken || test "$QUPODS_ITEM" = good'),
    );
    folder.write("broken", "");
    const ran = () => {
      const items = folder.has("ran") ? folder.read("ran").trim().split("\n").sort() : [];
      folder.write("ran", "");
      return items.filter((item) => item !== "");
    };
    const run = (...flags: string[]) => folder.qupods(...flags, "pod.yaml", ":::", "good", "bad");
    assert.equal((await run()).code, 1);
    assert.deepEqual(ran(), ["bad", "good"]);
    const skipped = await run();
    assert.deepEqual([skipped.code, ran()], [1, []], "an old failure is a failure still");
    assert.match(skipped.stderr, /2 done before \(skipped, 1 of them failed: --retry-failed\)/);
    folder.remove("QUJOBS/p-good.log");
    assert.equal((await run()).code, 1);
    assert.deepEqual(ran(), ["good"]);
    folder.remove("broken");
    assert.equal((await run("--retry-failed")).code, 0);
    assert.deepEqual(ran(), ["bad"]);
    assert.deepEqual(folder.verdicts(), ["p-bad.log", "p-good.log"]);
    assert.ok(folder.has("QUJOBS/p-bad.d/1/verdict.err"));
    assert.equal((await run("--rerun")).code, 0);
    assert.deepEqual(ran(), ["bad", "good"]);
  }));

Deno.test("qupods notices that a finished item or the template has changed, and says both ways on", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod('echo "$QUPODS_ITEM"', { name: "p-{{.Index}}" }));
    assert.equal((await folder.qupods("pod.yaml", ":::", "a", "b")).code, 0);
    const changed = await folder.qupods("pod.yaml", ":::", "a", "x", "new");
    assert.equal(changed.code, failure("changed").exit, changed.stderr);
    assert.match(changed.stderr, toldBy("changed"));
    assert.match(changed.stderr, /1 finished item would .*\(p-1\).*--rerun-changed.*--keep-changed/s);
    const kept = await folder.qupods("--keep-changed", "pod.yaml", ":::", "a", "x", "new");
    assert.equal(kept.code, 0, kept.stderr);
    assert.deepEqual(["p-1", "p-2"].map((name) => folder.read(`QUJOBS/${name}.log`)), ["b\n", "new\n"]);
    const again = await folder.qupods("--rerun-changed", "pod.yaml", ":::", "a", "x", "new");
    assert.equal(again.code, 0, again.stderr);
    assert.equal(folder.read("QUJOBS/p-1.log"), "x\n");
    assert.equal(folder.read("QUJOBS/p-1.d/1/verdict.log"), "b\n");
    folder.write("pod.yaml", pod('echo "now $QUPODS_ITEM"', { name: "p-{{.Index}}" }));
    const template = await folder.qupods("pod.yaml", ":::", "a", "x", "new");
    assert.equal(template.code, 2, template.stderr);
    assert.match(template.stderr, /3 finished items would/);
  }));

Deno.test("qupods --local with nothing to do takes away what a killed call was about to", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod("true"));
    assert.equal((await folder.qupods("pod.yaml", ":::", "a")).code, 0);
    folder.write("QUJOBS/.qupods/tmp/uid.main", "2026-01-01T00:00:00.000000001Z stored already\n");
    assert.equal((await folder.qupods("pod.yaml", ":::", "a")).code, 0);
    assert.ok(!folder.has("QUJOBS/.qupods/tmp/uid.main"));
  }));

Deno.test("qupods refuses a log directory whose run belongs to a cluster", () =>
  inFolder(async (folder) => {
    folder.write("pod.yaml", pod("true"));
    assert.equal((await folder.qupods("pod.yaml", ":::", "a")).code, 0);
    const file = "QUJOBS/.qupods/run.json";
    folder.write(
      file,
      folder.read(file).replace('"server": "local"', '"server": "https://example.org:6443"'),
    );
    const { code, stderr } = await folder.qupods("pod.yaml", ":::", "a");
    assert.equal(code, failure("other-cluster").exit, stderr);
    assert.match(stderr, toldBy("other-cluster"));
    assert.match(stderr, /https:\/\/example\.org:6443.*local/s);
  }));
