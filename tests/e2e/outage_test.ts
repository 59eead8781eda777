// Parts of the cluster die in mid-run. Only on a cluster that is ours to break (QUPODS_CLUSTER names its folder).

import assert from "node:assert/strict";
import { faults } from "./cluster.ts";
import { place } from "./harness.ts";
import { observe } from "./observe.ts";
import { light } from "./templates.ts";
import { until } from "./wait.ts";

async function part(verb: string, name: string): Promise<void> {
  const { success } = await new Deno.Command(`${faults}/part`, { args: [verb, name] }).output();
  assert.ok(success, `part ${verb} ${name}`);
}

for (const how of ["kill", "freeze"]) {
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
      const end = await run.ended;
      assert.equal(end.code, 0, end.stderr);
      if (how === "kill") {
        assert.match(end.stderr, /API server does not answer: .*waiting for it/);
        assert.match(end.stderr, /API server answers again/);
      }
      assert.equal(folder.verdicts().filter((name) => name.endsWith(".log")).length, count);
      for (const name of folder.verdicts()) {
        assert.equal(folder.read(`QUJOBS/MARK-${name}`).split("\n").length, 21, name);
      }
      const again = [...Deno.readDirSync(`${folder.path}/QUJOBS`)].filter(({ name }) => name.endsWith(".d"));
      assert.deepEqual(again, [], "items that were run twice");
      assert.deepEqual(await folder.pods(), []);
    },
  });
}
