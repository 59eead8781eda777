// Label and field selectors, as list and watch take them. Pure.

import { badRequest } from "../api_error.ts";
import type { PodObject } from "../pod_object.ts";

/** Whether a pod is chosen. */
export type Matcher = (pod: PodObject) => boolean;

/**
 * Compiles the two selectors of a request: `k=v`, `k==v`, `k!=v`, `k`, `!k`, joined by commas.
 *
 * @throws {ApiError} 400 for anything else
 */
export function compileSelectors(labels: string, fields: string): Matcher {
  const tests = [...terms(labels).map(labelTest), ...terms(fields).map(fieldTest)];
  return (pod) => tests.every((test) => test(pod));
}

function terms(text: string): string[] {
  return text.split(",").map((term) => term.trim()).filter((term) => term !== "");
}

function labelTest(term: string): Matcher {
  const [, not, key = "", operator, value = ""] = /^(!?)([\w./-]+)\s*(?:(==?|!=)\s*([\w.-]*))?$/.exec(term) ??
    [];
  if (key === "" || (not && operator)) {
    throw badRequest(`unable to parse requirement: ${JSON.stringify(term)}`);
  }
  const read = (pod: PodObject) => pod.metadata.labels?.[key];
  if (operator === undefined) return (pod) => (read(pod) === undefined) === (not === "!");
  return operator === "!=" ? (pod) => read(pod) !== value : (pod) => read(pod) === value;
}

function fieldTest(term: string): Matcher {
  const [, key = "", operator, value = ""] = /^([\w.]+)\s*(==?|!=)\s*(.*)$/.exec(term) ?? [];
  const read = FIELDS[key];
  if (!read) throw badRequest(`field label not supported: ${key || term}`);
  return operator === "!=" ? (pod) => read(pod) !== value : (pod) => read(pod) === value;
}

const FIELDS: Readonly<Record<string, (pod: PodObject) => string>> = {
  "metadata.name": (pod) => pod.metadata.name,
  "metadata.namespace": (pod) => pod.metadata.namespace,
  "spec.nodeName": (pod) => pod.spec.nodeName ?? "",
  "status.phase": (pod) => pod.status.phase,
};
