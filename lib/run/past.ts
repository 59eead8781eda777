// What earlier calls on the same log directory have done: who has a verdict, who was begun, what has changed since.

import type { ResultOptions } from "../cli/options.ts";
import { UsageError } from "../errors.ts";
import type { EndRecord, JournalRecord } from "../results/record.ts";
import type { Results } from "../results/results.ts";
import type { Plan } from "./plan.ts";
import type { Prior } from "./state.ts";

/** The past of a plan. */
export interface Past {
  /** Items that are not to be run: they have their verdict. */
  isSkipped(position: number): boolean;
  /** Whether NAME.log or NAME.err stands there (to be set aside before the item is run again). */
  hasVerdict(position: number): boolean;
  readonly skipped: number;
  /** Of the skipped, those with NAME.err. */
  readonly skippedFailed: number;
  /** Items that will run although something is known of them. */
  readonly prior: Map<number, Prior>;
}

/**
 * Reads one listing of the directory and the journal once.
 *
 * @throws {UsageError} where finished items were rendered from another template or item and no flag says what to do
 */
export async function readPast(plan: Plan, results: Results, options: ResultOptions): Promise<Past> {
  const verdicts = new Uint8Array(plan.length);
  const run = new Uint8Array(plan.length).fill(1);
  for (const { name, verdict } of results.verdicts()) {
    const position = plan.find(name);
    if (position < 0) continue;
    verdicts[position] = verdict === "succeeded" ? 1 : 2;
    if (options.again === "none" || (options.again === "failed" && verdict === "succeeded")) {
      run[position] = 0;
    }
  }
  const prior = new Map<number, Prior>();
  const hashes = new Map<number, string>();
  for await (const record of results.history()) {
    const position = plan.find(record.name);
    if (position < 0) continue;
    const isDone = verdicts[position] !== 0;
    if (record.kind === "end" && record.isFinal && isDone) {
      if (record.hash === plan.hash(position)) hashes.delete(position);
      else hashes.set(position, record.hash);
    }
    if (run[position] === 1 || options.changed === "rerun") {
      prior.set(position, priorAfter(prior.get(position), record));
    }
  }
  const changed = [...hashes.keys()].filter((position) => run[position] === 0);
  if (changed.length > 0) judgeChanged(plan, changed, options, results.path);
  if (options.changed === "rerun") { for (const position of changed) run[position] = 1; }
  let skipped = 0;
  let skippedFailed = 0;
  for (let position = 0; position < plan.length; position++) {
    if (run[position] === 1) continue;
    prior.delete(position);
    skipped++;
    if (verdicts[position] === 2) skippedFailed++;
  }
  // a final end without a verdict file: the user removed it, which asks for the item to be run again with fresh budgets
  return {
    isSkipped: (position) => run[position] === 0,
    hasVerdict: (position) => verdicts[position] !== 0,
    skipped,
    skippedFailed,
    prior,
  };
}

/** What is known of an item after one more record. */
export function priorAfter(before: Prior | undefined, record: JournalRecord): Prior {
  const old = before ?? { attempt: 0, isOpen: false, ended: [], budget: { app: 0, infra: 0 } };
  if (record.kind === "intent") {
    return { ...old, attempt: Math.max(old.attempt, record.attempt), isOpen: true };
  }
  return {
    attempt: Math.max(old.attempt, record.attempt),
    isOpen: false,
    ended: record.uid === "" ? old.ended : [...old.ended, record.uid],
    budget: budgetAfter(old, record),
  };
}

function budgetAfter(old: Prior, record: Exclude<JournalRecord, { kind: "intent" }>): Prior["budget"] {
  if ((record as EndRecord).isFinal) return { app: 0, infra: 0 };
  if (record.class === "cancelled") return old.budget;
  const isInfra = record.class === "infra";
  return { app: old.budget.app + (isInfra ? 0 : 1), infra: old.budget.infra + (isInfra ? 1 : 0) };
}

function judgeChanged(plan: Plan, changed: readonly number[], options: ResultOptions, path: string): void {
  if (options.changed !== null) return;
  const names = changed.slice(0, 5).map((position) => plan.name(position)).join(", ");
  throw new UsageError(
    `Cannot go on in ${path} as the template or the list has changed: ${changed.length} finished ` +
      `item${changed.length === 1 ? "" : "s"} would be rendered differently now (${names}${
        changed.length > 5 ? ", …" : ""
      }). ` +
      `Nothing was created. Add --rerun-changed to run those again, --keep-changed to keep their results, or choose another --logdir`,
  );
}
