// The last words of `qupods cancel`. Pure: what comes out may be written as it is.

import type { CancelOutcome } from "../run/cancel.ts";
import { oneLine } from "./one_line.ts";
import { type Paint, plain } from "./paint.ts";

const LEFT_SHOWN = 10;

/** What the summary says beside the counts. */
export interface CancelFacts {
  readonly logdir: string;
  /** The command that was typed. */
  readonly again: string;
}

/** Some lines for the end. */
export function renderCancelled(outcome: CancelOutcome, facts: CancelFacts, paint: Paint = plain): string[] {
  const { succeeded, failed, retried, cut, unstarted, leftover, left } = outcome;
  const dir = oneLine(facts.logdir);
  const deleted = succeeded + failed + retried + cut + unstarted + leftover;
  const total = deleted + left.length;
  const count = deleted === 1 ? "1 pod" : `${deleted} pods`;
  const lines = [
    outcome.isInterrupted
      ? `qupods: interrupted, ${count} deleted; pods may be left, to go on: ${facts.again}`
      : total === 0
      ? "qupods: no pod of the run is in the cluster, nothing to cancel"
      : `qupods: ${count} deleted`,
  ];
  const say = (count: number, text: string) => {
    if (count > 0) lines.push(`  ${count} ${text}`);
  };
  say(succeeded, `had succeeded: ${dir}/NAME.log`);
  say(failed, `had failed: ${dir}/NAME.err`);
  say(retried, `had ended and would have been tried again: logs in ${dir}/NAME.d, items open`);
  say(cut, `cut off while running: partial logs in ${dir}/NAME.d, items open`);
  say(unstarted, "had not started: items open");
  say(leftover, "had their logs stored before");
  for (const { name, reason } of left.slice(0, LEFT_SHOWN)) {
    lines.push(`  ${paint.yellow("left")}: ${oneLine(name)}: ${oneLine(reason)}`);
  }
  if (left.length > LEFT_SHOWN) lines.push(`  … and ${left.length - LEFT_SHOWN} more are left`);
  if (left.length > 0 && !outcome.isInterrupted) lines.push(`  to try again: ${facts.again}`);
  if (retried + cut + unstarted > 0) lines.push("  the qupods command of the run runs open items again");
  return lines;
}
