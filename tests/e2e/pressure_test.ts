// A node that runs short of memory: it evicts pods, and takes no new ones until it has recovered.

import assert from "node:assert/strict";
import { faults, kubeletWith } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { scriptPod } from "./templates.ts";

/** More than any machine has to spare: the node counts as short of memory for as long as that holds. */
const SHORT = (config: string) => config.replace(/memory\.available: "[^"]*"/, 'memory.available: "99%"');

Deno.test({
  name: "qupods runs a pod again that its node evicted for want of memory, once the node takes pods again",
  ignore: faults === null,
  fn: async () => {
    await using folder = await place();
    // it uses more than it has requested, and so is the first to go; what requests nothing would not survive the restart
    const requests = "    resources: {requests: {memory: 64Ki}}\n";
    const script = 'echo "try $QUPODS_ATTEMPT"; [ "$QUPODS_ATTEMPT" != 1 ] || sleep 300';
    await folder.write("pod.yaml", scriptPod(script, requests));
    const run = folder.start(["--backoff", "1s", "-v", "pod.yaml", ":::", "evicted"]);
    await run.says(/-evicted runs on/);
    {
      await using _short = await kubeletWith(SHORT);
      await run.says(/-evicted failed .*: The node was low on resource: memory/, 120);
      await run.says(/no node takes the pods yet, unschedulable: .*taint/);
    }
    const end = await run.ended;
    const hasText = /[1-9]\d* logs? (incomplete|unproven)/.test(end.stderr);
    assert.ok(!hasText, "what an attempt that is tried again could not say is no verdict's");
    await held("memory-pressure", { end, folder, item: "evicted" });
    assert.equal(folder.read("QUJOBS/MARK-evicted.log"), "try 2\n");
    assert.equal(folder.read("QUJOBS/MARK-evicted.d/1/main.log"), "try 1\n");
    assert.deepEqual(await folder.pods(), []);
  },
});
