// Keeps watch over a followed log's files. A stream alone cannot be trusted over rotations (measured on a kubelet 1.36):
// the kubelet begins to listen for rotations only when it has first come to the end of the file, so a stream that was
// still behind then never hears of the first one and skips the file that follows; and one that is behind by more than a
// rotation opens whichever file is the newest by then, once or twice. So somebody looks now and then at the first
// timestamp of the file that the kubelet serves: each file so seen must come to stand on the tape. Kubelets rotate a log
// no more often than every 3 s (containerLogMonitorInterval, as they validate it), so looks closer than that see each file.
// Pure: time comes in as milliseconds of a clock that never jumps.

import type { FileHead } from "../read/file_head.ts";

/** Between two looks. */
export const LOOK_MILLISECONDS = 1_000;
/** Looks farther apart than this may have missed a file: a busy kubelet's rotations are not exactly 3 s apart. */
const BLIND_MILLISECONDS = 2_500;
/** No node rotates a log smaller than 1 MiB to any use: what is far from that is not looked at. */
const FILE_BYTES = 1024 * 1024;
const SMALL_BYTES = FILE_BYTES / 4;
/** A log that grows by less between two looks is at its end, where the kubelet's listening can be trusted. */
const QUIET_BYTES = 16 * 1024;
/** A missed file leaves a pause in the lines' own times; shorter ones cannot hide one. */
const PAUSE_MILLISECONDS = 1_000;

/** Lines remembered between two looks, at most. */
const LINES = 500_000;

/** What a look has shown: the stream has this file's beginning, or has yet to come to it. */
export type Look = "here" | "ahead";

export interface Lookout {
  /** Whether it is time to look, with so many bytes on the tape. */
  isDue(bytes: number): boolean;
  /** To be called when a look begins. */
  begin(): void;
  /** Whether a file with this first timestamp has been seen, and no more need be known of it. */
  isKnown(first: string): boolean;
  /** A look's answer: the file that is served; `end` is the tape's last timestamp. */
  see(file: FileHead, end: string, bytes: number, now: number): Look;
  /** A line comes onto the tape, after `previous` and so many bytes. */
  note(time: string, previous: string, bytes: number, now: number): void;
  /** Whether a file with this first timestamp has yet to come. */
  expects(first: string): boolean;
  /** Whether a stream that delivers this line next has passed over a file that has yet to come. */
  isPast(time: string): boolean;
  /** A file was seen whose beginning was passed over: text is lost. */
  readonly hasMissed: boolean;
  /** A file was seen whose beginning has yet to come. */
  readonly isWaiting: boolean;
  /** There is a pause in the lines that nobody watched over: a file may be missing there. */
  readonly hasBlindPause: boolean;
  /** Too long since the last look: a file may have come and gone. */
  isBlind(now: number): boolean;
}

/**
 * @param start the tape's last timestamp when the watch begins; empty for a new tape
 * @param now when the stream was opened
 */
export function makeLookout(start: string, now: number): Lookout {
  let newest = "";
  let seenAt = now;
  let seenBytes = 0;
  let seenEnd = start;
  let isQuiet = true;
  let hasMissed = false;
  let hasBlindPause = false;
  let hasEarlyPause = false;
  // times of the lines that came since the look before, so that a head among them is known
  let lines: string[] = [];
  let areLinesAll = true;
  let mark = 0;
  let expected: { file: FileHead; readonly limit: string }[] = [];
  const blind: Span[] = [];
  const pauses: Span[] = [];

  const isBlindAt = (time: number) => !isQuiet && time - seenAt > BLIND_MILLISECONDS;

  /** Lines of the other pipe, written to the file before, may be a little later than a file's first. */
  const isPast = (time: string) => {
    const [next] = expected;
    return next !== undefined && next.file.second !== "" && time >= next.limit;
  };

  return {
    isPast,
    isDue: (bytes) => bytes >= SMALL_BYTES && (!isQuiet || bytes - seenBytes >= QUIET_BYTES),
    begin() {
      mark = lines.length;
    },
    isKnown: (first) =>
      first === newest && expected.every(({ file }) => file.first !== first || file.second !== ""),
    see(file, end, bytes, time) {
      if (isBlindAt(time)) {
        const span = { from: seenEnd, to: file.first };
        blind.push(span);
        hasBlindPause ||= pauses.some((pause) => overlap(pause, span));
      }
      pauses.length = 0;
      const isNew = file.first !== newest && file.first > start;
      newest = file.first;
      // a node that rotates smaller files than that has done so before the first look
      if (isNew && file.first <= end && bytes < FILE_BYTES) hasBlindPause ||= hasEarlyPause;
      const entry = expected.find((entry) => entry.file.first === file.first);
      const isHere = lines.includes(file.first) || lines.includes(file.second);
      if (entry !== undefined) {
        if (file.second !== "") entry.file = file;
        if (isHere) expected = expected.filter((other) => other !== entry);
      } else if (isNew && !isHere) {
        if (file.second === "" && file.first <= end || file.first > end || file.second > end) {
          expected.push({ file, limit: later(file.first) });
        } else if (areLinesAll) hasMissed = true;
      }
      areLinesAll = true;
      lines = lines.slice(mark);
      mark = 0;
      // twice the same file and hardly a byte between: the stream is at its end
      isQuiet = !isNew && expected.length === 0 && bytes - seenBytes < QUIET_BYTES;
      seenAt = time;
      seenBytes = bytes;
      seenEnd = end;
      return expected.some((entry) => entry.file.first === file.first) ? "ahead" : "here";
    },
    note(time, previous, bytes, now) {
      if (lines.push(time) > LINES) {
        lines = [];
        areLinesAll = false;
      }
      if (isQuiet && bytes >= SMALL_BYTES && bytes - seenBytes >= QUIET_BYTES) {
        isQuiet = false;
        seenAt = now;
      }
      while (expected[0] !== undefined && (isPast(time) || isOf(expected[0].file, time))) {
        hasMissed ||= isPast(time);
        expected.shift();
      }
      if (!isPause(previous, time)) return;
      if (bytes < SMALL_BYTES) hasEarlyPause = true;
      const pause = { from: previous, to: time };
      if (isBlindAt(now) || blind.some((span) => overlap(pause, span))) hasBlindPause = true;
      else pauses.push(pause);
    },
    expects: (first) => expected.some(({ file }) => file.first === first),
    isBlind: isBlindAt,
    get hasMissed() {
      return hasMissed;
    },
    get isWaiting() {
      return expected.length > 0;
    },
    get hasBlindPause() {
      return hasBlindPause;
    },
  };
}

interface Span {
  readonly from: string;
  readonly to: string;
}

function overlap(first: Span, second: Span): boolean {
  return first.from < second.to && first.to > second.from;
}

function isOf(file: FileHead, time: string): boolean {
  return time === file.first || time === file.second;
}

/** Whether a file may have been missed between two lines; times are RFC 3339. */
export function isPause(from: string, to: string): boolean {
  // most lines follow within the same second: parsing every time would cost more than copying the line
  if (from === "" || from.slice(0, 19) === to.slice(0, 19)) return false;
  return Date.parse(to) - Date.parse(from) >= PAUSE_MILLISECONDS;
}

/** A second after: no line of the file before can be so late, and none of the next but one so early. */
function later(time: string): string {
  return new Date(Date.parse(time) + 1000).toISOString().slice(0, 20) + time.slice(20);
}
