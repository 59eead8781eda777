// Parts of the cluster die in mid-run. Only on a cluster that is ours to break (QUPODS_CLUSTER names its folder).

import assert from "node:assert/strict";
import { faults, hasHollow, kubectlTry, part } from "./cluster.ts";
import { type Place, place } from "./harness.ts";
import { held } from "./held.ts";
import { observe } from "./observe.ts";
import { light, scriptPod } from "./templates.ts";
import { isThere, until } from "./wait.ts";

for (const how of ["kill", "freeze"] as const) {
  Deno.test({
    name: `qupods waits while the API server is gone (${how}), says so, and loses and doubles nothing`,
    ignore: faults === null,
    fn: async () => {
      await using folder = await place();
      const count = 60;
      await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 1 }));
      const before = await observe(folder.mark);
      const run = folder.start(["-b", `{1..${count}}`, "--request-timeout", "5s", "pod.yaml"]);
      await until(() => before.uids.size >= count / 3);
      await before[Symbol.asyncDispose]();
      await part(how, "apiserver");
      try {
        await new Promise((resolve) => setTimeout(resolve, 6000));
      } finally {
        await part(how === "kill" ? "start" : "thaw", "apiserver");
      }
      await wakeHollow(folder.mark);
      const end = await run.ended;
      assert.equal(end.code, 0, end.stderr);
      if (how === "kill") {
        await held("api-gone", { end, folder, item: "0" });
        assert.match(end.stderr, /API server answers again/);
      }
      await assertAllOnce(folder, count);
    },
  });
}

Deno.test({
  name: "qupods waits while etcd is stopped for 30 s, and loses and doubles nothing",
  ignore: faults === null,
  fn: async () => {
    await using folder = await place();
    const count = 60;
    await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 1 }));
    const call = ["-b", `{1..${count}}`, "--request-timeout", "5s", "--rate", "4", "pod.yaml"];
    const run = folder.start(call);
    await until(() => isThere(`${folder.path}/QUJOBS`) && folder.verdicts().length >= count / 4);
    await part("kill", "etcd");
    try {
      await new Promise((resolve) => setTimeout(resolve, 30_000));
    } finally {
      await part("start", "etcd");
    }
    await wakeHollow(folder.mark);
    const end = await run.ended;
    await held("etcd-gone", { end, folder, item: "0" });
    await assertAllOnce(folder, count);
  },
});

Deno.test({
  name: "qupods has every line of a log once although containerd was restarted while it was followed",
  ignore: faults === null,
  fn: async () => {
    await using folder = await place();
    const lines = 200;
    const script = `i=0; while [ $i -lt ${lines} ]; do i=$((i+1)); echo line $i; usleep 100000; done`;
    await folder.write("pod.yaml", scriptPod(script));
    const run = folder.start(["-v", "pod.yaml", ":::", "a", "b"]);
    await run.says(/-a runs on .*-b runs on|-b runs on .*-a runs on/s);
    await part("kill", "containerd");
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await part("start", "containerd");
    const end = await run.ended;
    await held("containerd", { end, folder, item: "a" });
    const whole = Array.from({ length: lines }, (_, index) => `line ${index + 1}\n`).join("");
    for (const name of ["a", "b"]) assert.equal(folder.read(`QUJOBS/MARK-${name}.log`), whole);
    const journal = folder.read("QUJOBS/.qupods/journal.jsonl");
    assert.doesNotMatch(journal, /"(unproven|incomplete)"/);
    assert.deepEqual(await folder.pods(), []);
  },
});

/**
 * Has the hollow nodes look at their pods anew, once the cluster takes writes again: kwok gives a pod up whose status it
 * could not write as etcd went ("failed to apply stage"), so that it would stay bound and never start.
 */
async function wakeHollow(mark: string): Promise<void> {
  if (!hasHollow) return;
  const annotate = ["annotate", "pods", "-A", "-l", `e2e=${mark}`, "--overwrite", "e2e/woken=yes"];
  await until(async () => (await kubectlTry(...annotate)).code === 0);
}

/** All items have succeeded in their first attempt, their logs are whole, no pod is left. */
async function assertAllOnce(folder: Place, count: number): Promise<void> {
  assert.equal(folder.verdicts().filter((name) => name.endsWith(".log")).length, count);
  for (const name of folder.verdicts()) {
    assert.equal(folder.read(`QUJOBS/MARK-${name}`).split("\n").length, 21, name);
  }
  const again = [...Deno.readDirSync(`${folder.path}/QUJOBS`)].filter(({ name }) => name.endsWith(".d"));
  assert.deepEqual(again, [], "items that were run twice");
  assert.deepEqual(await folder.pods(), []);
}
