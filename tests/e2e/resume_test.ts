// Runs that are killed and started again, and pods that are there already.

import assert from "node:assert/strict";
import { context, hasCluster, kubectl, kubectlTry } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { observe } from "./observe.ts";
import { light, scriptPod } from "./templates.ts";
import { until } from "./wait.ts";

Deno.test({
  name:
    "qupods killed in the middle goes on where it was, adopts what runs, and leaves no pod and no second verdict",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 2 }));
    const call = ["-b", "{1..120}", "pod.yaml"];
    for (const count of [40, 80]) {
      const run = folder.start(call);
      await until(() => watch.uids.size >= count, 180);
      run.kill("SIGKILL");
      await run.ended;
    }
    const end = await folder.qupods(call);
    await held("killed", { end, folder, item: "0" });
    assert.equal(folder.verdicts().filter((name) => name.endsWith(".log")).length, 120);
    assert.deepEqual(await folder.pods(), []);
    await until(() => watch.uids.size === 120);
    assert.deepEqual([...watch.uids].filter(([, uids]) => uids.length > 1), [], "pods that were made twice");
  },
});

Deno.test({
  name: "qupods blocks an item whose name a foreign pod has, touches neither it nor one that looks alike",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await folder.write("pod.yaml", light());
    await folder.write("first.yaml", light({ name: "MARK-first", runSeconds: 60 }));
    await folder.write("foreign.yaml", light({ name: "MARK-b", runSeconds: 60 }));
    const make = (file: string) => kubectl("create", "-n", space, "-f", `${folder.path}/${file}`);
    const space = await namespaceOf();
    await make("foreign.yaml");
    const end = await folder.qupods(["pod.yaml", ":::", "a", "b", "c"]);
    await held("foreign", { end, folder, item: "b" });
    assert.match(end.stderr, /b: a pod of this name exists and is not of qupods; it was not touched/);
    assert.deepEqual(folder.verdicts(), ["a.log", "c.log"]);
    // ours by label and name, by nothing else
    const alike = JSON.parse(await kubectl("get", "pod", "-n", space, `${folder.mark}-b`, "-o", "json"));
    await kubectl("label", "pod", "-n", space, `${folder.mark}-b`, `qupods.dev/run=${folder.runId()}`);
    const again = await folder.qupods(["pod.yaml", ":::", "a", "b", "c"]);
    await held("other-template", { end: again, folder, item: "b" });
    const still = JSON.parse(await kubectl("get", "pod", "-n", space, `${folder.mark}-b`, "-o", "json"));
    assert.equal(still.metadata.uid, alike.metadata.uid);
    assert.equal(still.metadata.deletionTimestamp, undefined);
    await kubectl("delete", "pod", "-n", space, `${folder.mark}-b`, "--grace-period=1");
    const last = await folder.qupods(["pod.yaml", ":::", "a", "b", "c"]);
    assert.equal(last.code, 0, last.stderr);
    assert.deepEqual(folder.verdicts(), ["a.log", "b.log", "c.log"]);
  },
});

Deno.test({
  name:
    "qupods runs an item again whose pod somebody deleted: unbound, running, with exit 0 on SIGTERM, or by eviction",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    const space = await namespaceOf();
    await folder.write(
      "pod.yaml",
      scriptPod(`
[ "$QUPODS_ATTEMPT" = 1 ] || { echo again; exit 0; }
case $QUPODS_ITEM in
  polite) trap 'echo stopped; exit 0' TERM ;;
  rude) trap 'exit 7' TERM ;;
esac
echo up
while :; do sleep 0.1; done`),
    );
    const run = folder.start([
      "--backoff",
      "1s",
      "-v",
      "pod.yaml",
      ":::",
      "plain",
      "polite",
      "rude",
      "evicted",
    ]);
    await until(async () => (await folder.pods()).filter((line) => line.endsWith("Running")).length === 4);
    const name = (item: string) => `${folder.mark}-${item}`;
    await kubectl("delete", "pod", "-n", space, "--wait=false", ...["plain", "polite", "rude"].map(name));
    const eviction = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: name("evicted"), namespace: space },
    };
    await folder.write("eviction.json", JSON.stringify(eviction));
    const path = `/api/v1/namespaces/${space}/pods/${name("evicted")}/eviction`;
    await kubectl("create", "--raw", path, "-f", `${folder.path}/eviction.json`);
    const end = await run.ended;
    assert.equal(end.code, 0, end.stderr);
    for (const item of ["plain", "polite", "rude", "evicted"]) {
      assert.equal(folder.read(`QUJOBS/MARK-${item}.log`), "again\n", item);
      assert.match(folder.read(`QUJOBS/MARK-${item}.d/1/main.log`), /^up\n/, item);
      assert.equal(watch.uids.get(name(item))?.length, 2, item);
    }
    await held("polite", { end, folder, item: "polite" });
    await held("deleted", { end, folder, item: "rude" });
    await held("evicted", { end, folder, item: "evicted" });
    assert.match(end.stderr, /rude.*deleted by somebody while running \(exit code 7\)/);
    assert.deepEqual(await folder.pods(), []);
  },
});

Deno.test({
  name:
    "qupods makes a pod again that vanishes before any node has it, and is not held by a finalizer on one that is done",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    const space = await namespaceOf();
    await folder.write(
      "pod.yaml",
      light({ name: "MARK-{{.Item}}", spec: "  schedulingGates: [{name: example.com/wait}]\n" }),
    );
    const run = folder.start(["--backoff", "1s", "-v", "pod.yaml", ":::", "a", "b"]);
    await until(() => watch.uids.size === 2);
    const [a, b] = [`${folder.mark}-a`, `${folder.mark}-b`];
    await kubectl("delete", "pod", "-n", space, a, "--wait=false");
    const finalize = (value: string) =>
      kubectl("patch", "pod", b, "-n", space, "--type=merge", "-p", `{"metadata": {"finalizers": ${value}}}`);
    await finalize('["example.com/e2e"]');
    await until(() => watch.uids.get(a)?.length === 2);
    for (const name of [a, b]) {
      const patch = '[{"op": "remove", "path": "/spec/schedulingGates"}]';
      await kubectl("patch", "pod", name, "-n", space, "--type=json", "-p", patch);
    }
    const end = await run.ended;
    await held("vanished", { end, folder, item: "a" });
    await held("held", { end, folder, item: "b" });
    assert.match(end.stderr, /until the finalizer example\.com\/e2e is taken off it/);
    assert.deepEqual(folder.verdicts(), ["a.log", "b.log"]);
    const kept = await kubectlTry(
      "get",
      "pod",
      b,
      "-n",
      space,
      "-o",
      "jsonpath={.metadata.deletionTimestamp}",
    );
    assert.match(kept.stdout, /^\d{4}-/, "the pod waits for its finalizer");
    await finalize("null");
  },
});

async function namespaceOf(): Promise<string> {
  const { stdout } = await kubectlTry(
    "config",
    "view",
    "-o",
    `jsonpath={.contexts[?(@.name=="${context}")].context.namespace}`,
  );
  return stdout || "default";
}
