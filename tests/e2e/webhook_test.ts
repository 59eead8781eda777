// Webhooks that deny with status codes that mean something else where the API server gives them itself.

import assert from "node:assert/strict";
import { hasCluster, kubectlTry } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { namespace } from "./namespace.ts";
import { light } from "./templates.ts";
import { until } from "./wait.ts";
import { webhook } from "./webhook.ts";

const CODES = [400, 401, 404, 409, 410, 422];

for (const transport of ["proxy", "raw", "direct"]) {
  Deno.test({
    name: `qupods takes a webhook's denial for one, whatever its status code, over --transport ${transport}`,
    ignore: !hasCluster,
    fn: async () => {
      await using space = await namespace();
      await using folder = await place(space.as);
      const reasons: Record<number, string> = { 401: "Unauthorized", 404: "NotFound", 409: "Conflict" };
      await using _hook = await webhook(space, ({ operation, name }) => {
        const code = Number(name.match(/deny-(\d+)$/)?.[1] ?? 0);
        if (operation !== "CREATE" || code === 0) return null;
        return { code, message: `no ${code}`, ...(code in reasons ? { reason: reasons[code] ?? "" } : {}) };
      });
      const test = ["run", "deny-403", "-n", space.name, "--image=none", "--dry-run=server"];
      await until(async () => (await kubectlTry(...test)).code !== 0);
      await folder.write("pod.yaml", light());
      const denied = CODES.map((code) => `deny-${code}`);
      const end = await folder.qupods(["--transport", transport, "pod.yaml", ":::", "a", ...denied, "b"]);
      await held("webhook-denied", { end, folder, item: "deny-409" });
      assert.deepEqual(
        folder.verdicts(),
        [...["a", "b"].map((item) => `${item}.log`), ...denied.map((item) => `${item}.err`)].sort(),
      );
      for (const code of CODES) {
        assert.match(
          folder.read(`QUJOBS/${folder.mark}-deny-${code}.err`),
          new RegExp(`^qupods: .*admission webhook "judge.qupods.dev" denied the request: no ${code}\\)?\n$`),
        );
      }
      assert.doesNotMatch(end.stderr, /login|put off|trying on/);
      assert.ok(end.seconds < 30, `${end.seconds} s`);
    },
  });
}

Deno.test({
  name: "qupods tries on, and says so, while a webhook denies that its pods are deleted",
  ignore: !hasCluster,
  fn: async () => {
    for (const code of [404, 409]) {
      await using space = await namespace();
      await using folder = await place(space.as);
      let isClosed = true;
      let denials = 0;
      await using _hook = await webhook(space, ({ operation, name }) => {
        if (operation !== "DELETE" || !isClosed || !name.startsWith(folder.mark)) return null;
        denials++;
        return { code, message: "not now" };
      });
      await folder.write("pod.yaml", light());
      const run = folder.start(["pod.yaml", ":::", "a", "b"]);
      await run.says(/cannot delete .*, trying on: .*denied the request: not now/);
      assert.equal((await folder.pods()).length, 2);
      isClosed = false;
      const end = await run.ended;
      assert.equal(end.code, 0, end.stderr);
      assert.ok(denials >= 5, `${denials}`);
      assert.deepEqual(await folder.pods(), []);
    }
  },
});
