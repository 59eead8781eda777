// Hostile items on the cluster that KUBECONFIG names: through kubectl, API server, kubelet and container runtime and back.

import assert from "node:assert/strict";
import { makeFolder, runDeno } from "../input/command.ts";
import { HOSTILE, hostileLog, hostilePod } from "../input/hostile.ts";

const context = Deno.env.get("QUPODS_CONTEXT") ?? "plain";
const kubeconfig = Deno.env.get("KUBECONFIG") ?? "";
const program = new URL("../../qupods.ts", import.meta.url).pathname;

Deno.test({
  name: "a cluster hands every item to its containers byte for byte, and judges --dry-run's YAML the same",
  ignore: kubeconfig === "",
  async fn() {
    await using folder = await makeFolder();
    const name = `hostile-${crypto.randomUUID().slice(0, 6)}`;
    await folder.write("pod.yaml", hostilePod(name));
    const stdin = HOSTILE.map((item) => `${item}\0`).join("");
    const qupods = (...more: string[]) =>
      runDeno(
        ["run", "-A", program, "--context", context, "-0", "-i", "-", "pod.yaml", ...more],
        folder.path,
        stdin,
        {
          KUBECONFIG: kubeconfig,
        },
      );
    const judged = await qupods("--dry-run=server", "-o", "name");
    assert.equal(judged.code, 0, judged.stderr);
    const yaml = await qupods("--dry-run", "-n", "lab");
    const json = await qupods("--dry-run", "-n", "lab", "-o", "json");
    const read = await new Deno.Command("sh", {
      args: ["-c", `kubectl --context "$0" create --dry-run=client -o json -f all.yaml`, context],
      cwd: await folder.write("all.yaml", yaml.stdout).then(() => folder.path),
      env: { KUBECONFIG: kubeconfig },
    }).output();
    assert.equal(read.code, 0, new TextDecoder().decode(read.stderr));
    assert.deepEqual(
      new TextDecoder().decode(read.stdout).trimEnd().split(/(?<=^\})\n/m).map((object) =>
        JSON.parse(object)
      ),
      json.stdout.trimEnd().split("\n").map((line) => JSON.parse(line)),
    );
    const { code, stderr } = await qupods("--max-pending", "10");
    assert.equal(code, 0, stderr);
    for (const [at, item] of HOSTILE.entries()) {
      assert.deepEqual(await folder.read(`QUJOBS/${name}-${at}.log`), hostileLog(item), item.slice(0, 80));
    }
  },
});
