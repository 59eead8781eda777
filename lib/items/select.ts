// Which items of the full list are run: `--range`, then `--sample`. Maps a position to an index; knows nothing of
// formats. The same seed takes the same items, in the list's order.

import { UsageError } from "../errors.ts";

/** The chosen indices, ascending. */
export interface Selection {
  readonly length: number;
  /** Index in the full list of a position from 0 to `length - 1`. Throws RangeError outside. */
  indexAt(position: number): number;
  /** Remarks for the user. */
  readonly notes: readonly string[];
}

/** First and last index, both included. */
type Span = readonly [first: number, last: number];

/** Chooses from a list of `fullLength`. Throws UsageError when the range does not lie within it. */
export function selectItems(
  fullLength: number,
  range: string | null,
  sample: number | null,
  seed: number,
): Selection {
  const ranged = takeRange(fullLength, range);
  if (sample === null) return ranged;
  if (sample >= ranged.length) {
    return {
      ...ranged,
      notes: [...ranged.notes, `sample: all ${ranged.length} items, as there are no more than ${sample}`],
    };
  }
  const positions = drawPositions(ranged.length, sample, seed);
  return {
    length: positions.length,
    indexAt: (position) => ranged.indexAt(entryAt(positions, position)),
    notes: [...ranged.notes, `sample: ${sample} of ${ranged.length} items, drawn with seed ${seed}`],
  };
}

function takeRange(fullLength: number, range: string | null): Selection {
  const spans = range === null ? [[0, fullLength - 1] as const] : parseRange(range, fullLength);
  const ends: number[] = [];
  let length = 0;
  for (const [first, last] of spans) ends.push(length += last - first + 1);
  return {
    length,
    notes: range === null ? [] : [`range ${range}: ${length} of ${fullLength} items`],
    indexAt(position) {
      if (!Number.isInteger(position) || position < 0 || position >= length) {
        throw new RangeError(`No item at position ${position} of ${length}`);
      }
      const at = firstAbove(ends, position);
      return entryAt(spans, at)[1] + 1 - (entryAt(ends, at) - position);
    },
  };
}

/** Spans in ascending order, those that touch made one. */
function parseRange(range: string, fullLength: number): Span[] {
  const spans = range.split(",").map((word): Span => {
    const match = /^\s*(\d+)\s*(-\s*(\d+)?\s*)?$/.exec(word);
    const first = Number(match?.[1]);
    // `90-` goes on to the end of the list.
    const last = match?.[2] === undefined ? first : Number(match[3] ?? Math.max(first, fullLength - 1));
    if (match === null || first > last) {
      const reason = match === null ? "it has what is no index" : "it runs backwards";
      throw new UsageError(
        `Cannot take --range ${range} as ${reason}: \`${word}\`. Write indices from 0, such as --range ${
          match === null ? "5-10,17,90-" : `${last}-${first}`
        }`,
      );
    }
    if (last >= fullLength) {
      const limit = fullLength === 0 ? "it is empty" : `its ${fullLength} items are 0 to ${fullLength - 1}`;
      const advice = fullLength === 0
        ? "Leave --range out, or fill the list"
        : `Write --range ${first < fullLength ? `${first}-` : "0-"}${fullLength - 1}`;
      throw new UsageError(
        `Cannot take --range ${range} as the list has no index ${last}: ${limit}. ${advice}`,
      );
    }
    return [first, last];
  });
  spans.sort((a, b) => a[0] - b[0]);
  const merged: Span[] = [];
  for (const [first, last] of spans) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) {
      merged[merged.length - 1] = [previous[0], Math.max(previous[1], last)];
    } else {
      merged.push([first, last]);
    }
  }
  return merged;
}

/** Position of the first of ascending numbers that is above `value`. */
function firstAbove(ascending: readonly number[], value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (entryAt(ascending, middle) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function entryAt<T>(entries: ArrayLike<T>, at: number): T {
  const entry = entries[at];
  if (entry === undefined) throw new RangeError(`No entry ${at} among ${entries.length}`);
  return entry;
}

/** Knuth's selection sampling (TAOCP 3.4.2, algorithm S): each set of `count` positions is equally likely. */
function drawPositions(length: number, count: number, seed: number): Uint32Array {
  const drawn = new Uint32Array(count);
  const random = createRandom(seed);
  let taken = 0;
  for (let at = 0; taken < count; at++) {
    if (random() * (length - at) < count - taken) drawn[taken++] = at;
  }
  return drawn;
}

/** Numbers from 0 up to 1: mulberry32 by Tommy Ettinger, public domain. It must stay: resumed runs draw again. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
