// Templates and items for the tests of this room.

import assert from "node:assert/strict";
import type { Item, Scalar } from "../items/item.ts";
import { compileTemplate } from "./compile.ts";
import type { Stamp, Template } from "./template.ts";

/** Of a second attempt. */
export const STAMP: Stamp = {
  run: "r1",
  attempt: 2,
  namespace: "default",
  hasEnv: true,
  timeoutSeconds: null,
};

/** An item with these fields, the fourth of its list. */
export function itemOf(text: string, fields: Record<string, string | Scalar> = {}, index = 3): Item {
  const entries = Object.entries(fields).map(([key, value]): [string, Scalar] => [
    key,
    typeof value === "string" ? { text: value } : value,
  ]);
  return { index, value: { text }, fields: new Map(entries), parts: ["p1", "p2"], origin: "list:4" };
}

/** A value as JSON wrote it. */
export function json(source: string): Scalar {
  const value: unknown = JSON.parse(source);
  return { text: typeof value === "string" ? value : source, json: source };
}

/** A pod with lines added to its first container and its spec. */
export function podWith(container = "", spec = "", metadata = "  name: job-{{.Index}}"): string {
  return `apiVersion: v1\nkind: Pod\nmetadata:\n${metadata}\nspec:\n${spec}  containers:\n    - name: main\n      image: busybox\n${container}`;
}

/** A template of `pod.yaml`. */
export function compile(text: string, columns: readonly string[] | null = null): Template {
  return compileTemplate(text, { file: "pod.yaml", delims: null, columns });
}

/** The pod of an item in which nothing is wrong. */
// deno-lint-ignore no-explicit-any -- a pod of any shape is looked into
export function render(text: string, item: Item, stamp: Stamp = STAMP): any {
  const template = compile(text);
  assert.deepEqual(template.problems(item, stamp), []);
  return JSON.parse(template.manifest(item, stamp));
}
