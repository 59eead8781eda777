// Whether the template is a Pod that can be run once per item: its kind, its name, what belongs to the server, and its
// containers. Each fault says what to write instead.

import { isNamespaceName, shown } from "./names.ts";
import { expressionsOf, type Faults, fixedText, type MapNode, member, type Node } from "./node.ts";
import { asArgs, asScript } from "./word_list.ts";

const SERVER_FIELDS = [
  "uid",
  "resourceVersion",
  "ownerReferences",
  "finalizers",
  "deletionTimestamp",
  "deletionGracePeriodSeconds",
  "managedFields",
  "generation",
  "selfLink",
  "creationTimestamp",
];

/** Reports everything that is wrong with the pod; null where it is no Pod at all. */
export function checkPod(root: Node, faults: Faults): MapNode | null {
  if (root.kind !== "map") {
    faults.add(root.at, "this is no map; write a Pod: apiVersion: v1, kind: Pod, metadata, spec");
    return null;
  }
  const kind = member(root, "kind");
  const kindText = fixedText(kind);
  if (kindText !== "Pod") {
    faults.add(kind?.at ?? root.at, kindFault(kindText));
    return null;
  }
  const version = member(root, "apiVersion");
  if (fixedText(version) !== "v1") {
    faults.add(version?.at ?? root.at, "a Pod's version is v1; write apiVersion: v1");
  }
  if (member(root, "status") !== undefined) {
    faults.add(member(root, "status")?.at ?? 0, "status belongs to the server; remove it");
  }
  checkMetadata(root, faults);
  checkSpec(root, faults);
  return root;
}

function kindFault(kind: string | null): string {
  if (kind === null) return "the kind is missing; write kind: Pod";
  if (kind === "CronJob" || kind === "Job") {
    const path = kind === "Job" ? "spec.template" : "spec.jobTemplate.spec.template";
    return `a ${kind} is a controller of its own; make what stands under its ${path} a Pod: write apiVersion: v1, kind: Pod, ` +
      "a metadata.name with {{.Index}}, restartPolicy: Never";
  }
  if (["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"].includes(kind)) {
    return `a ${kind} runs for ever; make what stands under its spec.template a Pod that ends: apiVersion: v1, kind: Pod`;
  }
  if (kind === "List") return "a template is one Pod, not a List; take the Pod out of its items";
  return `a ${kind} cannot be run per item; write kind: Pod`;
}

function checkMetadata(root: MapNode, faults: Faults): void {
  const metadata = member(root, "metadata");
  if (metadata === undefined) {
    return faults.add(root.at, "metadata.name is missing; write metadata: {name: 'myjob-{{.Index}}'}");
  }
  if (metadata.kind !== "map") {
    return faults.add(metadata.at, "metadata must be a map; write name: myjob-{{.Index}} under it");
  }
  checkName(metadata, faults);
  const namespace = member(metadata, "namespace");
  if (namespace !== undefined && !isNamespaceName(fixedText(namespace) || "-")) {
    faults.add(
      namespace.at,
      fixedText(namespace) === null
        ? "a run has one namespace; write its name here, or leave it out and use -n"
        : 'a namespace is at most 63 lower-case letters, digits and "-"; write its name, or leave it out and use -n',
    );
  }
  for (const field of SERVER_FIELDS) {
    const found = member(metadata, field);
    if (found !== undefined) faults.add(found.at, `metadata.${field} belongs to the server; remove it`);
  }
  for (const group of ["labels", "annotations"]) {
    const map = member(metadata, group);
    if (map === undefined) continue;
    if (map.kind !== "map") {
      faults.add(map.at, `metadata.${group} must be a map; write KEY: VALUE lines under it`);
    } else {
      for (const [key, value] of map.entries) {
        if (key.startsWith("qupods.dev/")) {
          faults.add(value.at, `${key} is for the tool's own marks; rename the key`);
        }
      }
    }
  }
}

function checkName(metadata: MapNode, faults: Faults): void {
  const generated = member(metadata, "generateName");
  if (generated !== undefined) {
    faults.add(
      generated.at,
      "generateName gives another name at each try, so a lost answer would make a second pod; write name: " +
        `${(fixedText(generated) ?? "myjob-").replace(/-*$/, "")}-{{.Index}}`,
    );
    return;
  }
  const name = member(metadata, "name");
  if (name === undefined) {
    return faults.add(
      metadata.at,
      "metadata.name is missing; write name: myjob-{{.Index}}, or myjob-{{.Item | slug}}",
    );
  }
  if (name.kind !== "text") {
    return faults.add(name.at, "metadata.name must be text; write name: myjob-{{.Index}}");
  }
  const expressions = expressionsOf(name);
  if (expressions.length === 0) {
    const text = fixedText(name) || "myjob";
    const inOtherMarks = text.replace(/\{\{\s*(\.[^{}]*?)\s*\}\}/g, "{{$1}}");
    if (inOtherMarks !== faults.say(inOtherMarks)) {
      return faults.add(
        name.at,
        `the name has marks that --delims has replaced; write name: ${inOtherMarks}`,
      );
    }
    return faults.add(
      name.at,
      `all pods would have the name ${text}; write name: ${text}-{{.Index}}, or ${text}-{{.Item | slug}}`,
    );
  }
  for (const { field, source, at } of expressions) {
    if (field.kind === "name") {
      faults.add(at, `${source} is this very name; write {{.Index}} or {{.Item | slug}}`);
    }
    if (field.kind === "attempt" || field.kind === "run") {
      faults.add(
        at,
        `${source} cannot stand here, as a pod keeps its name from try to try; write {{.Index}} or {{.Item | slug}}`,
      );
    }
  }
}

function checkSpec(root: MapNode, faults: Faults): void {
  const spec = member(root, "spec");
  if (spec?.kind !== "map") {
    return faults.add(spec?.at ?? root.at, "spec is missing; write spec: with containers: under it");
  }
  const policy = member(spec, "restartPolicy");
  const policyText = fixedText(policy);
  if (policy !== undefined && policyText !== "Never") {
    faults.add(
      policy.at,
      policyText === "Always" || policyText === "OnFailure"
        ? `${unseen(`restartPolicy: ${policyText}`)}; write Never, and use --retries N`
        : "restartPolicy must be Never; write restartPolicy: Never",
    );
  }
  const containers = member(spec, "containers");
  if (containers?.kind !== "list" || containers.items.length === 0) {
    faults.add(
      containers?.at ?? spec.at,
      "a Pod needs a container; write containers: with - name: main and image: under it",
    );
  }
  const names = new Set<string>();
  for (const group of ["containers", "initContainers"]) {
    const list = member(spec, group);
    if (list === undefined) continue;
    if (list.kind !== "list") faults.add(list.at, `${group} must be a list; write - name: main`);
    else {
      for (const container of list.items) {
        checkContainer(container, names, faults);
        checkRestarts(container, group, faults);
      }
    }
  }
}

/** One attempt is one pod: a container that the kubelet starts again is an attempt that nobody counts. Sidecars may. */
function checkRestarts(container: Node, group: string, faults: Faults): void {
  const policy = member(container, "restartPolicy");
  const policyText = fixedText(policy);
  const isSidecar = group === "initContainers" && policyText === "Always";
  if (policy !== undefined && policyText !== "Never" && !isSidecar) {
    faults.add(
      policy.at,
      `${unseen(`restartPolicy: ${policyText ?? "that is filled in"}`)}; write Never, and use --retries N`,
    );
  }
  const rules = member(container, "restartPolicyRules");
  if (rules !== undefined && !isSidecar) {
    faults.add(rules.at, `${unseen("restartPolicyRules")}; leave them out, and use --retries N`);
  }
}

function unseen(what: string): string {
  return `${what} would start a failed container again unseen`;
}

function checkContainer(container: Node, names: Set<string>, faults: Faults): void {
  if (container.kind !== "map") {
    return faults.add(container.at, "a container is a map; write - name: main and image: under it");
  }
  const name = member(container, "name");
  const text = fixedText(name);
  if (name === undefined) faults.add(container.at, "the container has no name; write name: main");
  else if (text === null) {
    faults.add(
      name.at,
      "a container has the same name in every pod, as logs are found by it; write name: main",
    );
  } else {
    if (names.has(text)) faults.add(name.at, `a second container is named ${text}; rename one`);
    names.add(text);
  }
  if (text !== null && !isNamespaceName(text)) {
    faults.add(
      name?.at ?? container.at,
      `container name ${
        shown(text)
      } is not made of at most 63 lower-case letters, digits and "-"; write name: main`,
    );
  }
  if (member(container, "image") === undefined) {
    faults.add(container.at, `the container ${text ?? ""} has no image; write image: busybox:1.36`);
  }
  for (const field of ["command", "args"]) {
    const words = member(container, field);
    if (words === undefined || words.kind === "list") continue;
    faults.add(
      words.at,
      `${field} must be a list of words; write ${field}: ${
        field === "args" ? asArgs(words) : asScript(words)
      }`,
    );
  }
  const env = member(container, "env");
  if (env === undefined) return;
  if (env.kind !== "list") return faults.add(env.at, "env must be a list; write - name: KEY and value: TEXT");
  for (const entry of env.items) {
    const variable = member(entry, "name");
    const key = fixedText(variable);
    if (variable !== undefined && key?.startsWith("QUPODS_")) {
      faults.add(variable.at, `variables that begin with QUPODS_ are set by qupods; rename ${key}`);
    }
  }
}
