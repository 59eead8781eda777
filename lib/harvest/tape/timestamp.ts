// The timestamps that the kubelet puts before lines: read out of bytes as numbers, in UTC, that compare as the times do.

/** Longest timestamp with its space: `2026-01-01T00:00:00.000000000+00:00 `. */
export const TIMESTAMP_LIMIT = 40;

/** A timestamp in a stream; one object serves for all of it. */
export interface Stamp {
  /** YYYYMMDD */
  day: number;
  /** hhmmss */
  clock: number;
  nanos: number;
  /** In bytes, with its space. */
  length: number;
}

export function makeStamp(): Stamp {
  return { day: 0, clock: 0, nanos: 0, length: 0 };
}

/** Bytes of `2026-01-01T00:00:00.000000000Z `, as all kubelets write it on nodes whose clock shows UTC. */
const USUAL_LENGTH = 31;
const [ZERO, DASH, COLON, POINT, SPACE, LETTER_T, LETTER_Z] = [48, 45, 58, 46, 32, 84, 90];
/** In place of digits that are none: a number with it in it is below zero. */
const NONE = -1e9;
/** As others may. */
const OTHER = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) /;

/** Whether a timestamp begins at `start`; puts it into `stamp`. */
export function readStamp(bytes: Uint8Array, start: number, stamp: Stamp): boolean {
  if (bytes.length - start < USUAL_LENGTH || !isUsual(bytes, start)) return readOther(bytes, start, stamp);
  const day = pair(bytes, start) * 1e6 + pair(bytes, start + 2) * 1e4 + pair(bytes, start + 5) * 100 +
    pair(bytes, start + 8);
  const clock = pair(bytes, start + 11) * 1e4 + pair(bytes, start + 14) * 100 + pair(bytes, start + 17);
  const nanos = pair(bytes, start + 20) * 1e7 + pair(bytes, start + 22) * 1e5 +
    pair(bytes, start + 24) * 1e3 +
    pair(bytes, start + 26) * 10 + digit(bytes, start + 28);
  if (day < 0 || clock < 0 || nanos < 0) return readOther(bytes, start, stamp);
  stamp.day = day;
  stamp.clock = clock;
  stamp.nanos = nanos;
  stamp.length = USUAL_LENGTH;
  return true;
}

/** What stands between the digits. Written out, as the digits are: a loop over a pattern takes half as long again. */
function isUsual(bytes: Uint8Array, start: number): boolean {
  return bytes[start + 4] === DASH && bytes[start + 7] === DASH && bytes[start + 10] === LETTER_T &&
    bytes[start + 13] === COLON && bytes[start + 16] === COLON && bytes[start + 19] === POINT &&
    bytes[start + 29] === LETTER_Z && bytes[start + 30] === SPACE;
}

function pair(bytes: Uint8Array, at: number): number {
  return digit(bytes, at) * 10 + digit(bytes, at + 1);
}

function digit(bytes: Uint8Array, at: number): number {
  const value = (bytes[at] ?? 0) - ZERO;
  return value >= 0 && value <= 9 ? value : NONE;
}

function readOther(bytes: Uint8Array, start: number, stamp: Stamp): boolean {
  const text = new TextDecoder("latin1").decode(bytes.subarray(start, start + TIMESTAMP_LIMIT));
  const [whole, time, fraction = "", zone] = OTHER.exec(text) ?? [];
  if (whole === undefined) return false;
  const milliseconds = Date.parse(`${time}${zone}`);
  if (Number.isNaN(milliseconds)) return false;
  const utc = new Date(milliseconds).toISOString();
  stamp.day = Number(utc.slice(0, 10).replaceAll("-", ""));
  stamp.clock = Number(utc.slice(11, 19).replaceAll(":", ""));
  stamp.nanos = Number(fraction.padEnd(9, "0"));
  stamp.length = whole.length;
  return true;
}

/** RFC 3339 in UTC with nine digits: comparable as text. */
export function timeText(day: number, clock: number, nanos: number): string {
  const [date, time] = [String(day).padStart(8, "0"), String(clock).padStart(6, "0")];
  return `${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6)}T${time.slice(0, 2)}:${time.slice(2, 4)}:${
    time.slice(4)
  }.${String(nanos).padStart(9, "0")}Z`;
}

/** The whole second of a timestamp, for `sinceTime`. */
export function wholeSecond(time: string): string {
  return time.replace(/\.\d+/, "");
}
