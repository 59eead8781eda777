// The only writer to the terminal. Owns the live line: when it is drawn, and that whatever else is said stands above it.
// Knows words only from the renderers; the stream, its width and the time come in.

import type { Clock } from "../clock.ts";
import { isDiskTrouble } from "../results/trouble.ts";
import type { RunEvent, Status } from "../run/status.ts";
import { formatDuration } from "./duration.ts";
import { oneLine } from "./one_line.ts";
import { type Paint, paintFor } from "./paint.ts";
import { createRateMeter, etaSeconds } from "./rate.ts";
import { renderLive, renderPlain } from "./render.ts";

/** How a screen is opened. */
export interface ScreenOptions {
  readonly isTerminal: boolean;
  /** Columns of the terminal now; 0 where unknown. */
  readonly width: () => number;
  /** Standard error. */
  readonly write: (bytes: Uint8Array) => void;
  readonly clock: Clock;
  /** Nothing but warnings, and what `end` is given. */
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** True: a live line even in a pipe; false: none even on a terminal; null: by the terminal. */
  readonly bar: boolean | null;
  /** False where NO_COLOR is set; without a terminal there is never any colour. */
  readonly hasColor: boolean;
}

/** What is seen of a run. Lines that are handed in are written as they are: make them with the renderers. */
export interface Screen extends Disposable {
  /** For the renderers of the first and last lines. */
  readonly paint: Paint;
  start(lines: readonly string[]): void;
  /** Draws at most 5 times a second on a terminal, else one line every 30 s; goes on by itself between two calls. */
  update(status: Status): void;
  /** Notices, items without a verdict; with `-v` details and the end of each attempt. Stands above the live line. */
  event(event: RunEvent): void;
  /** Last words; quiet or not, they are written. Nothing is drawn after them. */
  end(lines: readonly string[]): void;
}

const REDRAW_MILLISECONDS = 200;
const IDLE_REDRAW_MILLISECONDS = 1_000;
const PLAIN_MILLISECONDS = 30_000;
/** Items without a verdict that are named at once; the end names more. */
const OPEN_SHOWN = 10;
const CLEAR = "\r\x1b[K";

/** Opens the screen. It keeps a timer from `start` or the first `update` until `end` or disposal. */
export function openScreen(options: ScreenOptions): Screen {
  const { clock, isQuiet, isVerbose } = options;
  const isLive = options.bar ?? options.isTerminal;
  const paint = paintFor(options.hasColor && options.isTerminal);
  const encoder = new TextEncoder();
  const began = clock.monotonic();
  const meter = createRateMeter();
  const ended = new AbortController();
  let status: Status | null = null;
  let drawnAt = isLive ? -Infinity : began;
  let hasLine = false;
  let isGone = false;
  let isTicking = false;
  let openCount = 0;

  const write = (text: string) => {
    if (isGone) return;
    try {
      options.write(encoder.encode(text));
    } catch (error) {
      // whoever watched has left (`2>&1 | head`, a closed terminal), or a full disk has no room for this: the run goes on
      if (!isHangup(error) && !isDiskTrouble(error)) throw error;
      isGone = isHangup(error);
    }
  };
  const draw = (now: number) => {
    if (isQuiet || status === null || ended.signal.aborted) return;
    drawnAt = now;
    const done = status.succeeded + status.failed;
    const total = totalOf(status);
    const rate = meter.rate(now);
    const left = total - done - status.skipped - status.blocked;
    const facts = { total, elapsedMilliseconds: now - began, rate, etaSeconds: etaSeconds(left, rate) };
    if (!isLive) return write(`${renderPlain(status, facts)}\n`);
    // one column stays free: some terminals wrap as soon as the last one is written
    const width = Math.max(1, (options.width() || 80) - 1);
    write(CLEAR + renderLive(status, facts, width, paint));
    hasLine = true;
  };
  const say = (lines: readonly string[]) => {
    if (lines.length === 0) return;
    const line = hasLine ? CLEAR : "";
    const isShown = hasLine;
    hasLine = false;
    write(`${line}${lines.join("\n")}\n`);
    if (isShown) draw(clock.monotonic());
  };
  const tick = async () => {
    const period = isLive ? IDLE_REDRAW_MILLISECONDS : PLAIN_MILLISECONDS;
    while (!ended.signal.aborted) {
      const wait = Math.max(1, drawnAt + period - clock.monotonic());
      try {
        await clock.sleep(Number.isFinite(wait) ? wait : period, ended.signal);
      } catch (error) {
        if (ended.signal.aborted) return;
        throw error;
      }
      if (clock.monotonic() - drawnAt >= period) draw(clock.monotonic());
    }
  };
  const startTicking = () => {
    if (isTicking || isQuiet || ended.signal.aborted) return;
    isTicking = true;
    void tick();
  };
  const clear = () => {
    if (hasLine) write(CLEAR);
    hasLine = false;
  };

  return {
    paint,
    start(lines) {
      if (!isQuiet) say(lines);
    },
    update(next) {
      const now = clock.monotonic();
      status = next;
      meter.add(now, next.succeeded + next.failed);
      if (now - drawnAt >= (isLive ? REDRAW_MILLISECONDS : PLAIN_MILLISECONDS)) draw(now);
      startTicking();
    },
    event(event) {
      if (event.kind === "open" && ++openCount > OPEN_SHOWN && !isVerbose) {
        if (openCount === OPEN_SHOWN + 1) say(["qupods: more items without a verdict are named at the end"]);
        return;
      }
      const line = eventLine(event, paint);
      const isWanted = event.kind === "detail" || event.kind === "ended"
        ? isVerbose
        : event.kind === "open" || event.kind === "doubted" || event.level === "warning" || !isQuiet;
      if (isWanted) say(line);
    },
    end(lines) {
      ended.abort();
      clear();
      say(lines);
    },
    [Symbol.dispose]() {
      ended.abort();
      clear();
    },
  };
}

/** All items: each is in exactly one of the counts. */
function totalOf(status: Status): number {
  return status.waiting + status.pending + status.gated + status.running + status.harvesting +
    status.succeeded + status.failed + status.skipped + status.blocked + status.retrying;
}

function eventLine(event: RunEvent, paint: Paint): string[] {
  switch (event.kind) {
    case "notice": {
      const prefix = event.level === "warning" ? `${paint.yellow("warning")}: ` : "";
      const [first = "", ...rest] = event.text.trimEnd().split("\n").map(oneLine);
      return [`qupods: ${prefix}${first}`, ...rest.map((line) => `  ${line}`)];
    }
    case "open":
      return [`qupods: ${paint.yellow("no verdict")}: ${oneLine(event.name)}: ${oneLine(event.reason)}`];
    case "doubted":
      return [
        `qupods: ${paint.yellow("warning")}: ${
          oneLine(event.name)
        } was deleted by somebody, and its name taken: ` +
        `${event.logs.map(({ file }) => oneLine(file)).join(", ")} may be the other pod's`,
      ];
    case "detail":
      return event.text.trimEnd().split("\n").map(oneLine);
    case "ended": {
      const { record, isEarlier = false } = event;
      const word = record.verdict === "succeeded" ? paint.green("succeeded") : paint.red("failed");
      const begun = record.startedAt || record.createdAt;
      const span = begun > 0 && record.finishedAt > begun
        ? ` after ${formatDuration(record.finishedAt - begun)}`
        : "";
      const node = record.node === "" ? "" : ` on ${oneLine(record.node)}`;
      const reason = record.verdict === "succeeded" ? "" : `: ${oneLine(record.reason)}`;
      const then = record.class === "cancelled" ? "cut off" : "will be run again";
      const again = record.isFinal ? "" : `; attempt ${record.attempt}, ${then}`;
      const call = isEarlier ? ", in an earlier call" : "";
      return [`${oneLine(record.name)} ${word}${span}${node}${call}${reason}${again}`];
    }
  }
}

function isHangup(error: unknown): boolean {
  if (error instanceof Deno.errors.BrokenPipe) return true;
  return error instanceof Error && "code" in error && (error.code === "EPIPE" || error.code === "EIO");
}
