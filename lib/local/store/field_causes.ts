// What is wrong with the values of a pod, field by field, in the API server's words: names, labels, limits. Covers what templates
// get wrong; a real server knows many rules more. Pure; types have been checked before.

import type { FieldCause } from "../api_error.ts";

type Json = Readonly<Record<string, unknown>>;

const SUBDOMAIN = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const DNS_LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const LABEL_VALUE = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";
const LABEL_NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const MAX_INT32 = 2_147_483_647;

/** All causes for a 422; none where the pod may be stored. */
export function fieldCauses(metadata: Json, spec: Json): FieldCause[] {
  return [...nameCauses(metadata), ...labelCauses(metadata), ...specCauses(spec)];
}

function nameCauses({ name, generateName }: Json): FieldCause[] {
  const field = "metadata.name";
  const text = name || (generateName ? `${generateName}x` : "");
  if (text === "") return [required(field, "Required value: name or generateName is required")];
  const value = String(text);
  if (value.length > 253) return [wrong(field, value, "must be no more than 253 characters")];
  if (matches(SUBDOMAIN, value)) return [];
  return [
    wrong(
      field,
      value,
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and " +
        `end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${SUBDOMAIN}')`,
    ),
  ];
}

function labelCauses({ labels, annotations }: Json): FieldCause[] {
  const causes: FieldCause[] = [];
  for (const [field, map] of Object.entries({ labels, annotations })) {
    for (const [key, value] of Object.entries(map ?? {})) {
      const name = key.slice(key.indexOf("/") + 1);
      if (!matches(LABEL_NAME, name)) {
        causes.push(wrong(
          `metadata.${field}`,
          key,
          "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " +
            `alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${LABEL_NAME}')`,
        ));
      }
      if (field === "annotations") continue;
      const text = String(value);
      if (text.length > 63) {
        causes.push(wrong("metadata.labels", text, "must be no more than 63 characters"));
      } else if (!matches(LABEL_VALUE, text)) {
        causes.push(wrong(
          "metadata.labels",
          text,
          "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and " +
            "end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation " +
            `is '${LABEL_VALUE}')`,
        ));
      }
    }
  }
  return causes;
}

function specCauses(spec: Json): FieldCause[] {
  const volumes = new Set((spec.volumes as readonly Json[] ?? []).map(({ name }) => name));
  const seen = new Set<unknown>();
  const causes: FieldCause[] = [];
  for (const key of ["initContainers", "containers"]) {
    const list = spec[key] as readonly Json[] ?? [];
    if (key === "containers" && list.length === 0) causes.push(required("spec.containers"));
    for (const [i, container] of list.entries()) {
      causes.push(...containerCauses(container, `spec.${key}[${i}]`, seen, volumes));
    }
  }
  const { restartPolicy, activeDeadlineSeconds } = spec;
  const policies = ["Always", "OnFailure", "Never"];
  if (restartPolicy && !policies.includes(String(restartPolicy))) {
    causes.push(unsupported("spec.restartPolicy", restartPolicy, policies));
  }
  if (typeof activeDeadlineSeconds === "number") {
    if (activeDeadlineSeconds < 1 || activeDeadlineSeconds > MAX_INT32) {
      const text = `must be between 1 and ${MAX_INT32}, inclusive`;
      causes.push(wrong("spec.activeDeadlineSeconds", activeDeadlineSeconds, text));
    }
  }
  return causes;
}

function containerCauses(
  container: Json,
  field: string,
  seen: Set<unknown>,
  volumes: ReadonlySet<unknown>,
): FieldCause[] {
  const { name, image, env, volumeMounts, imagePullPolicy } = container;
  const causes: FieldCause[] = [];
  if (!name) causes.push(required(`${field}.name`));
  else if (String(name).length > 63) {
    causes.push(wrong(`${field}.name`, name, "must be no more than 63 characters"));
  } else if (!matches(DNS_LABEL, String(name))) {
    causes.push(wrong(
      `${field}.name`,
      name,
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with " +
        `an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${DNS_LABEL}')`,
    ));
  } else if (seen.has(name)) {
    const message = `Duplicate value: ${JSON.stringify(name)}`;
    causes.push({ reason: "FieldValueDuplicate", message, field: `${field}.name` });
  }
  seen.add(name);
  if (!image) causes.push(required(`${field}.image`));
  const policies = ["Always", "IfNotPresent", "Never"];
  if (imagePullPolicy && !policies.includes(String(imagePullPolicy))) {
    causes.push(unsupported(`${field}.imagePullPolicy`, imagePullPolicy, policies));
  }
  for (const [i, variable] of (env as readonly Json[] ?? []).entries()) {
    const at = `${field}.env[${i}]`;
    if (!variable.name) causes.push(required(`${at}.name`));
    if (variable.value && variable.valueFrom) {
      causes.push(wrong(`${at}.valueFrom`, "", "may not be specified when `value` is not empty"));
    }
  }
  for (const [i, mount] of (volumeMounts as readonly Json[] ?? []).entries()) {
    const at = `${field}.volumeMounts[${i}]`;
    if (!mount.name) causes.push(required(`${at}.name`));
    else if (!volumes.has(mount.name)) {
      const message = `Not found: ${JSON.stringify(mount.name)}`;
      causes.push({ reason: "FieldValueNotFound", message, field: `${at}.name` });
    }
    if (!mount.mountPath) causes.push(required(`${at}.mountPath`));
  }
  return causes;
}

function required(field: string, message = "Required value"): FieldCause {
  return { reason: "FieldValueRequired", message, field };
}

function wrong(field: string, value: unknown, why: string): FieldCause {
  return { reason: "FieldValueInvalid", message: `Invalid value: ${JSON.stringify(value)}: ${why}`, field };
}

function unsupported(field: string, value: unknown, supported: readonly string[]): FieldCause {
  const words = supported.map((word) => JSON.stringify(word)).join(", ");
  const message = `Unsupported value: ${JSON.stringify(value)}: supported values: ${words}`;
  return { reason: "FieldValueNotSupported", message, field };
}

function matches(pattern: string, text: string): boolean {
  return new RegExp(`^${pattern}$`).test(text);
}
