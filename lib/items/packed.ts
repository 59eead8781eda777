// Compact storage: what lets a million items fit. Growing arrays of numbers and of texts, a few bytes an item.
// Knows nothing of formats.

import type { Item } from "./item.ts";

/** A full list as one format read it, before `--range` and `--sample`. */
export interface Entries {
  readonly length: number;
  /** The item at an index from 0 to `length - 1`. */
  at(index: number): Item;
  /** Names that every item's `fields` has; null where items may differ. */
  readonly columns: readonly string[] | null;
  /** Remarks for the user. */
  readonly notes: readonly string[];
}

/** A growing array of whole numbers from 0. */
export interface Numbers {
  readonly length: number;
  push(value: number): void;
  /** Throws RangeError outside of 0 to `length - 1`. */
  at(index: number): number;
}

/** An empty array for numbers up to `largest`: four bytes each where that suffices, else eight. */
export function createNumbers(largest: number): Numbers {
  const make = (size: number) => largest < 2 ** 32 ? new Uint32Array(size) : new Float64Array(size);
  let values = make(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(value) {
      if (length === values.length) {
        // transferred, so that no old copies wait for the collector: at a million items they would outweigh the list
        const byteCount = Math.ceil(length * 1.5) * values.BYTES_PER_ELEMENT;
        const buffer = values.buffer.transfer(byteCount);
        values = values instanceof Uint32Array ? new Uint32Array(buffer) : new Float64Array(buffer);
      }
      values[length++] = value;
    },
    at(index) {
      const value = index < length ? values[index] : undefined;
      if (value === undefined) throw new RangeError(`No entry ${index} among ${length}`);
      return value;
    },
  };
}

/** A growing array of texts, kept as UTF-8 one after the other. */
export interface Texts {
  readonly length: number;
  push(text: string): void;
  at(index: number): string;
}

/** An empty array of texts with room for `byteCount` bytes before it must grow. */
export function createTexts(byteCount: number): Texts {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const ends = createNumbers(Number.MAX_SAFE_INTEGER);
  let bytes = new Uint8Array(Math.max(byteCount, 64));
  let used = 0;
  return {
    get length() {
      return ends.length;
    },
    push(text) {
      // A UTF-16 unit takes at most three bytes in UTF-8.
      if (used + text.length * 3 > bytes.length) {
        const wider = new Uint8Array(Math.ceil((used + text.length * 3) * 1.25));
        wider.set(bytes.subarray(0, used));
        bytes = wider;
      }
      used += encoder.encodeInto(text, bytes.subarray(used)).written;
      ends.push(used);
    },
    at(index) {
      return decoder.decode(bytes.subarray(index === 0 ? 0 : ends.at(index - 1), ends.at(index)));
    },
  };
}
