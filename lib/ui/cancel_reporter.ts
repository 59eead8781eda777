// What a person and their tools get to know of `qupods cancel`: the screen, and lines in the job log as in a run.

import type { UiOptions } from "../cli/options.ts";
import type { Clock } from "../clock.ts";
import type { EndRecord } from "../results/record.ts";
import type { CancelEvent, CancelOutcome } from "../run/cancel.ts";
import { renderCancelled } from "./cancel_summary.ts";
import { shellLine } from "./command_line.ts";
import { openJoblog } from "./joblog.ts";
import { oneLine } from "./one_line.ts";
import { openStderrScreen } from "./stderr_screen.ts";

/** Tells about a cancel; dispose of it, or a timer stays. */
export interface CancelReporter extends Disposable {
  /** The run was one of `--local`. */
  local(): void;
  start(where: string): void;
  interrupted(): void;
  event(event: CancelEvent): void;
  end(outcome: CancelOutcome): void;
}

/** A reporter on standard error. */
export function openCancelReporter(
  options: {
    readonly ui: UiOptions;
    readonly logdir: string;
    /** The command line, to be shown again. */
    readonly args: readonly string[];
    readonly clock: Clock;
  },
): CancelReporter {
  const { ui, logdir, clock } = options;
  const screen = openStderrScreen(ui, clock);
  const joblog = openJoblog(`${logdir}/joblog.tsv`);
  const notice = (text: string) => screen.event({ kind: "notice", level: "warning", text });
  let hasJoblogFailed = false;
  const write = (record: EndRecord, item: string) => {
    try {
      joblog.append(record, item);
    } catch (error) {
      // the verdict and the journal are safe: a table for other tools must not end the cancel
      if (!hasJoblogFailed) {
        notice(`joblog.tsv misses lines from here on: ${error instanceof Error ? error.message : error}`);
      }
      hasJoblogFailed = true;
    }
  };
  return {
    local: () =>
      screen.start([
        `qupods: nothing to cancel in ${
          oneLine(logdir)
        }: pods of --local live only in the qupods that started them`,
      ]),
    start: (where) =>
      screen.start([
        `qupods: cancel the run of ${oneLine(logdir)} · ${
          oneLine(where)
        } · pods are deleted, their logs are kept`,
      ]),
    interrupted: () =>
      notice(
        "interrupted: no pod more is deleted; waiting for the logs of those that are ending (again: leave at once)",
      ),
    event(event) {
      switch (event.kind) {
        case "ended":
          write(event.record, event.item);
          return screen.event(
            event.record.class === "cancelled"
              ? { kind: "detail", text: `${event.record.name}: cut off, ${storedAs(event.record)}` }
              : event,
          );
        case "progress":
          return screen.update(progress(event.done, event.total));
        case "notice":
          return notice(event.text);
      }
    },
    end: (outcome) => {
      if (ui.isQuiet && outcome.left.length === 0 && !outcome.isInterrupted) return screen.end([]);
      screen.end(renderCancelled(outcome, { logdir, again: shellLine(options.args) }, screen.paint));
    },
    [Symbol.dispose]() {
      screen[Symbol.dispose]();
      joblog.close();
    },
  };
}

function storedAs({ logs }: EndRecord): string {
  return logs.length === 0
    ? "it had not started"
    : `its log so far is ${logs.map(({ file }) => file).join(", ")}`;
}

/** Pods that are dealt with, in the words of the live line. */
function progress(done: number, total: number) {
  return {
    waiting: 0,
    pending: 0,
    gated: 0,
    running: total - done,
    harvesting: 0,
    succeeded: done,
    failed: 0,
    skipped: 0,
    blocked: 0,
    retrying: 0,
    hold: "",
  };
}
