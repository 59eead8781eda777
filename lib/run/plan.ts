// Items and template brought together: every pod of the run is rendered and judged before the first one is created.
// Knows nothing of what is finished already (past.ts) or of when things start (scheduler).

import { createHash } from "node:crypto";
import { UsageError } from "../errors.ts";
import type { Item, ItemList } from "../items/item.ts";
import type { Stamp, Template } from "../template/template.ts";
import { makeNameIndex, type NameIndex } from "./name_index.ts";
import deno from "../../deno.json" with { type: "json" };

/** What every pod of the run has in common. */
export type PlanStamp = Omit<Stamp, "attempt" | "run">;

/** The pods of a run, rendered on demand by position (0 to `length - 1`). */
export interface Plan {
  readonly length: number;
  /** The same only for plans with the same pods at the same positions, made by the same version of this program. */
  readonly identity: string;
  item(position: number): Item;
  name(position: number): string;
  hash(position: number): string;
  /** JSON text of the pod as sent; `run` is the run's id, which is known only once all pods have been judged. */
  manifest(position: number, attempt: number, run: string): string;
  /** Position of the item whose pod has this name, or -1. */
  find(name: string): number;
}

const SHOWN = 10;
const KEPT_HASHES = 1024;
/** Stands for the run's id where pods are judged: of its length. */
const ANY_RUN = "0".repeat(32);

/**
 * Renders all items once and checks them.
 *
 * @param judged identity of a plan that was found to be right before: if it is this one, it is not judged again
 * @throws {UsageError} with the first ten problems of the whole list and the count of the others
 */
export function makePlan(
  items: ItemList,
  template: Template,
  stamp: PlanStamp,
  judged: string | null = null,
): Plan {
  const identity = identityOf(items, template, stamp);
  /** Of pods under way, which are asked for at each of their events. */
  const hashes = new Map<number, string>();
  let names = identity === judged ? null : judgeAll(items, template, stamp);
  return {
    length: items.length,
    identity,
    item: (position) => items.at(position),
    name: (position) => template.name(items.at(position)),
    hash(position) {
      const known = hashes.get(position);
      if (known !== undefined) return known;
      const hash = template.hash(items.at(position));
      if (hashes.size >= KEPT_HASHES) hashes.clear();
      hashes.set(position, hash);
      return hash;
    },
    manifest: (position, attempt, run) => template.manifest(items.at(position), { ...stamp, attempt, run }),
    find: (name) => (names ??= indexAll(items, template)).find(name),
  };
}

function emptyIndex(items: ItemList, template: Template): NameIndex {
  return makeNameIndex(items.length, (position) => template.name(items.at(position)));
}

/** Of a plan that was judged before no name is looked for until its first pods are made. */
function indexAll(items: ItemList, template: Template): NameIndex {
  const names = emptyIndex(items, template);
  for (let position = 0; position < items.length; position++) {
    names.add(position, template.name(items.at(position)));
  }
  return names;
}

/** Renders every pod. @throws {UsageError} with what is wrong */
function judgeAll(items: ItemList, template: Template, stamp: PlanStamp): NameIndex {
  const first: Stamp = { ...stamp, attempt: 1, run: ANY_RUN };
  const names = emptyIndex(items, template);
  const problems: string[] = [];
  let count = 0;
  let podCount = 0;
  const report = (line: string) => {
    count++;
    if (problems.length < SHOWN) problems.push(line);
  };
  for (let position = 0; position < items.length; position++) {
    const item = items.at(position);
    const found = template.problems(item, first);
    found.forEach(report);
    if (found.length > 0) {
      podCount++;
      continue;
    }
    const name = template.name(item);
    const holder = names.add(position, name);
    if (holder >= 0) {
      const other = items.at(holder);
      podCount++;
      report(
        `${item.origin}: pod name "${name}" is taken by ${other.origin}; ` +
          `make names differ, for example with {{.Index}} in metadata.name`,
      );
    }
  }
  if (count === 0) return names;
  const more = count > problems.length ? `\n… and ${count - problems.length} more` : "";
  throw new UsageError(
    `Cannot render ${
      podCount === 1 ? "1 pod" : `${podCount} pods`
    } of ${items.length}; nothing was created:\n` +
      problems.map((line) => `  ${line}`).join("\n") + more,
  );
}

/** The version stands for the code; some hashes stand in for it where it is worked on and keeps its version. */
function identityOf(items: ItemList, template: Template, stamp: PlanStamp): string {
  const last = items.length - 1;
  const some = last < 0 ? [] : [0, last >> 1, last].map((position) => template.hash(items.at(position)));
  const all = [deno.version, template.identity, items.identity, items.length, stamp, some];
  return createHash("sha256").update(JSON.stringify(all)).digest("hex");
}
