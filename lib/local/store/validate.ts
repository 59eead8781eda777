// What the API server refuses in a pod that is sent to it before it looks at any value: text that is no pod, values of a wrong
// type, unknown fields. What it then says of the values is in `field_causes.ts`.

import { badRequest, invalid } from "../api_error.ts";
import { fieldCauses } from "./field_causes.ts";
import type { PodSpec } from "../pod_object.ts";

/** A pod as sent: read, but not stored yet. */
export interface SentPod {
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Checked as far as `PodSpec` promises, but for the defaults. */
  readonly spec: Pick<PodSpec, "containers"> & Readonly<Record<string, unknown>>;
  readonly unknownFields: readonly string[];
}

type Json = Readonly<Record<string, unknown>>;

const POD = words("apiVersion kind metadata spec status");
const METADATA = words(
  "annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName generation " +
    "labels managedFields name namespace ownerReferences resourceVersion selfLink uid",
);
// Kubernetes 1.36, PodSpec and Container.
const SPEC = words(
  "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks " +
    "ephemeralContainers hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets " +
    "initContainers nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates " +
    "resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates securityContext " +
    "serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace subdomain " +
    "terminationGracePeriodSeconds tolerations topologySpreadConstraints volumes workloadRef",
);
const CONTAINER = words(
  "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy " +
    "resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce " +
    "terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
);
const QUANTITY = /^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$/;
const ENV = words("name value valueFrom");
const MOUNT = words("mountPath mountPropagation name readOnly recursiveReadOnly subPath subPathExpr");
const RESOURCES = words("claims limits requests");

/**
 * Reads and checks a pod.
 *
 * @throws {ApiError} 400 or 422, worded as the API server does
 */
export function readPod(text: string, namespace: string): SentPod {
  const pod = parse(text);
  const { kind = "Pod", apiVersion = "v1" } = pod;
  if (kind !== "Pod" || apiVersion !== "v1") {
    throw badRequest(
      `${kind} in version "v1" cannot be handled as a Pod: no kind ${
        JSON.stringify(kind)
      } is registered for ` +
        `version ${JSON.stringify(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  const metadata = object(pod.metadata ?? {}, "Pod.metadata", "v1.ObjectMeta");
  const spec = object(pod.spec ?? {}, "Pod.spec", "v1.PodSpec");
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  }
  checkTypes(metadata, spec);
  const causes = fieldCauses(metadata, spec);
  const name = typeof metadata.name === "string" ? metadata.name : "";
  if (causes.length > 0) throw invalid(causes, { name, kind: "Pod" });
  return { metadata, spec: spec as SentPod["spec"], unknownFields: unknownFields(pod, metadata, spec) };
}

function checkTypes(metadata: Json, spec: Json): void {
  for (const key of ["labels", "annotations"]) stringMap(metadata[key], `ObjectMeta.metadata.${key}`);
  for (const key of ["name", "generateName"]) string(metadata[key], `ObjectMeta.metadata.${key}`);
  for (const key of ["containers", "initContainers"]) {
    for (const entry of array(spec[key] ?? [], `PodSpec.spec.${key}`, "[]v1.Container")) {
      checkContainer(object(entry, `PodSpec.spec.${key}`, "v1.Container"), `Container.spec.${key}`);
    }
  }
  for (const entry of array(spec.volumes ?? [], "PodSpec.spec.volumes", "[]v1.Volume")) {
    string(object(entry, "PodSpec.spec.volumes", "v1.Volume").name, "Volume.spec.volumes.name");
  }
  string(spec.restartPolicy, "PodSpec.spec.restartPolicy");
  for (const key of ["activeDeadlineSeconds", "terminationGracePeriodSeconds"]) {
    const value = spec[key];
    if (value === undefined || value === null || Number.isSafeInteger(value)) continue;
    throw unmarshal(value, `PodSpec.spec.${key}`, "int64");
  }
}

/** In the order of the document's own keys, as a server finds them. */
function unknownFields(pod: Json, metadata: Json, spec: Json): string[] {
  const found = [...strange(pod, POD, ""), ...strange(metadata, METADATA, "metadata.")];
  for (const key of Object.keys(spec)) {
    if (!SPEC.has(key)) found.push(`spec.${key}`);
    if (key !== "containers" && key !== "initContainers") continue;
    for (const [i, container] of (spec[key] as readonly Json[] ?? []).entries()) {
      found.push(...unknownInContainer(container, `spec.${key}[${i}]`));
    }
  }
  return found;
}

function unknownInContainer(container: Json, field: string): string[] {
  return Object.keys(container).flatMap((key) => {
    const value = container[key];
    if (!CONTAINER.has(key)) return [`${field}.${key}`];
    if (key === "resources" && isObject(value)) return strange(value, RESOURCES, `${field}.resources.`);
    const known = key === "env" ? ENV : key === "volumeMounts" ? MOUNT : null;
    if (known === null || !Array.isArray(value)) return [];
    return value.flatMap((entry: Json, i) => strange(entry, known, `${field}.${key}[${i}].`));
  });
}

function checkContainer(container: Json, where: string): void {
  checkQuantities(container.resources);
  for (const key of ["name", "image", "workingDir", "restartPolicy"]) {
    string(container[key], `${where}.${key}`);
  }
  for (const key of ["command", "args"]) {
    for (const word of array(container[key] ?? [], `${where}.${key}`, "[]string")) {
      string(word, `${where}.${key}`);
    }
  }
  for (const entry of array(container.env ?? [], `${where}.env`, "[]v1.EnvVar")) {
    const variable = object(entry, `${where}.env`, "v1.EnvVar");
    for (const key of ["name", "value"]) {
      string(variable[key], `EnvVar.${where.slice("Container.".length)}.env.${key}`);
    }
  }
  for (const entry of array(container.volumeMounts ?? [], `${where}.volumeMounts`, "[]v1.VolumeMount")) {
    const mount = object(entry, `${where}.volumeMounts`, "v1.VolumeMount");
    for (const key of ["name", "mountPath"]) {
      string(mount[key], `VolumeMount.${where.slice("Container.".length)}.volumeMounts.${key}`);
    }
  }
}

function checkQuantities(resources: unknown): void {
  if (!isObject(resources)) return;
  for (const group of [resources.limits, resources.requests]) {
    for (const quantity of Object.values(isObject(group) ? group : {})) {
      if (QUANTITY.test(String(quantity))) continue;
      throw badRequest(
        `Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression '${QUANTITY.source}'`,
      );
    }
  }
}

function parse(text: string): Json {
  const unrecognized = (why: string) =>
    badRequest(
      `the object provided is unrecognized (must be of type Pod): couldn't get version/kind; json parse error: ${why}`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw unrecognized(error instanceof Error ? error.message : String(error));
  }
  if (isObject(value)) return value;
  throw unrecognized(`json: cannot unmarshal ${kindOf(value)} into Go value`);
}

function unmarshal(value: unknown, where: string, wanted: string): Error {
  return badRequest(
    `Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal ${
      kindOf(value)
    } into Go struct field ` +
      `${where} of type ${wanted}`,
  );
}

/** As Go's decoder names it; of a fraction it shows the value. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "boolean") return "bool";
  return typeof value === "number" && !Number.isInteger(value) ? `number ${value}` : typeof value;
}

function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function object(value: unknown, where: string, wanted: string): Json {
  if (!isObject(value)) throw unmarshal(value, where, wanted);
  return value;
}

function array(value: unknown, where: string, wanted: string): readonly unknown[] {
  if (!Array.isArray(value)) throw unmarshal(value, where, wanted);
  return value;
}

function string(value: unknown, where: string): void {
  if (value !== undefined && value !== null && typeof value !== "string") {
    throw unmarshal(value, where, "string");
  }
}

function stringMap(value: unknown, where: string): void {
  if (value === undefined || value === null) return;
  for (const entry of Object.values(object(value, where, "map[string]string"))) string(entry, where);
}

function strange(value: Json, known: ReadonlySet<string>, prefix: string): string[] {
  return Object.keys(value).filter((key) => !known.has(key)).map((key) => prefix + key);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}
