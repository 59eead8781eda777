// How fast items are getting done, over a window that slides. A mean over the whole run would promise the wrong end for
// hours after a slow start; a window of fixed length would read zero between two long jobs.

/** Measures; fed with the count of items done so far. */
export interface RateMeter {
  add(atMilliseconds: number, done: number): void;
  /** Items per second at a moment; 0 while nothing is known. */
  rate(nowMilliseconds: number): number;
}

const WINDOW_MILLISECONDS = 60_000;
/** A window reaches further back until it holds this many items. */
const WINDOW_ITEMS = 10;
const SPACING_MILLISECONDS = 500;
const SAMPLE_LIMIT = 512;

/** A meter without samples. */
export function createRateMeter(): RateMeter {
  let samples: { readonly at: number; readonly done: number }[] = [];
  let last = { at: 0, done: 0 };
  return {
    add(at, done) {
      last = { at, done };
      const newest = samples.at(-1);
      if (newest !== undefined && at - newest.at < SPACING_MILLISECONDS) return;
      samples.push(last);
      // the older half at half the density: hours fit, the recent past stays exact
      if (samples.length > SAMPLE_LIMIT) {
        samples = samples.filter((_, i) => i >= SAMPLE_LIMIT / 2 || i % 2 === 0);
      }
    },
    rate(now) {
      const isWide = (sample: { at: number; done: number }) =>
        now - sample.at >= WINDOW_MILLISECONDS && last.done - sample.done >= WINDOW_ITEMS;
      const from = samples.findLast(isWide) ?? samples[0];
      if (from === undefined || now <= from.at) return 0;
      return (last.done - from.done) / ((now - from.at) / 1000);
    },
  };
}

/** Seconds until `left` items are done; null where nothing can be said. */
export function etaSeconds(left: number, rate: number): number | null {
  if (left <= 0) return 0;
  return rate > 0 ? left / rate : null;
}
