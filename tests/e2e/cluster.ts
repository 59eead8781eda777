// The cluster that KUBECONFIG names, and kubectl. Hollow nodes and faults are used where there are any.

import assert from "node:assert/strict";
import { dirname } from "node:path";
import { isThere } from "./wait.ts";

const KUBELET_MILLISECONDS = 60_000;
const STARTING_MILLISECONDS = 2_000;

export const hasCluster = Deno.env.has("KUBECONFIG");
// the gate looks for this line: a run without a cluster proves nothing
if (!hasCluster) {
  await Deno.stdout.write(new TextEncoder().encode("e2e: skipped, KUBECONFIG names no cluster\n"));
}

const contexts = hasCluster
  ? (await output("kubectl", "config", "get-contexts", "-o", "name")).split("\n")
  : [];
const current = hasCluster ? (await output("kubectl", "config", "view", "--minify", "-o", "json")) : "{}";
const currentContext: string = JSON.parse(current)["current-context"] ?? "";
/** The ordinary user that most tests are. */
export const context = Deno.env.get("QUPODS_CONTEXT") ??
  (contexts.includes("plain") ? "plain" : currentContext);
/** One who may make namespaces, roles and quotas. */
export const admin = contexts.includes("admin") ? "admin" : currentContext;
/** The folder whose `part` breaks parts of the cluster; null on a cluster that is not ours to break. */
export const faults = hasCluster ? Deno.env.get("QUPODS_CLUSTER") ?? null : null;
export const hasHollow = hasCluster &&
  (await kubectlTry("get", "nodes", "-l", "qupods.dev/node=hollow", "-o", "name")).stdout !== "";

/** kubectl as the admin; throws where it fails. */
export function kubectl(...args: string[]): Promise<string> {
  return output("kubectl", "--context", admin, ...args);
}

/** kubectl as the admin, however it ends. */
export async function kubectlTry(
  ...args: string[]
): Promise<{ code: number; stdout: string; stderr: string }> {
  const end = await new Deno.Command("kubectl", { args: ["--context", admin, ...args], stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code: end.code, stdout: text(end.stdout), stderr: text(end.stderr) };
}

/** What a program writes to standard output; throws where it fails. */
export async function output(program: string, ...args: string[]): Promise<string> {
  const end = await new Deno.Command(program, { args, stdin: "null" }).output();
  assert.ok(end.success, `${program} ${args.join(" ")}: ${new TextDecoder().decode(end.stderr)}`);
  return new TextDecoder().decode(end.stdout).trim();
}

/** Ends, starts, freezes or thaws one part of a cluster that is ours to break. */
export async function part(verb: "kill" | "start" | "freeze" | "thaw", name: string): Promise<void> {
  await output(`${faults}/part`, verb, name);
  if (verb === "start" && name === "kubelet") await stayKubelet();
}

/** Where somebody else has all inotify instances of the machine, a kubelet ends as soon as it was started: tries on. */
async function stayKubelet(): Promise<void> {
  const end = performance.now() + KUBELET_MILLISECONDS;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, STARTING_MILLISECONDS));
    if (isThere(`/proc/${await output(`${faults}/part`, "pid", "kubelet")}`)) return;
    assert.ok(performance.now() < end, "the kubelet ends as soon as it was started; its log says why");
    await output(`${faults}/part`, "start", "kubelet");
  }
}

/** Restarts the kubelet of the real node with another configuration, until it is disposed of. */
export async function kubeletWith(change: (config: string) => string): Promise<AsyncDisposable> {
  const path = `${dirname(Deno.env.get("KUBECONFIG") ?? "")}/kubelet.yaml`;
  const before = await Deno.readTextFile(path);
  const restart = async (config: string) => {
    await part("kill", "kubelet");
    await Deno.writeTextFile(path, config);
    await part("start", "kubelet");
  };
  const after = change(before);
  assert.notEqual(after, before, `nothing to change in ${path}`);
  await restart(after);
  return { [Symbol.asyncDispose]: () => restart(before) };
}
