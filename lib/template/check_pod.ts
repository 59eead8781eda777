// Whether the template is a Pod that qupods can run: kind, name, restartPolicy, containers, fields that belong to the server.

import { UsageError } from "../errors.ts";
import type { Tree } from "./compile.ts";

type TreeMap = Extract<Tree, { kind: "map" }>;

/** The value at a path of keys, if all of them are there. */
export function at(tree: Tree | undefined, ...keys: readonly string[]): Tree | undefined {
  let current = tree;
  for (const key of keys) {
    if (current?.kind !== "map") return undefined;
    current = current.entries.find(([name]) => name === key)?.[1];
  }
  return current;
}

/** A literal string, else null. */
export function literal(tree: Tree | undefined): string | null {
  return tree?.kind === "literal" && typeof tree.value === "string" ? tree.value : null;
}

const SERVER_FIELDS = [
  "uid",
  "resourceVersion",
  "ownerReferences",
  "finalizers",
  "deletionTimestamp",
  "selfLink",
];

/** @throws {UsageError} with every problem, each saying what to write instead */
export function checkPod(root: Tree, file: string): TreeMap {
  const problems: string[] = [];
  const say = (text: string, where?: Tree) =>
    problems.push(`${file}${where !== undefined && "line" in where ? `:${where.line}` : ""}: ${text}`);
  if (root.kind !== "map") {
    throw new UsageError(`Cannot use ${file} as it is not a Pod: expected apiVersion: v1, kind: Pod`);
  }
  const kind = literal(at(root, "kind"));
  if (kind !== "Pod") {
    const hint = kind === null
      ? "write kind: Pod"
      : at(root, "spec", "template") !== undefined || kind === "CronJob"
      ? `a ${kind} makes its pods itself; write kind: Pod with what stands under spec.template of it`
      : `write kind: Pod instead of ${kind}`;
    throw new UsageError(`Cannot use ${file} as its kind is ${kind ?? "missing"}: ${hint}`);
  }
  if (literal(at(root, "apiVersion")) !== "v1") say("apiVersion must be v1");
  const metadata = at(root, "metadata");
  if (at(metadata, "generateName") !== undefined) {
    say(
      "generateName would make a create that cannot be repeated safely; write metadata.name with {{.Index}} in it",
    );
  }
  const name = at(metadata, "name");
  if (name === undefined) {
    say("metadata.name is missing; write name: job-{{.Index}}, or name: job-{{.Item | slug}}", root);
  } else if (name.kind !== "hole") {
    say(
      `all pods would have the same name; write name: ${
        literal(name) ?? "job"
      }-{{.Index}}, or -{{.Item | slug}}`,
      root,
    );
  } else if (name.parts.some((part) => typeof part !== "string" && part.field === "Name")) {
    say(".Name is the name itself; it cannot stand in it", name);
  }
  for (const field of SERVER_FIELDS) {
    if (at(metadata, field) !== undefined) say(`metadata.${field} belongs to the server; remove it`);
  }
  if (at(root, "status") !== undefined) say("status belongs to the server; remove it");
  for (const group of ["labels", "annotations"]) {
    const map = at(metadata, group);
    if (map?.kind !== "map") continue;
    for (const [key] of map.entries) {
      if (/(^|\.)qupods\.dev\//.test(key)) {
        say(`metadata.${group}: ${key} is for qupods' own marks; remove it`, map);
      }
    }
  }
  if (at(metadata, "namespace")?.kind === "hole") {
    say("one run works in one namespace; write it out, or use -n");
  }
  const policy = literal(at(root, "spec", "restartPolicy"));
  if (at(root, "spec", "restartPolicy") !== undefined && policy !== "Never") {
    say(`restartPolicy: ${policy ?? "?"} would hide failures; write Never, and use --retries N`);
  }
  checkContainers(at(root, "spec"), say);
  if (problems.length > 0) {
    throw new UsageError(`Cannot use the template:\n${problems.map((line) => `  ${line}`).join("\n")}`);
  }
  return root;
}

function checkContainers(spec: Tree | undefined, say: (text: string, where?: Tree) => void): void {
  const containers = at(spec, "containers");
  if (containers?.kind !== "list" || containers.items.length === 0) {
    return say("spec.containers must list at least one container");
  }
  const init = at(spec, "initContainers");
  const all = [...containers.items, ...(init?.kind === "list" ? init.items : [])];
  const names = new Set<string>();
  for (const container of all) {
    const name = literal(at(container, "name"));
    if (name === null) {
      say("a container's name is missing or has a placeholder; write it out", container);
      continue;
    }
    if (names.has(name)) say(`two containers are named ${name}`, container);
    names.add(name);
    const env = at(container, "env");
    if (env?.kind !== "list") continue;
    for (const variable of env.items) {
      const own = literal(at(variable, "name"));
      if (own?.startsWith("QUPODS_")) {
        say(
          `variable ${own}: names that begin with QUPODS_ are set by qupods; rename it, or use --no-env`,
          variable,
        );
      }
    }
  }
}
