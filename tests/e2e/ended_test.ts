// Pods that are ended against their will: deaf to SIGTERM, beyond their own limits.

import assert from "node:assert/strict";
import { hasCluster, kubectl } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { scriptPod } from "./templates.ts";
import { until } from "./wait.ts";

Deno.test({
  name:
    "qupods has the last words of pods that do not heed SIGTERM: past their deadline, deleted, under --halt now",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using halted = await place();
    const deaf = scriptPod(`
[ "$QUPODS_ATTEMPT" = 1 ] || { echo again; exit 0; }
[ "$QUPODS_ITEM" != fails ] || { sleep 3; exit 3; }
trap 'echo deaf' TERM
echo up
while :; do sleep 0.2; done`).replace("GracePeriodSeconds: 1", "GracePeriodSeconds: 4");
    await folder.write("pod.yaml", deaf);
    await folder.write("late.yaml", deaf.replace("spec:\n", "spec:\n  activeDeadlineSeconds: 3\n"));
    await halted.write("pod.yaml", deaf);
    const late = folder.qupods(["--logdir", "LATE", "late.yaml", ":::", "late"]);
    const halt = halted.qupods(["--halt", "now,fail=1", "pod.yaml", ":::", "fails", "other"]);
    const run = folder.start(["--backoff", "1s", "-v", "pod.yaml", ":::", "deleted"]);
    await run.says(/-deleted runs on/);
    await until(() =>
      kubectl("get", "pods", "-A", "-l", `e2e=${folder.mark}`).then((text) => /-deleted .*Running/.test(text))
    );
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await kubectl(
      "delete",
      "pods",
      "-A",
      "-l",
      `e2e=${folder.mark}`,
      "--field-selector",
      `metadata.name=${folder.mark}-deleted`,
      "--wait=false",
    );
    const [deleted, lateEnd, haltEnd] = await Promise.all([run.ended, late, halt]);
    assert.equal(deleted.code, 0, deleted.stderr);
    assert.match(deleted.stderr, /deleted by somebody while running \(.*exit code 137\)/);
    assert.equal(folder.read("QUJOBS/MARK-deleted.log"), "again\n");
    assert.equal(folder.read("QUJOBS/MARK-deleted.d/1/main.log"), "up\ndeaf\n");
    await held("deadline", { end: lateEnd, folder, item: "late", logdir: "LATE" });
    assert.equal(folder.read("LATE/MARK-late.err"), "up\ndeaf\n");
    assert.equal(haltEnd.code, 3, haltEnd.stderr);
    assert.match(haltEnd.stderr, /other.*stopped in the middle|stopped in the middle.*other/);
    assert.deepEqual(halted.verdicts(), ["fails.err"]);
    assert.match(halted.read("QUJOBS/MARK-other.d/1/main.log"), /^up\n/);
    await until(async () => (await halted.pods()).length === 0);
    assert.deepEqual(await folder.pods(), []);
  },
});

Deno.test({
  name:
    "qupods takes a pod that oversteps its own storage limit for a failure of its own, and runs it again by --retries",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    const limits = "    resources: {limits: {ephemeral-storage: 4Mi}}\n";
    const script = 'echo "try $QUPODS_ATTEMPT"; dd if=/dev/zero of=/big bs=1M count=8 2>&-; sleep 100';
    await folder.write("pod.yaml", scriptPod(script, limits));
    const end = await folder.qupods([
      "--retries",
      "1",
      "--infra-retries",
      "0",
      "--backoff",
      "1s",
      "pod.yaml",
      ":::",
      "big",
    ]);
    // the kubelet may have taken the log away with the container: what was followed is all that there is then, and told
    const isTaken = /1 log incomplete/.test(end.stderr);
    assert.equal(end.code, isTaken ? 3 : 1, end.stderr);
    await held("storage-limit", { end, folder, item: "big", isOneOfMany: isTaken });
    assert.equal(folder.read("QUJOBS/MARK-big.d/1/main.log"), "try 1\n");
    assert.equal(folder.read("QUJOBS/MARK-big.err"), "try 2\n");
  },
});
