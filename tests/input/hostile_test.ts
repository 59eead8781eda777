// Hostile items through a whole run on this machine; tests/e2e/hostile_test.ts has the same on a cluster.

import assert from "node:assert/strict";
import { makeFolder } from "./command.ts";
import { HOSTILE, hostileLog, hostilePod } from "./hostile.ts";

Deno.test("a run hands every item to its processes byte for byte", async () => {
  await using folder = await makeFolder();
  await folder.write("pod.yaml", hostilePod("item"));
  const { code, stdout, stderr } = await folder.run(
    ["--local", "-P", "4", "-0", "-i", "-", "pod.yaml"],
    HOSTILE.map((item) => `${item}\0`).join(""),
  );
  assert.deepEqual([code, stdout], [0, ""], stderr);
  for (const [at, item] of HOSTILE.entries()) {
    assert.deepEqual(await folder.read(`QUJOBS/item-${at}.log`), hostileLog(item), item.slice(0, 80));
  }
});
