// What a kubelet makes of a container's env, command and args: `$(NAME)`, `$$`, and values taken from the pod's own fields.
// Pure; the rules are those of Kubernetes' third_party/forked/golang/expansion.

import { type HostEnv, isBorrowed } from "./machine.ts";
import type { ContainerSpec, EnvVar, PodObject } from "../pod_object.ts";

/** Replaces `$(NAME)` by what is known; an unknown one stays as it is, and `$$` becomes `$`. */
export function expand(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]*)\))/g, (whole, mark: string, name?: string) => {
    if (mark === "$") return "$";
    return known.get(name ?? "") ?? whole;
  });
}

/**
 * The container's own variables, each expanded with those before it. Those from Secrets and the like have the value that
 * `hostEnv` gives them; without one they are not set.
 *
 * @throws {Error} for a field of the pod that is not known here
 */
export function containerEnv(
  pod: PodObject,
  container: ContainerSpec,
  hostEnv: HostEnv,
): Map<string, string> {
  const env = new Map<string, string>();
  for (const variable of container.env ?? []) {
    const value = isBorrowed(variable) ? hostEnv(variable.name) : valueOf(pod, variable, env);
    if (value !== undefined) env.set(variable.name, value);
  }
  return env;
}

function valueOf(pod: PodObject, variable: EnvVar, env: ReadonlyMap<string, string>): string {
  const path = variable.valueFrom?.fieldRef?.fieldPath;
  if (path === undefined) return expand(variable.value ?? "", env);
  const value = fieldOf(pod, path);
  if (value === null) throw new Error(`env ${variable.name}: --local has no field ${path}; write value:`);
  return value;
}

function fieldOf(pod: PodObject, path: string): string | null {
  const { metadata, spec } = pod;
  const key = /^metadata\.(labels|annotations)\['(.+)'\]$/.exec(path);
  if (key) return (key[1] === "labels" ? metadata.labels : metadata.annotations)?.[key[2] ?? ""] ?? "";
  switch (path) {
    case "metadata.name":
      return metadata.name;
    case "metadata.namespace":
      return metadata.namespace;
    case "metadata.uid":
      return metadata.uid;
    case "spec.nodeName":
      return spec.nodeName ?? "";
    case "spec.serviceAccountName":
      return typeof spec.serviceAccountName === "string" ? spec.serviceAccountName : "default";
    case "status.podIP":
    case "status.podIPs":
    case "status.hostIP":
    case "status.hostIPs":
      return "127.0.0.1";
    default:
      return null;
  }
}
