// The kubelet's log stream with timestamps, taken apart as bytes. Pure. Each line begins `RFC3339-nanoseconds SPACE`; long
// lines that the runtime split are joined by the kubelet without a second timestamp, so a timestamp stands only after a
// newline, and taking it off gives the container's exact bytes. Lines are known by their times: those of stdout and stderr
// may stand a little out of order, and a kubelet that hears late of a rotation sends a file twice in one stream.

import { joined } from "../../bytes.ts";
import { newlinesOf } from "./scan.ts";
import { makeRecent, NO_TIMES, RECENT, timeAt, type Times } from "./times.ts";
import { makeStamp, readStamp, TIMESTAMP_LIMIT, timeText } from "./timestamp.ts";

/** Where a tape ends: enough to continue it from another stream of the same log. */
export interface TapeEnd {
  /** Timestamp of the last line, as text. */
  readonly time: string;
  /** Timestamps of the last lines, in their order on the tape; fewer than 1024 only where these are all. */
  readonly recent: Times;
  /** Where on the tape the last line begins. */
  readonly lineStart: number;
  /** The last line has no newline yet. */
  readonly isTorn: boolean;
}

const NOTHING: Uint8Array = new Uint8Array(0);

/** A tape without a line. */
export const EMPTY_END: TapeEnd = { time: "", recent: NO_TIMES, lineStart: 0, isTorn: false };

/** A stream being read. */
export interface TapeReader {
  /** Takes the next bytes; hands out pieces to be kept. */
  push(chunk: Uint8Array): void;
  /** The stream is over: what is held back belongs to the last line. */
  finish(): void;
  /** False once a line did not begin with a timestamp: an error text of the kubelet, not a log. */
  readonly isLog: boolean;
  /** The line at which `isEnough` has answered yes, so that nothing more is taken; empty if none. */
  readonly stoppedAt: string;
  /** Timestamp of the stream's first line; empty while there is none. */
  readonly firstTime: string;
  /** Whether the stream began no later than the tape had ended: nothing can be missing between them. */
  readonly isJoined: boolean;
  /** Its times stay as they are until `push` has been called twice more. */
  readonly end: TapeEnd;
}

/** Called for what is kept: the timestamp with its space, or content. Pieces are valid until `push` returns. */
export type Sink = (bytes: Uint8Array, isPrefix: boolean) => void;

/** How a stream is read. */
export interface TapeOptions {
  /** Keep only what comes after this end of what is on the tape; absent: keep all. */
  readonly after?: TapeEnd | undefined;
  /** Bytes on the tape. @default {0} */
  readonly length?: number;
  /** Timestamps and contents that follow each other are handed out as one piece. */
  readonly isWhole?: boolean;
  /** Contents alone, of each chunk as one piece: they are moved together within it, so it has to be the reader's own. */
  readonly isText?: boolean;
  /** The last line on the tape, which is torn, comes anew: the tape is to be cut at `after.lineStart`. */
  readonly onTorn?: () => void;
  /** A line begins that is kept; `offset` is where on the tape. */
  readonly onLine?: ((time: string, offset: number) => void) | undefined;
  /** Whether `onLine` need be called: a line's time as text costs more than all else about the line. @default always */
  readonly isHeard?: () => boolean;
  /** Whether the tape holds a line of that time, among those too old to be remembered. */
  readonly isOnTape?: (time: string) => boolean;
  /** Asked at each line that is not on the tape: true ends the reading before it. */
  readonly isEnough?: ((time: string) => boolean) | undefined;
}

/** A reader of one stream; `sink` is called for what is kept. */
export function makeTapeReader(sink: Sink, options: TapeOptions = {}): TapeReader {
  const after = options.after;
  const recent = makeRecent(after?.recent ?? NO_TIMES);
  /** Of the line that begins. */
  const stamp = makeStamp();
  /** What the tape holds comes again, in the same order: `place` is the next that may. */
  let isCatchingUp = recent.count > 0;
  let place = 0;
  let held = NOTHING;
  let isAtStart = true;
  let isKept = true;
  let isLog = true;
  let stoppedAt = "";
  let isJoined = recent.count === 0;
  let firstTime = "";
  // the tape ends inside a line that this stream may begin anew, or go on with
  let isToMend = after?.isTorn ?? false;
  // where the next kept byte comes to lie on the tape
  let offset = options.length ?? 0;
  let lineStart = after?.lineStart ?? 0;
  let isTorn = isToMend;
  let bytes = NOTHING;
  let runStart = 0;
  let runStop = 0;

  function flush(): void {
    if (runStop > runStart) sink(bytes.subarray(runStart, runStop), false);
    runStart = runStop = 0;
  }

  function keep(start: number, stop: number, isPrefix: boolean): void {
    offset += stop - start;
    if (options.isText) {
      if (isPrefix) return;
      bytes.copyWithin(runStop, start, stop);
      runStop += stop - start;
      return;
    }
    if (!options.isWhole) return sink(bytes.subarray(start, stop), isPrefix);
    if (start !== runStop) {
      flush();
      runStart = start;
    }
    runStop = stop;
  }

  const text = () => timeText(stamp.day, stamp.clock, stamp.nanos);
  const isLate = () => recent.count === 0 || recent.order(stamp, recent.count - 1) > 0;
  const isForgotten = () => recent.count >= RECENT && recent.order(stamp, 0) < 0;

  /** Whether the line is not on the tape yet. */
  function isNew(): boolean {
    if (!isCatchingUp) {
      if (recent.count === 0 || recent.order(stamp, recent.count - 1) >= 0) return true;
      const at = recent.find(stamp, 0);
      if (at < 0 && !(isForgotten() && options.isOnTape?.(text()))) return true;
      isCatchingUp = true;
      place = Math.max(at, 0);
    }
    if (isForgotten()) {
      isJoined = true;
      return false;
    }
    const at = recent.find(stamp, place);
    if (at < 0) {
      if (isLate()) isCatchingUp = false;
      return true;
    }
    isJoined = true;
    place = at + 1;
    if (place < recent.count) return false;
    isCatchingUp = false;
    if (!isToMend) return false;
    isToMend = false;
    recent.pop();
    offset = lineStart;
    isTorn = false; // the tape ends with the line before, also where the disk refuses to cut it
    options.onTorn?.();
    return true;
  }

  /** A line begins; its timestamp lies between `start` and `stop`. */
  function begin(start: number, stop: number): void {
    firstTime ||= text();
    isKept = isNew();
    if (!isKept) return;
    if (options.isEnough?.(text())) {
      stoppedAt = text();
      return;
    }
    if (options.onLine !== undefined && options.isHeard?.() !== false) options.onLine(text(), offset);
    recent.push(stamp);
    isTorn = true;
    if (isToMend) {
      // a rotation fell into the line: this record is its rest, and its timestamp must not come into the middle of it
      isToMend = false;
      return;
    }
    lineStart = offset;
    keep(start, stop, true);
  }

  /** Takes the timestamp at `start`; returns its length with its space, 0 if there is none, or if more bytes are needed. */
  function beginAt(start: number, isLast: boolean): number {
    if (readStamp(bytes, start, stamp)) {
      begin(start, start + stamp.length);
      return stamp.length;
    }
    if (bytes.length - start >= TIMESTAMP_LIMIT || isLast) isLog = false;
    return 0;
  }

  function push(chunk: Uint8Array): void {
    place = Math.max(0, place - recent.trim());
    bytes = held.length > 0 ? joined([held, chunk]) : chunk;
    held = NOTHING;
    const newlineFrom = newlinesOf(bytes);
    let at = 0;
    while (at < bytes.length && isLog && stoppedAt === "") {
      if (isAtStart) {
        const length = beginAt(at, false);
        if (length === 0) {
          if (isLog) held = bytes.slice(at);
          break;
        }
        isAtStart = false;
        at += length;
        continue;
      }
      const newline = newlineFrom(at);
      const stop = newline < 0 ? bytes.length : newline + 1;
      if (isKept) {
        keep(at, stop, false);
        if (newline >= 0) isTorn = false;
      }
      isAtStart = newline >= 0;
      at = stop;
    }
    flush();
  }

  return {
    push,
    finish() {
      if (held.length === 0) return;
      bytes = held;
      if (isLog && stoppedAt === "" && beginAt(0, true) !== held.length) isLog = false;
      flush();
      held = NOTHING;
    },
    get isLog() {
      return isLog;
    },
    get stoppedAt() {
      return stoppedAt;
    },
    get firstTime() {
      return firstTime;
    },
    get isJoined() {
      return isJoined;
    },
    get end() {
      const { now } = recent;
      return { time: timeAt(now, now.count - 1), recent: now, lineStart, isTorn };
    },
  };
}
