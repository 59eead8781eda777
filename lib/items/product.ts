// The lists of `::: a b ::: x y` and their product, the first list slowest. Nothing is materialised.

import { UsageError } from "../errors.ts";
import type { Scalar } from "./item.ts";
import type { Entries } from "./packed.ts";

/** More than this is a slip of the pen rather than a run. */
const MAX_GENERATED = 10_000_000;

/** Throws UsageError if `count` items, made from `what`, are more than can be meant. */
export function checkCount(count: number, what: string): void {
  if (count <= MAX_GENERATED) return;
  throw new UsageError(
    `Cannot make items from ${what} as they are too many: more than ${MAX_GENERATED}. ` +
      "Write smaller ranges or lists, in several runs",
  );
}

/** Which entry of each list the product's entry at `index` takes, given the lists' lengths. */
export function digitsAt(index: number, lengths: readonly number[]): number[] {
  const digits = new Array<number>(lengths.length).fill(0);
  let rest = index;
  for (const [at, length] of [...lengths.entries()].reverse()) {
    digits[at] = rest % length;
    rest = Math.floor(rest / length);
  }
  return digits;
}

/** The product of lists; no list has no items. */
export function readLists(lists: readonly (readonly string[])[]): Entries {
  const lengths = lists.map((list) => list.length);
  const length = lists.length === 0 ? 0 : lengths.reduce((product, each) => product * each, 1);
  checkCount(length, "the lists after :::");
  const fields = new Map<string, Scalar>();
  return {
    length,
    columns: [],
    notes: [],
    at(index) {
      const parts = digitsAt(index, lengths).map((digit, list) => lists[list]?.[digit] ?? "");
      return {
        index,
        value: { text: parts.join(" ") },
        fields,
        parts,
        origin: `item ${index + 1} on the command line`,
      };
    },
  };
}
