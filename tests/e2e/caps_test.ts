// The caps, counted at the server by a watch that knows nothing of qupods' own books.

import assert from "node:assert/strict";
import { failure, toldBy } from "../failures/table.ts";
import { hasCluster, hasHollow, kubectl, kubectlTry } from "./cluster.ts";
import { place } from "./harness.ts";
import { observe } from "./observe.ts";
import { light } from "./templates.ts";
import { until } from "./wait.ts";

for (const cap of [1, 3, 16]) {
  Deno.test({
    name: `qupods --max-pending ${cap} -P ${
      cap + 2
    } keeps both caps at the server, also over a kill -9, and doubles no pod`,
    ignore: !hasCluster,
    fn: async () => {
      await using folder = await place();
      await using watch = await observe(folder.mark);
      const count = 20 + 4 * cap;
      const call = ["-b", `{1..${count}}`, "--max-pending", `${cap}`, "-P", `${cap + 2}`, "pod.yaml"];
      await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 0.5 }));
      const first = folder.start(call);
      await until(() => watch.uids.size >= count / 3);
      first.kill("SIGKILL");
      await first.ended;
      const end = await folder.qupods(call);
      assert.equal(end.code, 0, end.stderr);
      assert.equal(folder.verdicts().filter((name) => name.endsWith(".log")).length, count);
      assert.deepEqual(await folder.pods(), []);
      await until(() => watch.uids.size === count);
      assert.ok(watch.peakPending <= cap, `${watch.peakPending} pods were unbound`);
      assert.ok(watch.peakUnfinished <= cap + 2, `${watch.peakUnfinished} pods were unfinished`);
      assert.ok(
        watch.peakUnfinished >= Math.min(cap, 3),
        `the watch saw only ${watch.peakUnfinished} at once`,
      );
      const doubled = [...watch.uids].filter(([, uids]) => uids.length > 1);
      assert.deepEqual(doubled, [], "pods that were made twice");
    },
  });
}

Deno.test({
  name:
    "qupods waits for pods that no node takes, shows the scheduler's words, and makes no more of them than may wait",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    await folder.write(
      "pod.yaml",
      light({ name: "MARK-{{.Index}}", spec: "  nodeSelector: {e2e: nobody-has-this}\n" })
        .replace("  nodeSelector: {qupods.dev/node: hollow}\n", ""),
    );
    const run = folder.start(["-b", "{1..9}", "pod.yaml"]);
    await run.says(toldBy("unschedulable"));
    await run.says(/didn't match Pod's node affinity/);
    await new Promise((resolve) => setTimeout(resolve, 2000));
    run.kill("SIGINT");
    const end = await run.ended;
    assert.equal(end.code, 130, end.stderr);
    assert.equal(watch.uids.size, 3);
    assert.equal(watch.peakPending, 3);
    assert.deepEqual(folder.verdicts(), []);
  },
});

Deno.test({
  name:
    "qupods does not count gated pods as pending, but against --max-running, and takes them up when the gate opens",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    await folder.write(
      "pod.yaml",
      light({ name: "MARK-{{.Index}}", spec: "  schedulingGates: [{name: example.com/wait}]\n" }),
    );
    const run = folder.start(["-b", "{1..9}", "--max-pending", "1", "-P", "7", "--bar", "pod.yaml"]);
    await until(() => watch.uids.size === 7);
    await run.says(toldBy("gated"));
    await new Promise((resolve) => setTimeout(resolve, 1000));
    assert.equal(watch.uids.size, 7);
    assert.equal(watch.peakPending, 0);
    run.kill("SIGINT");
    await run.ended;
    const release = async () => {
      for (const name of (await folder.pods()).map((line) => line.split(" ")[0] ?? "")) {
        await openGate(name);
      }
    };
    const again = folder.start(["-b", "{1..9}", "--max-pending", "1", "-P", "7", "pod.yaml"]);
    let isOver = false;
    const releasing = (async () => {
      while (!isOver) {
        await release();
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
    })();
    const end = await again.ended;
    isOver = true;
    await releasing;
    assert.equal(end.code, 0, end.stderr);
    assert.equal(folder.verdicts().length, 9);
    assert.ok(watch.peakUnfinished <= 7, `${watch.peakUnfinished}`);
  },
});

Deno.test({
  name:
    "qupods makes no more pods where 500 wait on their nodes to be started, says so, and goes on once they do",
  ignore: !hasHollow,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    const rows = Array.from({ length: 560 }, (_, index) => `${index},${index < 500 ? 3600 : 0}`);
    await folder.write("items.csv", ["index,start", ...rows].join("\n"));
    await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", startSeconds: "{{.start}}" }));
    const run = folder.start(["-i", "items.csv", "--max-pending", "16", "--bar", "pod.yaml"]);
    await run.says(toldBy("crowded"), 120);
    // all 560 would be made within a second
    await new Promise((resolve) => setTimeout(resolve, 5000));
    const made = watch.uids.size;
    assert.ok(made >= 500 && made < 540, `${made} were made`);
    await kubectl("annotate", "pods", "-A", "-l", `e2e=${folder.mark}`, "--overwrite", "hollow/start=0s");
    const end = await run.ended;
    assert.equal(end.code, failure("crowded").exit, end.stderr);
    assert.equal(folder.verdicts().filter((name) => name.endsWith(".log")).length, 560);
  },
});

async function openGate(name: string): Promise<void> {
  const patch = '[{"op": "remove", "path": "/spec/schedulingGates"}]';
  const space = await kubectl(
    "get",
    "pods",
    "-A",
    "--field-selector",
    `metadata.name=${name}`,
    "-o",
    "jsonpath={..namespace}",
  );
  // gone meanwhile, or open already
  await kubectlTry("patch", "pod", name, "-n", space || "default", "--type", "json", "-p", patch);
}
