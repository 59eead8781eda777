// The narrowest sets of Deno's permissions, on a cluster.

import assert from "node:assert/strict";
import { permitted, type } from "../permissions.ts";
import { context, hasCluster, kubectl } from "./cluster.ts";
import { place } from "./harness.ts";
import { scriptPod } from "./templates.ts";

Deno.test({
  name: "docs/permissions.md: both ways to a cluster work with what it lists, and leave no socket behind",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await folder.write("process.yaml", scriptPod('echo "$QUPODS_ITEM"; sleep 2; exit "$QUPODS_ITEM"'));
    await folder.write("shardlist", "0\n3\n");
    const view = JSON.parse(await kubectl("config", "view", "--minify", "-o", "json"));
    const { server, "certificate-authority": authority } = view.clusters[0].cluster;
    for (const word of ["sockets", "--transport direct"]) {
      const lines = permitted(word).replace("SERVER", new URL(server).host)
        .replace("--allow-read=.", `--allow-read=.${authority ? `,${authority}` : ""}`)
        .replace(" -i ", ` --context ${context} -i `);
      const end = await type(`rm -rf QUJOBS\n${lines}`, folder.path);
      assert.equal(end.code, 1, end.stderr);
      assert.deepEqual(folder.verdicts(), ["0.log", "3.err"]);
      assert.deepEqual(await folder.pods(), []);
    }
    assert.deepEqual([...Deno.readDirSync(`${folder.path}/sockets`)], []);
  },
});
