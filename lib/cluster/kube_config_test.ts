import assert from "node:assert/strict";
import { ClusterError } from "../errors.ts";
import { readKubeConfig } from "./kube_config.ts";

const OPTIONS = { kubectl: ["kubectl"], context: null, kubeconfig: null, transport: "auto" } as const;

Deno.test("readKubeConfig() says so where no process is to be had", async () => {
  const { spawn } = Deno.Command.prototype;
  Deno.Command.prototype.spawn = () => {
    throw Object.assign(new Error("Too many open files (os error 24)"), { code: "EMFILE" });
  };
  try {
    await assert.rejects(
      readKubeConfig(OPTIONS),
      (error) =>
        error instanceof ClusterError && /^Cannot run kubectl as .*: Too many open/.test(error.message),
    );
  } finally {
    Deno.Command.prototype.spawn = spawn;
  }
});

for (
  const [what, printed] of [
    ["a wrapper's warning", `"W1127 a warning"; echo '{"clusters": []}'`],
    ["half of it", `'{"clusters": [{"cluster": {"server": "https://secret'`],
  ] as const
) {
  Deno.test(`readKubeConfig() says so where ${what} is printed, and does not show it`, async () => {
    const folder = await Deno.makeTempDir();
    const kubectl = `${folder}/kubectl`;
    await Deno.writeTextFile(kubectl, `#!/bin/sh\necho words >&2\necho ${printed}\n`, { mode: 0o755 });
    const answer = await readKubeConfig({ ...OPTIONS, kubectl: [kubectl] });
    assert.ok(answer instanceof ClusterError);
    assert.match(
      answer.message,
      /^Cannot find a cluster as \S+kubectl prints something else .*: words\nTry /,
    );
    assert.doesNotMatch(answer.message, /secret|W1127/);
    await Deno.remove(folder, { recursive: true });
  });
}
