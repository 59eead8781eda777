// What a person and their tools get to know of a run: the screen, the job log and the failures at the end, fed from the
// run's events. Words are made in render.ts and summary.ts, drawn in screen.ts.

import type { ScheduleOptions, UiOptions } from "../cli/options.ts";
import type { Clock } from "../clock.ts";
import type { Followed } from "../harvest/harvest.ts";
import type { LogRecord } from "../results/record.ts";
import type { Outcome, RunEvent, Status } from "../run/status.ts";
import { collectLine, goOnLine, retryLine, shellLine } from "./command_line.ts";
import { collectFailures } from "./failures.ts";
import { openDoubtful } from "./doubtful.ts";
import { openJoblog } from "./joblog.ts";
import { renderStart } from "./render.ts";
import { openStderrScreen } from "./stderr_screen.ts";
import { renderSummary } from "./summary.ts";

/** What the reporter is told at its start. */
export interface ReporterOptions {
  readonly ui: UiOptions;
  readonly logdir: string;
  /** Pods end with this process. */
  readonly isLocal: boolean;
  /** The command line, to be shown again. */
  readonly args: readonly string[];
  readonly clock: Clock;
  readonly total: number;
  /** Had a verdict before; of these, how many had failed. */
  readonly skipped: number;
  readonly skippedFailed: number;
  /** Of those, the logs that may lack text. */
  readonly doubtful: readonly LogRecord[];
  /** Text of the item whose index in the full list this is. */
  readonly itemText: (name: string) => string;
}

/** Tells about a run; dispose of it, or a timer stays. */
export interface Reporter extends Disposable {
  start(
    facts: { readonly where: string; readonly schedule: ScheduleOptions; readonly notes: readonly string[] },
  ): void;
  /** There is nothing to be done. */
  nothing(): void;
  notice(text: string): void;
  /** A log is followed from here on: where it can be read as it grows is told with `-v`. */
  follows(followed: Followed): void;
  /** The first Ctrl-C has come. */
  interrupted(): void;
  update(status: Status): void;
  event(event: RunEvent): void;
  end(outcome: Outcome): Promise<void>;
}

/** A reporter on standard error. */
export function openReporter(options: ReporterOptions): Reporter {
  const { ui, clock, logdir, args, total, skipped, skippedFailed } = options;
  const screen = openStderrScreen(ui, clock);
  const joblog = openJoblog(`${logdir}/joblog.tsv`);
  const doubtful = openDoubtful(`${logdir}/doubtful.tsv`);
  const failures = collectFailures(logdir);
  const began = clock.monotonic();
  let hasTableFailed = false;
  let isInterrupted = false;
  const notice = (text: string, level: "info" | "warning" = "warning") =>
    screen.event({ kind: "notice", level, text });
  /** The verdict and the journal are safe: a table for other eyes must not end the run. */
  const tabulate = (write: () => void) => {
    try {
      write();
    } catch (error) {
      if (!hasTableFailed) {
        const reason = error instanceof Error ? error.message : error;
        notice(`joblog.tsv and doubtful.tsv miss lines from here on: ${reason}`);
      }
      hasTableFailed = true;
    }
  };
  return {
    start({ where, schedule: { maxPending, isPendingAuto, maxRunning }, notes }) {
      screen.start(
        renderStart({ total, skipped, skippedFailed, where, maxPending, isPendingAuto, maxRunning, notes }),
      );
      tabulate(() => doubtful.begin(options.doubtful));
    },
    nothing() {
      const text = total === 0 ? "the list is empty, nothing to do" : "nothing to do, every item has its log";
      const again = skippedFailed > 0
        ? `; ${skippedFailed} of them failed, to run those again: ${retryLine(args)}`
        : "";
      const doubts = options.doubtful.length > 0 ? `; logs that may lack text: ${logdir}/doubtful.tsv` : "";
      notice(text + again + doubts, "info");
    },
    notice,
    follows({ pod, container, path }) {
      const name = container === pod.mainContainer ? pod.name : `${pod.name} ${container}`;
      screen.event({
        kind: "detail",
        text: `${name} runs on ${pod.nodeName}; its log grows, line by line with times, in ${path}`,
      });
    },
    interrupted() {
      isInterrupted = true;
      const running = options.isLocal ? "what runs is stopped, its output kept" : "pods run on";
      notice(`interrupted: nothing new is started, ${running} (again: leave at once)`);
    },
    update: (status) => screen.update(status),
    event(event) {
      if (event.kind === "ended") {
        const { record, isEarlier } = event;
        if (!isEarlier) failures.add(record);
        tabulate(() => joblog.append(record, options.itemText(record.name), isEarlier));
        tabulate(() => doubtful.append(record));
      }
      if (event.kind === "doubted") {
        const { logs } = event;
        tabulate(() => doubtful.append({ isFinal: true, logs }));
      }
      // what an interruption leaves open is named once, at the end
      if (event.kind !== "open" || !isInterrupted) screen.event(event);
    },
    async end(outcome) {
      const groups = await failures.groups();
      if (
        ui.isQuiet && outcome.kind === "complete" && groups.length === 0 && outcome.open.length === 0 &&
        outcome.incompleteLogs === 0
      ) {
        return screen.end([]);
      }
      screen.end(
        renderSummary({
          outcome: ui.isQuiet ? { ...outcome, bottleneck: "" } : outcome,
          wallMilliseconds: clock.monotonic() - began,
          logdir,
          isLocal: options.isLocal,
          failures: groups,
          retryCommand: retryLine(args),
          resumeCommand: outcome.kind === "submitted" ? collectLine(args) : shellLine(args),
          openCommand: outcome.kind === "submitted" ? null : goOnLine(args),
        }, screen.paint),
      );
    },
    [Symbol.dispose]() {
      screen[Symbol.dispose]();
      joblog.close();
      doubtful.close();
    },
  };
}
