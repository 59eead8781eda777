// Ctrl-C and its like: an orderly end that leaves the pods to the next call.

import assert from "node:assert/strict";
import { hasCluster } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { observe } from "./observe.ts";
import { light } from "./templates.ts";
import { until } from "./wait.ts";

Deno.test({
  name:
    "qupods leaves its pods on SIGINT, SIGTERM and SIGHUP, at once on a second one, and takes them up again",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    await folder.write("pod.yaml", light({ runSeconds: "{{.Item}}" }));
    const call = ["pod.yaml", ":::", "14", "15", "16"];
    for (
      const [signals, code] of [
        [["SIGINT"], 130],
        [["SIGTERM"], 143],
        [["SIGHUP"], 129],
        [["SIGINT", "SIGINT"], 130],
      ] as const
    ) {
      const run = folder.start(call);
      await run.says(/3 items → /);
      // a signal before the log directory is opened would end it, too, but that is another test
      await until(async () => (await folder.pods()).length === 3 && isLocked(folder.path));
      const asked = performance.now();
      for (const signal of signals) run.kill(signal);
      const end = await run.ended;
      const took = (performance.now() - asked) / 1000;
      assert.equal(end.code, code, end.stderr);
      assert.ok(took < 8, `${took} s after ${signals}`);
      if (signals.length === 1) {
        assert.match(end.stderr, /interrupted; 3 pods are left in the cluster.*\nto go on: qupods /);
        if (code === 130) await held("interrupted", { end, folder, item: "14" });
      }
      assert.equal((await folder.pods()).length, 3);
    }
    const end = await folder.qupods(call);
    assert.equal(end.code, 0, end.stderr);
    assert.deepEqual(folder.verdicts(), ["14.log", "15.log", "16.log"]);
    assert.deepEqual([...watch.uids.values()].map((uids) => uids.length), [1, 1, 1], "no pod was made twice");
  },
});

/** Whether a qupods is at work on the folder's logs. */
function isLocked(path: string): boolean {
  using file = Deno.openSync(`${path}/QUJOBS/.qupods/lock`, { write: true });
  const isFree = file.tryLockSync(true);
  return !isFree;
}
