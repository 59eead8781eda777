// The pods of all examples, judged by the API server of the cluster that KUBECONFIG names.

import assert from "node:assert/strict";
import { exampleCommands } from "../example_commands.ts";
import { context, hasCluster } from "./cluster.ts";

const top = new URL("../..", import.meta.url).pathname;

for (const words of await exampleCommands()) {
  const dry = words.filter((word) => word !== "--local" && !word.startsWith("--dry-run"));
  Deno.test({
    name: `the API server accepts qupods ${dry.join(" ")}`,
    ignore: !hasCluster,
    fn: async () => {
      const output = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "qupods.ts", "--context", context, "--dry-run=server", ...dry],
        cwd: top,
        stdin: "null",
      }).output();
      const text = new TextDecoder().decode(output.stdout);
      assert.equal(output.code, 0, text + new TextDecoder().decode(output.stderr));
      const judgements = text.split("---\n").slice(1).map((pod) => pod.split("\n")[0]);
      assert.ok(judgements.length > 0);
      assert.deepEqual(new Set(judgements), new Set(["# accepted"]));
    },
  });
}
