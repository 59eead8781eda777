// Finished items of which the journal lacks the end: a call was killed between a verdict and its record. As a rule the pod
// still tells it; here is what is known where it does not, as it is gone: deleted by somebody, or, under --local, dead with
// that call.

import type { EndRecord, LogRecord, Verdict } from "../results/record.ts";
import type { Results } from "../results/results.ts";
import { endRecord } from "./end_record.ts";
import type { Announced, Ledger } from "./ledger.ts";
import type { Plan } from "./plan.ts";
import type { End } from "./scheduler/classify.ts";

/**
 * Their end records, by position. A verdict belongs to the last pod that was announced: an earlier one is set aside before the
 * next is. Where none was (a file that was put there by hand, a line of an earlier version) nothing is made up.
 *
 * @param verdictOf by position; null for items that have none
 * @throws {UsageError} where the disk does not say how large a verdict is
 */
export async function findUnended(
  plan: Plan,
  ledger: Ledger,
  results: Results,
  verdictOf: (position: number) => Verdict | null,
): Promise<Map<number, EndRecord>> {
  const unended = new Map<number, EndRecord>();
  for (const [position, announced] of ledger.announced()) {
    const verdict = verdictOf(position);
    if (verdict === null) continue;
    const bytes = await results.verdictBytes(plan.name(position), verdict);
    if (bytes === null) continue;
    unended.set(position, endOf(plan, position, announced, verdict, bytes, ledger.doubtful(position)));
  }
  return unended;
}

/**
 * A success has exit code 0, or it would be none; of a failure nothing is known but that. The UID, the node and all times are
 * unknown, but that the pod was created when it was announced, or soon after: this tells joblog.tsv's lines of an item apart.
 */
function endOf(
  plan: Plan,
  position: number,
  { attempt, hash, at }: Announced,
  verdict: Verdict,
  bytes: number,
  doubtful: readonly LogRecord[],
): EndRecord {
  const name = plan.name(position);
  const { index } = plan.item(position);
  const file = `${name}.${verdict === "succeeded" ? "log" : "err"}`;
  // a log that may lack text was announced as such before it got its name
  const main: LogRecord = { container: "", file, bytes, completeness: "followed" };
  const logs = doubtful.some((log) => log.file === file) ? doubtful : [main, ...doubtful];
  const end = verdict === "succeeded" ? SUCCEEDED : FAILED;
  return {
    ...endRecord({ name, hash, index, attempt, uid: "", pod: null, end }, logs, true),
    createdAt: at,
  };
}

const SUCCEEDED: End = { class: "success", reason: "exit code 0", exitCode: 0, signal: null };

const FAILED: Omit<End, "class"> & { readonly class: string } = {
  class: "unknown",
  reason: "a call was killed before it could write down why",
  exitCode: null,
  signal: null,
};
