// What earlier calls on the same log directory have done: who has a verdict, who was begun, what has changed since.

import type { ResultOptions } from "../cli/options.ts";
import { UsageError } from "../errors.ts";
import { isSameHash } from "../results/line.ts";
import type { EndRecord, JournalRecord, LogRecord, Verdict } from "../results/record.ts";
import type { Results } from "../results/results.ts";
import type { Verdicts } from "../results/verdict_table.ts";
import { type Ledger, makeLedger, priorAfter, restoreLedger } from "./ledger.ts";
import type { Plan } from "./plan.ts";
import type { Prior } from "./scheduler/state.ts";
import { findUnended } from "./unended.ts";

/** The past of a plan. */
export interface Past {
  /** Items that are not to be run: they have their verdict. */
  isSkipped(position: number): boolean;
  /** Whether NAME.log or NAME.err stands there (to be set aside before the item is run again). */
  hasVerdict(position: number): boolean;
  /** The ends that the journal lacks, by position, as far as they are known without their pods. */
  readonly unended: ReadonlyMap<number, EndRecord>;
  readonly skipped: number;
  /** Of the skipped, those with NAME.err. */
  readonly skippedFailed: number;
  /** Logs of the skipped that may lack text. */
  readonly doubtful: readonly LogRecord[];
  /** Items that will run although something is known of them. */
  readonly prior: Map<number, Prior>;
  /** What the journal says so far; who appends to the journal tells it, too. */
  readonly ledger: Ledger;
}

/** So much that no summary covers is worth one at once: the next call may come after a kill. */
const WORTH_BYTES = 1 << 20;
const LARGE_SHARE = 4;
/** By the code that a position has in a table of bytes. */
const VERDICTS: readonly (Verdict | null)[] = [null, "succeeded", "failed"];

/**
 * Reads one listing of the directory, and of the journal what its summary does not cover; all of it where the plan is
 * another one, and where items are to run again what it says of these.
 *
 * @throws {UsageError} where finished items were rendered from another template or item and no flag says what to do, or where
 * the listing lacks items that are finished
 */
export async function readPast(plan: Plan, results: Results, options: ResultOptions): Promise<Past> {
  const verdicts = new Uint8Array(plan.length);
  const run = new Uint8Array(plan.length).fill(1);
  for (const { position, verdict } of finished(plan, await results.verdicts())) {
    verdicts[position] = verdict === "succeeded" ? 1 : 2;
    if (options.again === "none" || (options.again === "failed" && verdict === "succeeded")) {
      run[position] = 0;
    }
  }
  const recalled = await recallLedger(plan, results);
  const ledger = recalled ??
    makeLedger(plan, (position) => run[position] === 1 || options.changed === "rerun");
  if (recalled === null) await fold(plan, ledger, results.history());
  const unended = await findUnended(
    plan,
    ledger,
    results,
    (position) => VERDICTS[verdicts[position] ?? 0] ?? null,
  );
  const isChanged = (position: number) => {
    if (run[position] === 1) return false;
    const end = unended.get(position);
    return end === undefined ? ledger.isChanged(position) : !isSameHash(end.hash, plan.hash(position));
  };
  if (recalled !== null) {
    const isRerun = options.changed === "rerun";
    await recollect(
      plan,
      ledger,
      results,
      (position) => run[position] === 1 || (isRerun && isChanged(position)),
    );
  }
  const unlisted = results.findVerdictFile(unfinished(plan, ledger, verdicts));
  if (unlisted !== null) {
    throw new UsageError(
      `Cannot go on in ${results.path} as the file system does not list all of it: ${unlisted} is there, and was left out. ` +
        `Nothing was created. Try again, or choose a copy of it on another file system as --logdir`,
    );
  }
  const changed: number[] = [];
  for (let position = 0; position < plan.length; position++) {
    if (isChanged(position)) changed.push(position);
  }
  if (changed.length > 0) judgeChanged(plan, changed, options, results.path);
  if (options.changed === "rerun") { for (const position of changed) run[position] = 1; }
  const prior = new Map<number, Prior>();
  let skipped = 0;
  let skippedFailed = 0;
  const doubtful: LogRecord[] = [];
  for (let position = 0; position < plan.length; position++) {
    if (run[position] === 1) {
      const known = ledger.prior(position);
      const end = unended.get(position);
      if (end !== undefined) {
        prior.set(position, { ...priorAfter(known, end), homeUpTo: end.attempt });
      } else if (known !== undefined) prior.set(position, known);
      continue;
    }
    skipped++;
    if (verdicts[position] === 2) skippedFailed++;
    doubtful.push(...ledger.doubtful(position));
  }
  ledger.settle((position) => run[position] === 0);
  if (results.unsummarized >= WORTH_BYTES) await results.summarize(plan.identity, ledger.content());
  // a final end without a verdict file: the user removed it, which asks for the item to be run again with fresh budgets
  return {
    isSkipped: (position) => run[position] === 0,
    hasVerdict: (position) => verdicts[position] !== 0,
    unended,
    skipped,
    skippedFailed,
    doubtful,
    prior,
    ledger,
  };
}

/** Where a large share is finished, each name of the plan is looked up: finding positions by name takes twice as long. */
function* finished(plan: Plan, verdicts: Verdicts): Generator<{ position: number; verdict: Verdict }> {
  if (verdicts.size < plan.length / LARGE_SHARE) {
    for (const name of verdicts.names()) {
      const position = plan.find(name);
      const verdict = verdicts.of(name);
      if (position >= 0 && verdict !== null) yield { position, verdict };
    }
    return;
  }
  for (let position = 0; position < plan.length; position++) {
    const verdict = verdicts.of(plan.name(position));
    if (verdict !== null) yield { position, verdict };
  }
}

/** Names of those that were begun, or ended, and have no verdict in the listing. */
function* unfinished(plan: Plan, ledger: Ledger, verdicts: Uint8Array): Generator<string> {
  for (let position = 0; position < plan.length; position++) {
    if (verdicts[position] === 0 && ledger.prior(position) !== undefined) yield plan.name(position);
  }
}

/** From the summary, and what was appended since; null where there is none of this plan. */
async function recallLedger(plan: Plan, results: Results): Promise<Ledger | null> {
  const summary = await results.recall();
  const ledger = summary?.plan === plan.identity ? restoreLedger(plan, summary.content) : null;
  if (summary !== null && ledger !== null) await fold(plan, ledger, results.history(summary.bytes));
  return ledger;
}

async function fold(plan: Plan, ledger: Ledger, records: AsyncIterable<JournalRecord>): Promise<void> {
  for await (const record of records) {
    const position = plan.find(record.name);
    if (position >= 0) ledger.take(position, record);
  }
}

/** Reads again what was forgotten of items that are to run once more. */
async function recollect(
  plan: Plan,
  ledger: Ledger,
  results: Results,
  runs: (position: number) => boolean,
): Promise<void> {
  const positions = new Set<number>();
  for (let position = 0; position < plan.length; position++) {
    if (ledger.isForgotten(position) && runs(position)) positions.add(position);
  }
  if (positions.size === 0) return;
  ledger.recollect(positions);
  const isWanted = (name: string) => positions.has(plan.find(name));
  await fold(plan, ledger, results.history(0, isWanted));
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
