// Nodes that fall silent, are drained, or are taken out of the cluster while pods run on them.

import assert from "node:assert/strict";
import { faults, hasHollow, kubectl, kubectlTry, part } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { observe } from "./observe.ts";
import { light, scriptPod } from "./templates.ts";
import { isThere, until } from "./wait.ts";

const seconds = (count: number) =>
  `i=0; while [ $i -lt ${count} ]; do i=$((i+1)); echo line $i of try $QUPODS_ATTEMPT; sleep 1; done`;
const lines = (count: number, attempt: number) =>
  Array.from({ length: count }, (_, index) => `line ${index + 1} of try ${attempt}\n`).join("");

Deno.test({
  name:
    "qupods names a node that falls silent, keeps what its pods did meanwhile, and gives them up where it was told to",
  ignore: faults === null,
  fn: async () => {
    await using patient = await place();
    await using hasty = await place();
    const tolerations = (time: string) =>
      `  tolerations: [{key: node.kubernetes.io/unreachable, operator: Exists, effect: NoExecute${time}}]\n`;
    // the taint manager takes these away 3 s after the node was found silent; `stay` alone is let be
    const script = `case $QUPODS_ITEM in done) n=12;; *) n=80;; esac
[ $QUPODS_ATTEMPT = 1 ] || n=2
${seconds(0).replace("-lt 0", "-lt $n")}`;
    await patient.write("pod.yaml", scriptPod(script, tolerations(", tolerationSeconds: 3")));
    await patient.write("stay.yaml", scriptPod(script, tolerations("")));
    await hasty.write("pod.yaml", scriptPod(script, tolerations("")));
    const call = ["--backoff", "1s", "-v"];
    const runs = [
      patient.start([...call, "pod.yaml", ":::", "done", "taken"]),
      patient.start([...call, "--logdir", "STAY", "stay.yaml", ":::", "stay"]),
      hasty.start([...call, "--node-lost-timeout", "5s", "pod.yaml", ":::", "lost"]),
    ] as const;
    await Promise.all([
      runs[0].says(/-done runs on.*-taken runs on|-taken runs on.*-done runs on/s),
      runs[1].says(/-stay runs on/),
      runs[2].says(/-lost runs on/),
    ]);
    // a line of each has come home
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await part("kill", "kubelet");
    try {
      await Promise.all(
        runs.map((run) => run.says(/node localhost does not answer, its pods may be lost/, 90)),
      );
      await runs[2].says(/pod \S+-lost is given up, node lost: localhost has not answered for 5 s/);
      await runs[2].says(/-lost failed .*node lost: .*attempt 1, will be run again/);
      await until(async () => {
        const path = "{.items[*].metadata.deletionTimestamp}";
        return (await kubectl("get", "pods", "-A", "-l", `e2e=${patient.mark}`, "-o", `jsonpath=${path}`))
          .split(" ").filter((time) => time !== "").length === 2;
      });
    } finally {
      await part("start", "kubelet");
    }
    const [taken, stay, lost] = await Promise.all([runs[0].ended, runs[1].ended, runs[2].ended]);
    await held("silent", { end: stay, folder: patient, item: "stay", logdir: "STAY" });
    // a kubelet that comes back takes deleted pods' logs away within tenths of a second: those it was too quick for are told
    const cut = isThere(`${patient.path}/QUJOBS/doubtful.tsv`)
      ? patient.read("QUJOBS/doubtful.tsv").split("\n").filter((line) => line.startsWith("incomplete\t"))
      : [];
    await held("silent-taken", { end: taken, folder: patient, item: "taken", isOneOfMany: cut.length > 0 });
    if (cut.length > 0) assert.equal(taken.code, 3, taken.stderr);
    const hasWhole = (file: string) => !cut.includes(`incomplete\t${file}`);
    await held("given-up", { end: lost, folder: hasty, item: "lost" });
    assert.match(stay.stderr, /node localhost answers again/);
    assert.equal(patient.read("STAY/MARK-stay.log"), lines(80, 1), "it ran through the silence");
    assert.deepEqual(patient.verdicts(), ["done.log", "taken.log"]);
    const done = patient.read("QUJOBS/MARK-done.log");
    if (hasWhole(`${patient.mark}-done.log`)) {
      assert.equal(done, lines(12, 1), "it had ended before it was taken away");
    } else assert.ok(done.startsWith(lines(1, 1)) && lines(12, 1).startsWith(done), "what was heard of it");
    assert.equal(patient.read("QUJOBS/MARK-taken.log"), lines(2, 2));
    const first = patient.read("QUJOBS/MARK-taken.d/1/main.log");
    const heard = hasWhole(`${patient.mark}-taken.d/1/main.log`) ? 40 : 1;
    assert.ok(first.startsWith(lines(heard, 1)) && lines(80, 1).startsWith(first), "what it did before");
    assert.equal(hasty.read("QUJOBS/MARK-lost.log"), lines(2, 2));
    assert.ok(hasty.read("QUJOBS/MARK-lost.d/1/main.log").startsWith(lines(1, 1)), "what was heard of it");
    assert.match(hasty.read("QUJOBS/.qupods/journal.jsonl"), /"class":"infra".*"completeness":"incomplete"/);
    assert.deepEqual([...await patient.pods(), ...await hasty.pods()], []);
  },
});

Deno.test({
  name:
    "qupods runs items again whose node was drained, and fails those whose node is deleted once too often",
  ignore: !hasHollow,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    const { mark } = folder;
    await folder.write(
      "node.yaml",
      `apiVersion: v1
kind: Node
metadata: {name: MARK, labels: {e2e: MARK}, annotations: {qupods.dev/hollow: "true"}}
spec: {taints: [{key: qupods.dev/hollow, effect: NoSchedule}]}
status: {addresses: [{type: Hostname, address: localhost}, {type: InternalIP, address: 127.0.0.1}]}
`,
    );
    const make = () => kubectl("create", "-f", `${folder.path}/node.yaml`);
    const isRunning = async () =>
      (await folder.pods()).filter((line) => line.endsWith("Running")).length === 3;
    try {
      await make();
      const template = light({ runSeconds: 600 }).replace("{qupods.dev/node: hollow}", "{e2e: MARK}");
      await folder.write("pod.yaml", template);
      const call = ["--backoff", "1s", "--infra-retries", "1", "-v", "pod.yaml", ":::", "a", "b", "c"];
      const run = folder.start(call);
      await until(isRunning);
      const drain = ["drain", mark, "--force", "--ignore-daemonsets", "--pod-selector", `e2e=${mark}`];
      await kubectl(...drain, "--timeout=60s");
      await until(() => [...watch.uids.values()].filter((uids) => uids.length === 2).length === 3);
      await run.says(/no node takes the pods yet, unschedulable: .*unschedulable/);
      await kubectl("uncordon", mark);
      await until(isRunning);
      await kubectl("delete", "node", mark);
      const end = await run.ended;
      // nobody can read a log any more whose node is gone
      await held("node-deleted", { end, folder, item: "a" });
      await held("log-incomplete", { end, folder, item: "b" });
      assert.match(end.stderr, /3 logs incomplete/);
      const doubtful = () => folder.read("QUJOBS/doubtful.tsv").split("\n").slice(1, -1).sort();
      const lines = ["a", "b", "c"].map((item) => `incomplete\t${mark}-${item}.err`);
      assert.deepEqual(doubtful(), lines);
      const again = await folder.qupods(call);
      assert.equal(again.code, 3, "a later call knows of them");
      assert.match(again.stderr, /logs that may lack text: QUJOBS\/doubtful\.tsv/);
      assert.deepEqual(doubtful(), lines);
      assert.deepEqual(folder.verdicts(), ["a.err", "b.err", "c.err"]);
      for (const item of ["a", "b", "c"]) {
        assert.match(
          end.stderr,
          new RegExp(`-${item} failed .*EvictionByEvictionAPI.*attempt 1, will be run again`),
        );
        assert.equal(watch.uids.get(`${mark}-${item}`)?.length, 2, item);
      }
      assert.deepEqual(await folder.pods(), []);
    } finally {
      await kubectlTry("delete", "node", mark);
    }
  },
});
