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

/** As all kubelets write it on nodes whose clock shows UTC; `0` stands for a digit. */
const USUAL = new TextEncoder().encode("0000-00-00T00:00:00.000000000Z ");
const ZERO = 48;
/** As others may. */
const OTHER = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) /;

/** Whether a timestamp begins at `start`; puts it into `stamp`. */
export function readStamp(bytes: Uint8Array, start: number, stamp: Stamp): boolean {
  if (bytes.length - start < USUAL.length) return readOther(bytes, start, stamp);
  const day = digits(bytes, start, 0, 10);
  const clock = digits(bytes, start, 10, 19);
  const nanos = digits(bytes, start, 19, USUAL.length);
  if (day < 0 || clock < 0 || nanos < 0) return readOther(bytes, start, stamp);
  stamp.day = day;
  stamp.clock = clock;
  stamp.nanos = nanos;
  stamp.length = USUAL.length;
  return true;
}

/** The digits of a part of the usual form as one number; -1 where something else stands there. */
function digits(bytes: Uint8Array, start: number, from: number, to: number): number {
  let value = 0;
  for (let place = from; place < to; place++) {
    const byte = bytes[start + place] ?? 0;
    const usual = USUAL[place];
    if (usual !== ZERO) {
      if (byte !== usual) return -1;
      continue;
    }
    if (byte < ZERO || byte > ZERO + 9) return -1;
    value = value * 10 + byte - ZERO;
  }
  return value;
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
