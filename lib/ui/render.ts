// What a moment of a run looks like in words. Pure: knows no terminal, no clock, no file. Foreign text is made safe here;
// what comes out may be written as it is.

import type { Status } from "../run/status.ts";
import { formatDuration, formatRate } from "./duration.ts";
import { clip, columnsOf, oneLine } from "./one_line.ts";
import { type Paint, plain } from "./paint.ts";

/** What is known beside the counts. */
export interface Facts {
  /** All items of the run, those done before included. */
  readonly total: number;
  readonly elapsedMilliseconds: number;
  /** Items per second of late. */
  readonly rate: number;
  /** null: nothing can be said. */
  readonly etaSeconds: number | null;
}

/** What the first line says. */
export interface StartFacts {
  readonly total: number;
  /** Had a verdict before this call. */
  readonly skipped: number;
  /** Of the skipped, those that failed. */
  readonly skippedFailed: number;
  /** `context plain, namespace lab` */
  readonly where: string;
  readonly maxPending: number;
  readonly isPendingAuto: boolean;
  /** Infinity: unlimited. */
  readonly maxRunning: number;
  /** Remarks and warnings, one line each. */
  readonly notes: readonly string[];
}

interface Part {
  readonly text: string;
  readonly paint: (text: string) => string;
  /** May be cut where it does not fit; others are dropped. */
  readonly isElastic?: boolean;
}

const SEPARATOR = " · ";
/** An elastic part says nothing any more in fewer columns. */
const ELASTIC_COLUMNS = 12;

/** One line for a terminal, never wider than `width` columns: parts are dropped from the right. */
export function renderLive(status: Status, facts: Facts, width: number, paint: Paint = plain): string {
  const parts = liveParts(status, facts, paint);
  let line = "";
  let used = 0;
  for (const { text, paint, isElastic } of parts) {
    const gap = used === 0 ? "" : SEPARATOR;
    const left = width - used - gap.length;
    const isFitting = columnsOf(text) <= left;
    if (isFitting) line += gap + paint(text);
    else if (used === 0) return clip(text, width);
    else if (isElastic && left >= ELASTIC_COLUMNS) return line + gap + paint(clip(text, left));
    else break;
    used += gap.length + columnsOf(text);
  }
  return line;
}

/** One line for a pipe or a log, in full. */
export function renderPlain(status: Status, facts: Facts): string {
  const texts = liveParts(status, facts, plain).map((part) => part.text);
  return `qupods: ${[...texts, `${formatDuration(facts.elapsedMilliseconds)} so far`].join(SEPARATOR)}`;
}

function liveParts(status: Status, facts: Facts, paint: Paint): Part[] {
  const done = status.succeeded + status.failed + status.skipped;
  const same = (text: string) => text;
  const parts: Part[] = [{
    text: `${done}/${facts.total} done (${percent(done, facts.total)})`,
    paint: same,
  }];
  const add = (count: number, word: string, paint = same) => {
    if (count > 0) parts.push({ text: `${count} ${word}`, paint });
  };
  add(status.failed, "failed", paint.red);
  parts.push({ text: `${status.running} running`, paint: same });
  parts.push({ text: `${status.pending} pending`, paint: same });
  if (status.hold !== "") parts.push({ text: oneLine(status.hold), paint: paint.yellow, isElastic: true });
  if (facts.rate > 0) parts.push({ text: formatRate(facts.rate), paint: same });
  if (facts.etaSeconds !== null && facts.etaSeconds > 0) {
    parts.push({ text: `ETA ${formatDuration(facts.etaSeconds * 1000)}`, paint: same });
  }
  add(status.gated, "gated", paint.dim);
  add(status.retrying, "to retry", paint.yellow);
  add(status.harvesting, "logs under way", paint.dim);
  add(status.blocked, "blocked", paint.red);
  return parts;
}

/** Whole percent, but 100 only when all is done and 0 only when nothing is. */
function percent(done: number, total: number): string {
  if (total === 0 || done >= total) return "100%";
  return `${done === 0 ? 0 : Math.min(99, Math.max(1, Math.floor(done / total * 100)))}%`;
}

/** The first line, and one for each remark. */
export function renderStart(facts: StartFacts): string[] {
  const failed = facts.skippedFailed > 0 ? `, ${facts.skippedFailed} of them failed: --retry-failed` : "";
  const running = facts.maxRunning === Infinity ? "running unlimited" : `at most ${facts.maxRunning} running`;
  const parts = [
    `qupods: ${facts.total} ${facts.total === 1 ? "item" : "items"} → ${oneLine(facts.where)}`,
    ...(facts.skipped > 0 ? [`${facts.skipped} done before (skipped${failed})`] : []),
    `at most ${facts.isPendingAuto ? `3 to ${facts.maxPending}` : facts.maxPending} pending, ${running}`,
  ];
  return [parts.join(SEPARATOR), ...facts.notes.map((note) => `qupods: note: ${oneLine(note)}`)];
}
