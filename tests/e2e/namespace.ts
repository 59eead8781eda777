// Namespaces of one test, with a service account of their own: for quotas, policies and missing rights.

import assert from "node:assert/strict";
import { admin, kubectl, kubectlTry } from "./cluster.ts";
import { until } from "./wait.ts";

/** A namespace of one test, with a service account that has the rights given there. */
export interface Namespace extends AsyncDisposable {
  readonly name: string;
  /** Flags that choose the service account. */
  readonly as: readonly string[];
  /** Applies a manifest as the admin. */
  apply(manifest: string): Promise<void>;
  /** The service account's tokens are good for nothing any more. */
  revoke(): Promise<void>;
  /** Writes another one into the kubeconfig, as a new login does. */
  renew(): Promise<void>;
}

const ALL_RIGHTS = `- {apiGroups: [""], resources: [pods], verbs: [create, get, list, watch, delete]}
- {apiGroups: [""], resources: [pods/log], verbs: [get]}`;

/** @param rules of the Role, by default what the README says that qupods needs */
export async function namespace(rules = ALL_RIGHTS, labels = ""): Promise<Namespace> {
  const name = `qupods-e2e-${crypto.randomUUID().slice(0, 8)}`;
  const apply = async (manifest: string) => {
    const child = new Deno.Command("kubectl", {
      args: ["--context", admin, "apply", "-f", "-"],
      stdin: "piped",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(manifest));
    await writer.close();
    const { success, stderr } = await child.output();
    assert.ok(success, new TextDecoder().decode(stderr));
  };
  const account = `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner, namespace: ${name}}`;
  await apply(`
apiVersion: v1
kind: Namespace
metadata: {name: ${name}, labels: {e2e: ${name}${labels && `, ${labels}`}}}
---
${account}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: runner, namespace: ${name}}
rules:
${rules}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: runner, namespace: ${name}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: runner}
subjects: [{kind: ServiceAccount, name: runner, namespace: ${name}}]
`);
  const config = JSON.parse(await kubectl("config", "view", "--minify", "--flatten", "--raw", "-o", "json"));
  const kubeconfig = await Deno.makeTempFile();
  const named = { cluster: "c", user: "u", namespace: name };
  config.clusters[0].name = "c";
  config.contexts = [{ name: "runner", context: named }];
  config["current-context"] = "runner";
  const logIn = async () => {
    const token = (await kubectl("create", "token", "runner", "-n", name)).trim();
    config.users = [{ name: "u", user: { token } }];
    await Deno.writeTextFile(kubeconfig, JSON.stringify(config));
  };
  await logIn();
  // pods are refused before the default account is there
  await until(async () => (await kubectlTry("get", "serviceaccount", "default", "-n", name)).code === 0);
  return {
    name,
    as: ["--kubeconfig", kubeconfig],
    apply,
    async revoke() {
      await kubectl("delete", "serviceaccount", "runner", "-n", name);
    },
    async renew() {
      await apply(account);
      await logIn();
    },
    async [Symbol.asyncDispose]() {
      await kubectl("delete", "namespace", name, "--wait=false");
      await Deno.remove(kubeconfig);
    },
  };
}
