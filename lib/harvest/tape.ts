// The kubelet's log stream with timestamps, taken apart as bytes. Pure. Each line begins `RFC3339-nanoseconds SPACE`; long
// lines that the runtime split are joined by the kubelet without a second timestamp, so a timestamp stands only after a
// newline, and taking it off gives the container's exact bytes.

/** Longest timestamp with its space: `2026-01-01T00:00:00.000000000+00:00 `. */
const PREFIX_LIMIT = 40;
const PREFIX = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) /;
const NEWLINE = 10;

/** Where a tape ends: enough to continue it from another stream of the same log. */
export interface TapeEnd {
  /** Timestamp of the last line, as text. */
  readonly time: string;
  /** Whole lines at the end that carry this timestamp. */
  readonly count: number;
  /** Where on the tape a last line without newline begins; -1 if the tape ends with a newline. */
  readonly tornStart: number;
}

/** A stream being read. */
export interface TapeReader {
  /** Takes the next bytes; hands out pieces to be kept. */
  push(chunk: Uint8Array): void;
  /** The stream is over: what is held back belongs to the last line. */
  finish(): void;
  /** False once a line did not begin with a timestamp: an error text of the kubelet, not a log. */
  readonly isLog: boolean;
  /** Timestamp of the stream's first line; empty while there is none. */
  readonly firstTime: string;
  /** Whether a line at `after.time` was seen: the stream overlaps what was had. */
  readonly isJoined: boolean;
  readonly end: TapeEnd;
}

/** Called for what is kept: the timestamp with its space, or content. */
export type Sink = (bytes: Uint8Array, isPrefix: boolean) => void;

/** How a stream is read. */
export interface TapeOptions {
  /** Keep only what comes after this end of what is on the tape; absent: keep all. */
  readonly after?: TapeEnd | undefined;
  /** Bytes on the tape. @default {0} */
  readonly length?: number;
  /** The last line on the tape, which is torn, comes anew: the tape is to be cut at `after.tornStart`. */
  readonly onTorn?: () => void;
  /** A line begins that is kept. */
  readonly onLine?: (time: string) => void;
}

/** A reader of one stream; `sink` is called for what is kept. */
export function makeTapeReader(sink: Sink, options: TapeOptions = {}): TapeReader {
  const after = options.after ?? null;
  let held = new Uint8Array(0);
  let isAtStart = true;
  let isKept = true;
  let isLog = true;
  let isJoined = after === null || after.time === "";
  let firstTime = "";
  let skipped = 0;
  // the tape ends inside a line that this stream may begin anew, or go on with
  let isTorn = after !== null && after.tornStart >= 0;
  // where the next kept byte comes to lie on the tape
  let offset = options.length ?? 0;
  let end: TapeEnd = after ?? { time: "", count: 0, tornStart: -1 };

  function begin(time: string, prefix: Uint8Array): void {
    firstTime ||= time;
    if (after === null || after.time === "" || time > after.time) isKept = true;
    else if (time < after.time) isKept = false;
    else {
      isJoined = true;
      isKept = skipped >= after.count;
      skipped++;
      if (isKept && isTorn) {
        isTorn = false;
        offset = after.tornStart;
        options.onTorn?.();
      }
    }
    if (!isKept) return;
    options.onLine?.(time);
    if (isTorn) {
      // a rotation fell into the line: this record is its rest, and its timestamp must not come into the middle of it
      isTorn = false;
      end = { time, count: 0, tornStart: end.tornStart };
      return;
    }
    end = { time, count: end.time === time ? end.count : 0, tornStart: offset };
    sink(prefix, true);
    offset += prefix.length;
  }

  function content(bytes: Uint8Array, isEnd: boolean): void {
    if (!isKept) return;
    if (bytes.length > 0) sink(bytes, false);
    offset += bytes.length;
    if (isEnd) end = { time: end.time, count: end.count + 1, tornStart: -1 };
  }

  /** Takes a timestamp off the front of `bytes`; returns how long it was, 0 if more bytes are needed. */
  function prefixLength(bytes: Uint8Array, isLast: boolean): number {
    const head = new TextDecoder("latin1").decode(bytes.subarray(0, PREFIX_LIMIT));
    const match = PREFIX.exec(head);
    if (match) {
      begin(normal(match[1] ?? ""), bytes.subarray(0, match[0].length));
      return match[0].length;
    }
    if (bytes.length < PREFIX_LIMIT && !isLast) return 0;
    isLog = false;
    return 0;
  }

  function push(chunk: Uint8Array): void {
    let bytes = chunk;
    while (bytes.length > 0 && isLog) {
      if (isAtStart) {
        if (held.length > 0) bytes = concat(held, bytes);
        held = new Uint8Array(0);
        const length = prefixLength(bytes, false);
        if (length === 0) {
          held = bytes.slice();
          return;
        }
        isAtStart = false;
        bytes = bytes.subarray(length);
        continue;
      }
      const newline = bytes.indexOf(NEWLINE);
      const stop = newline < 0 ? bytes.length : newline + 1;
      content(bytes.subarray(0, stop), newline >= 0);
      isAtStart = newline >= 0;
      bytes = bytes.subarray(stop);
    }
  }

  return {
    push,
    finish() {
      if (held.length > 0 && isLog && prefixLength(held, true) !== held.length) isLog = false;
      held = new Uint8Array(0);
    },
    get isLog() {
      return isLog;
    },
    get firstTime() {
      return firstTime;
    },
    get isJoined() {
      return isJoined;
    },
    get end() {
      return end;
    },
  };
}

/** Timestamps compare as text once they all have nine digits and Z; other zones are left as they are. */
function normal(time: string): string {
  const match = /^(.{19})(?:\.(\d+))?Z$/.exec(time);
  return match ? `${match[1]}.${(match[2] ?? "").padEnd(9, "0")}Z` : time;
}

/** The whole second of a timestamp, for `sinceTime`. */
export function wholeSecond(time: string): string {
  return time.replace(/\.\d+/, "");
}

export function concat(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
