import assert from "node:assert/strict";
import type { ClusterOptions } from "../cli/options.ts";
import { UsageError } from "../errors.ts";
import { recordVia, takeKubeconfigVariable, takeVia } from "./via.ts";

const OPTIONS: ClusterOptions = {
  kubectl: ["kubectl"],
  context: null,
  kubeconfig: null,
  namespace: null,
  transport: "auto",
  requestTimeoutSeconds: 60,
  isLocal: false,
};

Deno.test("recordVia() names the context that was current, and paths that hold in any folder", () => {
  const via = recordVia({ ...OPTIONS, kubeconfig: "k.yaml", kubectl: ["./kubectl"] }, "dev");
  assert.equal(via.context, "dev");
  assert.equal(via.kubeconfig, `${Deno.cwd()}/k.yaml`);
  assert.deepEqual(via.kubectl, [`${Deno.cwd()}/kubectl`]);
  const below = recordVia({ ...OPTIONS, kubectl: ["tools/kubectl"] }, "dev");
  assert.deepEqual(below.kubectl, [`${Deno.cwd()}/tools/kubectl`]);
  const remote = recordVia({ ...OPTIONS, kubeconfig: "k.yaml", kubectl: ["ssh", "host", "kubectl"] }, "");
  assert.equal(remote.kubeconfig, "k.yaml", "on the other machine");
  assert.equal(remote.context, null, "inside a cluster there is none");
});

Deno.test("takeVia() believes a command or kubeconfig only in a file that is ours alone", async () => {
  const path = await Deno.makeTempFile();
  const via = { ...recordVia(OPTIONS, "dev"), kubeconfigVariable: null };
  const wrapped = { ...via, kubectl: ["ssh", "host", "kubectl"] };
  await Deno.chmod(path, 0o600);
  assert.deepEqual((await takeVia(OPTIONS, wrapped, path)).kubectl, wrapped.kubectl);
  assert.equal((await takeVia({ ...OPTIONS, transport: "raw" }, wrapped, path)).transport, "raw");
  await Deno.chmod(path, 0o622);
  assert.equal((await takeVia(OPTIONS, via, path)).context, "dev", "a mere name runs nothing");
  for (const odd of [wrapped, { ...via, kubeconfig: "/k" }, { ...via, kubeconfigVariable: "/k" }]) {
    await assert.rejects(takeVia(OPTIONS, odd, path), UsageError);
  }
  await Deno.remove(path);
});

Deno.test("takeKubeconfigVariable() gives the run's KUBECONFIG back, also where it had none", () => {
  const before = Deno.env.get("KUBECONFIG");
  try {
    Deno.env.delete("KUBECONFIG");
    const plain = recordVia(OPTIONS, "dev");
    Deno.env.set("KUBECONFIG", "/a:/b");
    const listed = recordVia(OPTIONS, "dev");
    takeKubeconfigVariable(plain);
    assert.equal(Deno.env.get("KUBECONFIG"), undefined);
    takeKubeconfigVariable(listed);
    assert.equal(Deno.env.get("KUBECONFIG"), "/a:/b");
  } finally {
    if (before === undefined) Deno.env.delete("KUBECONFIG");
    else Deno.env.set("KUBECONFIG", before);
  }
});
