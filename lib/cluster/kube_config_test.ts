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
