// Small things done to bytes and sorted lists, for logs. Pure.

export const NEWLINE = 10;

/** How many newlines there are. */
export function countNewlines(bytes: Uint8Array): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at >= 0; at = bytes.indexOf(NEWLINE, at + 1)) count++;
  return count;
}

/** Index of the last element of a sorted list that still passes; -1 if none does. */
export function lastIndex<T>(list: readonly T[], passes: (element: T) => boolean): number {
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const element = list[middle];
    if (element !== undefined && passes(element)) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
