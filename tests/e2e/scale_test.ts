// Thousands of items on hollow nodes, killed in the middle: the same end state as if nothing had happened.

import assert from "node:assert/strict";
import { hasHollow } from "./cluster.ts";
import { place } from "./harness.ts";
import { observe } from "./observe.ts";
import { light } from "./templates.ts";
import { until } from "./wait.ts";

/** 5,000 take three minutes on two cores that also run the cluster. */
const COUNT = Number(Deno.env.get("QUPODS_E2E_ITEMS") ?? "1000");

Deno.test({
  name: `qupods runs ${COUNT} items over a kill -9: every log right, none doubled, the cap kept, no pod left`,
  ignore: !hasHollow,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    await folder.write("pod.yaml", light());
    const items = Array.from({ length: COUNT }, (_, index) => String(index).padStart(6, "0"));
    await folder.write("shardlist", items.join("\n") + "\n");
    const call = ["-i", "shardlist", "--max-pending", "16", "pod.yaml"];
    const first = folder.start(call);
    await until(() => watch.uids.size >= COUNT / 2, 400);
    first.kill("SIGKILL");
    await first.ended;
    const again = await folder.qupods(call);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(folder.verdicts(), items.map((item) => `${item}.log`));
    const expected = Array.from({ length: 20 }, (_, index) => `line ${index + 1} of a hollow pod\n`).join("");
    for (const item of items) assert.equal(folder.read(`QUJOBS/MARK-${item}.log`), expected, item);
    assert.deepEqual(await folder.pods(), []);
    assert.deepEqual([...Deno.readDirSync(`${folder.path}/QUJOBS/.qupods/tmp`)], []);
    await until(() => watch.uids.size === COUNT);
    const doubled = [...watch.uids].filter(([, uids]) => uids.length > 1);
    assert.deepEqual(doubled, [], "pods that were made twice");
    assert.ok(watch.peakPending <= 16, `${watch.peakPending} pods were unbound at once`);
    assert.ok(watch.peakPending >= 2, `the watch saw only ${watch.peakPending} unbound at once`);
  },
});
