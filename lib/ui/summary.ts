// The last words about a run: counts, failed items by reason, what is still open, and the command to type next. Pure.

import type { Outcome } from "../run/status.ts";
import { formatDuration } from "./duration.ts";
import type { FailureGroup } from "./failures.ts";
import { oneLine } from "./one_line.ts";
import { type Paint, plain } from "./paint.ts";

/** What the end is told from. */
export interface SummaryFacts {
  readonly outcome: Outcome;
  readonly wallMilliseconds: number;
  /** As the user named it. */
  readonly logdir: string;
  /** Pods end with this process. */
  readonly isLocal: boolean;
  readonly failures: readonly FailureGroup[];
  /** To run the failed items again. */
  readonly retryCommand: string;
  /** To go on where this call stopped. */
  readonly resumeCommand: string;
  /** Where that would run finished items again (`--rerun`): the one that does not. */
  readonly openCommand: string | null;
}

const OPEN_SHOWN = 10;
const TOLD_MILLISECONDS = 2_000;

/** The lines at the end of a run. */
export function renderSummary(facts: SummaryFacts, paint: Paint = plain): string[] {
  const { outcome, failures } = facts;
  const { status } = outcome;
  const lines = [headline(facts, paint)];
  for (const group of failures) lines.push(...renderGroup(group, paint));
  lines.push(...renderOpen(outcome, paint), ...renderLogs(facts, paint));
  const left = unfinished(outcome);
  if (outcome.podsHeld > 0) lines.push(renderHeld(outcome));
  if (outcome.kind === "halted") lines.push(paint.red(`stopped early: ${oneLine(outcome.why)}`));
  if (outcome.kind === "interrupted") lines.push(renderInterrupted(facts));
  if (outcome.kind === "submitted") {
    lines.push(
      `submitted; ${
        pods(status.running)
      } on, and nobody collects their logs until this is run again without --nowait` +
        " (a node keeps only the newest part of a long log)",
    );
  }
  // of a short run the start is the greatest part, which is nobody's to mend
  if (outcome.bottleneck !== "" && facts.wallMilliseconds >= TOLD_MILLISECONDS) {
    lines.push(paint.dim(`held back by ${oneLine(outcome.bottleneck)}`));
  }
  const isOpen = left > 0 || outcome.open.length > 0;
  if (isOpen) lines.push(...renderNext(facts));
  if (status.failed > 0) lines.push(`to run the failed again: ${facts.retryCommand}`);
  return lines;
}

function renderInterrupted({ outcome: { podsLeft }, isLocal }: SummaryFacts): string {
  if (podsLeft === 0) return "interrupted";
  const isOne = podsLeft === 1;
  if (isLocal) {
    return `interrupted; ${isOne ? "the log of 1 pod" : `the logs of ${podsLeft} pods`} could not be kept, ${
      isOne ? "it runs" : "they run"
    } again when the run goes on`;
  }
  return `interrupted; ${
    isOne
      ? "1 pod is left in the cluster, its log comes"
      : `${podsLeft} pods are left in the cluster, their logs come`
  } home when the run goes on`;
}

/** What --rerun has yet to come to keeps its earlier result unless all is run again. */
function renderNext({ resumeCommand, openCommand }: SummaryFacts): string[] {
  if (openCommand === null) return [`to go on: ${resumeCommand}`];
  return [
    `to go on with the items that have no log: ${openCommand}`,
    `to run all again, those of this call too: ${resumeCommand}`,
  ];
}

function headline({ outcome, wallMilliseconds, logdir }: SummaryFacts, paint: Paint): string {
  const { status } = outcome;
  const left = unfinished(outcome);
  const parts = [
    `qupods: ${paint.green(`${status.succeeded} succeeded`)}`,
    ...(status.failed > 0 ? [paint.red(`${status.failed} failed`)] : []),
    ...(status.skipped > 0 ? [`${status.skipped} skipped`] : []),
    ...(status.blocked > 0 ? [paint.red(`${status.blocked} without a verdict`)] : []),
    ...(left > 0 ? [paint.yellow(`${left} not finished`)] : []),
    formatDuration(wallMilliseconds),
    `logs in ${oneLine(logdir).replace(/\/*$/, "/")}`,
  ];
  return parts.join(" · ");
}

function unfinished({ status }: Outcome): number {
  return status.waiting + status.pending + status.gated + status.running + status.harvesting +
    status.retrying;
}

function renderGroup(group: FailureGroup, paint: Paint): string[] {
  const names = group.names.map(oneLine).join(", ");
  const more = group.count > group.names.length ? ", …" : "";
  const lines = [`  ${paint.red(`${group.count}× ${oneLine(group.reason)}`)}: ${names}${more}`];
  if (group.log !== null && group.log.lines.length > 0) {
    lines.push(paint.dim(`    ${oneLine(group.log.file)}:`));
    for (const line of group.log.lines) lines.push(`    | ${oneLine(line)}`);
  }
  return lines;
}

function renderOpen({ open, status }: Outcome, paint: Paint): string[] {
  if (open.length === 0) return [];
  const groups = Map.groupBy(open, ({ reason }) => reason);
  let shown = 0;
  const lines = [...groups].slice(0, OPEN_SHOWN).map(([reason, items]) => {
    const names = items.slice(0, OPEN_SHOWN).map(({ name }) => oneLine(name)).join(", ");
    shown += items.length;
    const more = items.length > OPEN_SHOWN ? ", …" : "";
    return `  ${paint.yellow(`${items.length}× no verdict`)}: ${oneLine(reason)}: ${names}${more}`;
  });
  const hidden = Math.max(open.length, status.blocked) - shown;
  if (hidden > 0) lines.push(`  … and ${hidden} more without a verdict`);
  return lines;
}

function renderLogs({ outcome, logdir }: SummaryFacts, paint: Paint): string[] {
  const { incompleteLogs, unprovenLogs } = outcome;
  const where = `${oneLine(logdir).replace(/\/*$/, "/")}doubtful.tsv`;
  const lines: string[] = [];
  if (incompleteLogs > 0) {
    lines.push(
      `  ${
        paint.red(`${logs(incompleteLogs)} incomplete`)
      }: part of the text is known to be lost; ${where} names ${them(incompleteLogs)}`,
    );
  }
  if (unprovenLogs > 0) {
    lines.push(
      `  ${
        logs(unprovenLogs)
      } unproven: text may be missing (rotated away, or the pod was deleted by somebody as it was read); ${where} names ${
        them(unprovenLogs)
      }`,
    );
  }
  return lines;
}

function renderHeld({ podsHeld, heldBy }: Outcome): string {
  const [which, them] = podsHeld === 1
    ? ["1 deleted pod stays", "it"]
    : [`${podsHeld} deleted pods stay`, "them"];
  return `  ${which} in the cluster until the finalizer ${
    oneLine(heldBy)
  } is taken off ${them}, which is for whoever put it there`;
}

function them(count: number): string {
  return count === 1 ? "it" : "them";
}

function logs(count: number): string {
  return count === 1 ? "1 log" : `${count} logs`;
}

function pods(count: number): string {
  return count === 1 ? "1 pod runs" : `${count} pods run`;
}
