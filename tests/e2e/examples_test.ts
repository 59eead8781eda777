// The pods of all examples, judged by the API server of the cluster that KUBECONFIG names.

import assert from "node:assert/strict";
import { exampleCommands } from "../example_commands.ts";

const context = Deno.env.get("QUPODS_CONTEXT") ?? "plain";
const top = new URL("../..", import.meta.url).pathname;

for (const words of await exampleCommands()) {
  const dry = words.filter((word) => word !== "--local" && !word.startsWith("--dry-run"));
  Deno.test({
    name: `the API server accepts qupods ${dry.join(" ")}`,
    ignore: !Deno.env.has("KUBECONFIG"),
    fn: async () => {
      const output = await new Deno.Command(Deno.execPath(), {
        args: ["run", "-A", "qupods.ts", "--context", context, "--dry-run=server", "-o", "name", ...dry],
        cwd: top,
        stdin: "null",
      }).output();
      const text = new TextDecoder().decode(output.stdout);
      assert.equal(output.code, 0, text + new TextDecoder().decode(output.stderr));
      assert.match(text, /^(pod\/\S+ accepted\n)+$/);
    },
  });
}
