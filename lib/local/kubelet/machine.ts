// What a pod asks for that this machine can or cannot give. A pod is judged before it runs, and the first one before anything does:
// a Secret that is not there must not make people wait as long as a cluster lets them.

import type { ContainerSpec, EnvVar, PodObject } from "../pod_object.ts";

/** Looks up a variable of the shell that started this program. */
export type HostEnv = (name: string) => string | undefined;

type Spec = Pick<PodObject["spec"], "containers" | "initContainers">;

/** A variable that a cluster takes from elsewhere than the pod. */
export interface Borrowed {
  readonly name: string;
  /** `Secret db`, `ConfigMap settings`, `resourceFieldRef limits.cpu` */
  readonly source: string;
  readonly isOptional: boolean;
}

/** All containers of a pod, in the order in which they start. */
export function containersOf(spec: Spec): readonly ContainerSpec[] {
  return [...spec.initContainers ?? [], ...spec.containers];
}

/** Why containers of a pod cannot run here, one line each; each ends with what to do. */
export function machineProblems(spec: Spec, hostEnv: HostEnv): { container: string; problem: string }[] {
  return containersOf(spec).flatMap((container) =>
    containerProblems(container, hostEnv).map((problem) => ({ container: container.name, problem }))
  );
}

function containerProblems(container: ContainerSpec, hostEnv: HostEnv): string[] {
  const problems: string[] = [];
  if ((container.command ?? []).length === 0) {
    problems.push(`image ${container.image} has no command here: --local runs no images; write command:`);
  }
  for (const { mountPath } of container.volumeMounts ?? []) {
    const state = stateOf(mountPath);
    if (state === "") continue;
    problems.push(`mountPath ${mountPath} cannot be used (${state}): --local mounts nothing; make it here`);
  }
  for (const { name, source, isOptional } of borrowed(container)) {
    if (isOptional || hostEnv(name) !== undefined) continue;
    problems.push(
      `env ${name} comes from ${source}: --local has none; export ${name} in this shell, or write value:`,
    );
  }
  for (const entry of container.envFrom ?? []) {
    const [source, isOptional] = sourceOf(entry);
    if (isOptional) continue;
    problems.push(`envFrom takes ${source}: --local has none; write env:, or set optional: true`);
  }
  return problems;
}

/** The variables of a container that are taken from the shell's environment. */
export function borrowed(container: ContainerSpec): Borrowed[] {
  return (container.env ?? []).flatMap((variable) => isBorrowed(variable) ? [toBorrowed(variable)] : []);
}

/** Whether a variable has its value from neither the template nor the pod's own fields. */
export function isBorrowed({ valueFrom }: EnvVar): boolean {
  return valueFrom !== undefined && valueFrom !== null && valueFrom.fieldRef === undefined;
}

function toBorrowed({ name, valueFrom }: EnvVar): Borrowed {
  const [source, isOptional] = sourceOf(valueFrom);
  return { name, source, isOptional };
}

/** `{secretKeyRef: {name: db, key: password}}` → `Secret db`. */
function sourceOf(reference: unknown): [source: string, isOptional: boolean] {
  const [kind = "nothing", value] = Object.entries(reference ?? {})
    .find(([, entry]) => typeof entry === "object" && entry !== null) ?? [];
  const word = /^secret/.test(kind) ? "Secret" : /^configMap/.test(kind) ? "ConfigMap" : kind;
  const fields: { readonly name?: unknown; readonly resource?: unknown; readonly optional?: unknown } =
    value ??
      {};
  return [`${word} ${fields.name ?? fields.resource ?? ""}`.trim(), fields.optional === true];
}

function stateOf(path: string): string {
  try {
    Deno.statSync(path);
    return "";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "it does not exist";
    return error instanceof Error ? error.message : String(error);
  }
}
