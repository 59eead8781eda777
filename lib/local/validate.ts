// What the API server refuses in a pod that is sent to it: text that is no pod, values of a wrong type, unknown fields,
// names it cannot take. Covers what templates get wrong; a real server knows many rules more.

import { badRequest, podInvalid } from "./api_error.ts";
import type { PodSpec } from "./pod_object.ts";

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

/**
 * Reads and checks a pod.
 *
 * @throws {ApiError} 400 or 422, worded as the API server does
 */
export function readPod(text: string, namespace: string): SentPod {
  const pod = parse(text);
  if (pod.kind !== "Pod" || pod.apiVersion !== "v1") {
    throw badRequest(
      `the object provided is unrecognized (must be of type Pod): kind ${JSON.stringify(pod.kind ?? "")}, ` +
        `apiVersion ${JSON.stringify(pod.apiVersion ?? "")}`,
    );
  }
  const metadata = object(pod.metadata ?? {}, "Pod.metadata");
  const spec = object(pod.spec ?? {}, "Pod.spec");
  if (metadata.namespace !== undefined && metadata.namespace !== namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  }
  const unknownFields = [
    ...strange(pod, POD, ""),
    ...strange(metadata, METADATA, "metadata."),
    ...strange(spec, SPEC, "spec."),
  ];
  for (const key of ["labels", "annotations"]) stringMap(metadata[key], `ObjectMeta.metadata.${key}`);
  const name = metadata.name ??
    (typeof metadata.generateName === "string" ? metadata.generateName + "x" : "");
  if (typeof name !== "string") throw unmarshal(name, "ObjectMeta.metadata.name", "string");
  const causes: { field: string; message: string }[] = [];
  if (name === "") {
    causes.push({ field: "metadata.name", message: "Required value: name or generateName is required" });
  } else if (
    name.length > 253 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)
  ) {
    causes.push({
      field: "metadata.name",
      message:
        `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case ` +
        `alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character`,
    });
  }
  const seen = new Set<string>();
  for (const key of ["containers", "initContainers"]) {
    const list = array(spec[key] ?? [], `PodSpec.spec.${key}`);
    if (key === "containers" && list.length === 0) {
      causes.push({ field: "spec.containers", message: "Required value" });
    }
    for (const [i, entry] of list.entries()) {
      const container = object(entry, `PodSpec.spec.${key}`);
      const field = `spec.${key}[${i}]`;
      unknownFields.push(...strange(container, CONTAINER, `${field}.`));
      checkContainer(container, `Container.spec.${key}`);
      for (const needed of ["name", "image"]) {
        if ((container[needed] ?? "") === "") {
          causes.push({ field: `${field}.${needed}`, message: "Required value" });
        }
      }
      const own = String(container.name ?? "");
      if (own !== "" && (own.length > 63 || !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(own))) {
        causes.push({
          field: `${field}.name`,
          message: `Invalid value: ${JSON.stringify(own)}: must be a DNS label`,
        });
      } else if (own !== "" && seen.has(own)) {
        causes.push({ field: `${field}.name`, message: `Duplicate value: ${JSON.stringify(own)}` });
      }
      seen.add(own);
    }
  }
  for (const key of ["activeDeadlineSeconds", "terminationGracePeriodSeconds"]) {
    const value = spec[key];
    if (value !== undefined && !Number.isSafeInteger(value)) {
      throw unmarshal(value, `PodSpec.spec.${key}`, "int64");
    }
  }
  if (causes.length > 0) throw podInvalid(name, causes);
  return { metadata, spec: spec as SentPod["spec"], unknownFields };
}

function checkContainer(container: Json, where: string): void {
  for (const key of ["name", "image", "workingDir", "restartPolicy"]) {
    string(container[key], `${where}.${key}`);
  }
  for (const key of ["command", "args"]) {
    for (const word of array(container[key] ?? [], `${where}.${key}`)) string(word, `${where}.${key}`);
  }
  for (const entry of array(container.env ?? [], `${where}.env`)) {
    const variable = object(entry, `${where}.env`);
    for (const key of ["name", "value"]) {
      string(variable[key], `EnvVar.${where.slice("Container.".length)}.env.${key}`);
    }
  }
  for (const entry of array(container.volumeMounts ?? [], `${where}.volumeMounts`)) {
    string(object(entry, `${where}.volumeMounts`).mountPath, `${where}.volumeMounts.mountPath`);
  }
}

function parse(text: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(
      `the object provided is unrecognized: couldn't get version/kind; json parse error: ${
        error instanceof Error ? error.message : error
      }`,
    );
  }
  return object(value, "Pod");
}

function unmarshal(value: unknown, where: string, wanted: string): Error {
  const found = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
  return badRequest(
    `Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal ${found} into Go struct field ` +
      `${where} of type ${wanted}`,
  );
}

function object(value: unknown, where: string): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unmarshal(value, where, "object");
  }
  return value as Json;
}

function array(value: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(value)) throw unmarshal(value, where, "array");
  return value;
}

function string(value: unknown, where: string): void {
  if (value !== undefined && value !== null && typeof value !== "string") {
    throw unmarshal(value, where, "string");
  }
}

function stringMap(value: unknown, where: string): void {
  if (value === undefined || value === null) return;
  for (const entry of Object.values(object(value, where))) string(entry, where);
}

function strange(value: Json, known: ReadonlySet<string>, prefix: string): string[] {
  return Object.keys(value).filter((key) => !known.has(key)).map((key) => prefix + key);
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(" "));
}
