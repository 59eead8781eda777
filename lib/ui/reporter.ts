// What a person sees of a run, on standard error: the first line, a live line or one now and then, and the end.

import type { ScheduleOptions, UiOptions } from "../cli/options.ts";
import type { Clock } from "../clock.ts";
import type { EndRecord } from "../results/record.ts";
import type { Outcome, RunEvent, Status } from "../run/status.ts";
import { printable } from "./escape.ts";
import { openJoblog } from "./joblog.ts";

/** What the reporter is told at its start. */
export interface ReporterOptions {
  readonly ui: UiOptions;
  readonly logdir: string;
  readonly args: readonly string[];
  readonly clock: Clock;
  readonly total: number;
  readonly skipped: number;
}

const LIVE_MILLISECONDS = 200;
const PLAIN_MILLISECONDS = 30_000;

/** A reporter on standard error. */
export function openReporter(options: ReporterOptions): Reporter {
  const { ui, clock, logdir } = options;
  const isTerminal = Deno.stderr.isTerminal();
  const joblog = openJoblog(`${logdir}/joblog.tsv`);
  const began = clock.monotonic();
  const reasons = new Map<string, string[]>();
  let shown = began - PLAIN_MILLISECONDS + 5_000;
  let hasLine = false;
  const write = (text: string) => {
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(text));
    } catch (error) {
      if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    }
  };
  const say = (text: string) => {
    write(`${hasLine ? "\r\x1b[K" : ""}${printable(text)}\n`);
    hasLine = false;
  };
  return {
    start({ where, schedule, skippedFailed, notes }) {
      if (ui.isQuiet) return;
      const caps = `at most ${schedule.maxPending} pending, ${
        schedule.maxRunning === Infinity ? "no limit on running" : `${schedule.maxRunning} running`
      }`;
      const skipped = options.skipped === 0
        ? ""
        : ` · ${options.skipped} done before${
          skippedFailed > 0 ? ` (${skippedFailed} failed: --retry-failed)` : ""
        }`;
      say(`qupods: ${options.total} items → ${where}${skipped} · ${caps}`);
      for (const note of notes) say(`  ${note}`);
    },
    nothing() {
      if (!ui.isQuiet) {
        say(
          options.total === 0
            ? "qupods: the list is empty, nothing to do"
            : "qupods: nothing to do, every item has its log",
        );
      }
      return 0;
    },
    notice: (text) => say(`qupods: ${text}`),
    update(status) {
      const now = clock.monotonic();
      if (ui.isQuiet || now - shown < (isTerminal ? LIVE_MILLISECONDS : PLAIN_MILLISECONDS)) return;
      shown = now;
      const line = liveLine(status, options.total, now - began);
      if (!isTerminal) return say(line);
      write(`\r\x1b[K${printable(line).slice(0, Deno.consoleSize().columns - 1)}`);
      hasLine = true;
    },
    event(event) {
      if (event.kind === "ended") {
        joblog.append(event.record);
        if (event.record.isFinal && event.record.verdict === "failed") {
          reasons.set(event.record.reason, [...(reasons.get(event.record.reason) ?? []), event.record.name]);
        }
        if (ui.isVerbose) say(`${event.record.name}: ${event.record.reason}`);
      } else if (event.kind === "notice") {
        if (!ui.isQuiet || event.level === "warning") say(`qupods: ${event.text}`);
      } else if (event.kind === "open") say(`qupods: ${event.name}: ${event.reason}`);
      else if (ui.isVerbose) say(event.text);
    },
    end(outcome) {
      joblog.close();
      for (const line of summary(outcome, options, reasons, clock.monotonic() - began)) {
        if (!ui.isQuiet) say(line);
      }
    },
  };
}

/** Tells a person about a run. */
export interface Reporter {
  start(facts: {
    readonly where: string;
    readonly schedule: ScheduleOptions;
    readonly skippedFailed: number;
    readonly notes: readonly string[];
  }): void;
  /** Nothing is to be done: says so, and gives the exit status. */
  nothing(): number;
  notice(text: string): void;
  update(status: Status): void;
  event(event: RunEvent): void;
  end(outcome: Outcome): void;
}

/** One line for a moment of the run. */
export function liveLine(status: Status, total: number, elapsedMilliseconds: number): string {
  const done = status.succeeded + status.failed;
  const rate = done / Math.max(0.001, elapsedMilliseconds / 1000);
  const left = total - done - status.skipped - status.blocked;
  const eta = done === 0
    ? ""
    : ` · ${rate.toFixed(rate < 10 ? 1 : 0)}/s, ${duration(left / rate * 1000)} left`;
  const failed = status.failed === 0 ? "" : ` · ${status.failed} failed`;
  const hold = status.hold === "" ? "" : ` · ${status.hold}`;
  return `${
    done + status.skipped
  }/${total} done${failed} · ${status.running} running · ${status.pending} pending${eta}${hold}`;
}

/** The lines at the end of a run. */
export function summary(
  outcome: Outcome,
  options: Pick<ReporterOptions, "logdir" | "args">,
  reasons: ReadonlyMap<string, readonly string[]>,
  wallMilliseconds: number,
): string[] {
  const { status } = outcome;
  const again = `qupods ${options.args.join(" ")}`;
  const lines = [
    `qupods: ${status.succeeded} succeeded · ${status.failed} failed · ${status.skipped} skipped · ` +
    `${duration(wallMilliseconds)} · logs in ${options.logdir}/`,
  ];
  for (const [reason, names] of [...reasons].slice(0, 10)) {
    lines.push(
      `  ${names.length}× ${reason}: ${names.slice(0, 3).join(", ")}${names.length > 3 ? ", …" : ""}`,
    );
  }
  for (const { name, reason } of outcome.open.slice(0, 10)) lines.push(`  open: ${name}: ${reason}`);
  if (outcome.incompleteLogs > 0) {
    lines.push(`  ${outcome.incompleteLogs} logs are known to be incomplete; the journal names them`);
  }
  if (outcome.unprovenLogs > 0) {
    lines.push(
      `  ${outcome.unprovenLogs} logs cannot be proven complete: nobody followed them from their start`,
    );
  }
  if (outcome.kind === "halted") lines.push(`  stopped early: ${outcome.why}`);
  if (outcome.kind === "interrupted") {
    lines.push(`  interrupted; running pods were left alone. The same command goes on: ${again}`);
  }
  if (outcome.kind === "submitted") {
    lines.push(`  all pods are on nodes; collect their logs with the same command without --nowait`);
  }
  if (status.failed > 0 && outcome.kind === "complete") {
    lines.push(`  to run the failed again: ${again} --retry-failed`);
  }
  return lines;
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  if (seconds < 60) return milliseconds < 10_000 ? `${(milliseconds / 1000).toFixed(1)}s` : `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
  return `${Math.floor(seconds / 3600)}h${String(Math.floor(seconds / 60) % 60).padStart(2, "0")}m`;
}

export type { EndRecord };
