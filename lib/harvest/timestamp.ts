// The timestamps that the kubelet puts before lines: found in bytes, and made comparable as text.

/** Longest timestamp with its space: `2026-01-01T00:00:00.000000000+00:00 `. */
export const TIMESTAMP_LIMIT = 40;
const TIMESTAMP = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)) /;
/** As all kubelets of today write it; the pattern above is for what others may. Sticky: it is tried at one place. */
const USUAL = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /y;

/** A timestamp in a stream. */
export interface Timestamp {
  /** Comparable as text. */
  readonly time: string;
  /** In bytes, with its space. */
  readonly length: number;
}

/** The timestamp that begins at `start`; null if none does. @param text one character a byte */
export function timestampAt(text: string, start: number): Timestamp | null {
  USUAL.lastIndex = start;
  if (USUAL.test(text)) return { time: text.slice(start, start + 30), length: 31 };
  const match = TIMESTAMP.exec(text.slice(start, start + TIMESTAMP_LIMIT));
  return match ? { time: normal(match[1] ?? ""), length: match[0].length } : null;
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
