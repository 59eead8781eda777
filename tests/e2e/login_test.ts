// Logins that end while qupods runs.

import assert from "node:assert/strict";
import { hasCluster } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { namespace } from "./namespace.ts";
import { light } from "./templates.ts";

for (const transport of ["proxy", "direct", "raw"]) {
  Deno.test({
    name:
      `qupods --transport ${transport} waits while its login is refused, says so once, and goes on with another one`,
    ignore: !hasCluster,
    fn: async () => {
      await using space = await namespace();
      await using folder = await place(space.as);
      await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 6 }));
      const run = folder.start(["-v", "-P", "2", "-b", "{1..6}", "--transport", transport, "pod.yaml"]);
      await run.says(/-0 runs on /);
      await space.revoke();
      await run.says(/refuses the login/);
      await space.renew();
      const end = await run.ended;
      await held("login-refused", { end, folder, item: "0" });
      // the line of every 30 s says why nothing starts, as long as it is so
      const said = end.stderr.split("\n").filter((line) => !/^qupods: \d+\/\d+ done/.test(line)).join("\n");
      const count = (words: RegExp) => said.match(words)?.length ?? 0;
      const told = [count(/refuses the login/g), count(/accepts the login again/g)];
      assert.deepEqual([...told, count(/Unauthorized/g)], [1, 1, 1], end.stderr);
      assert.equal(folder.verdicts().filter((name) => name.endsWith(".log")).length, 6);
      assert.doesNotMatch(folder.read("QUJOBS/.qupods/journal.jsonl"), /"(unproven|incomplete|infra)"/);
      assert.deepEqual(await folder.pods(), []);
    },
  });
}
