// Newlines found in bytes, four at a time: with neither a string of the bytes nor an object for a line, a large log leaves
// the engine nothing to collect.

const NEWLINE = 10;
/** Four newlines; the lowest bit of each of four bytes; the highest. */
const NEWLINES = 0x0a0a0a0a;
const LOWEST = 0x01010101;
const HIGHEST = 0x80808080;

/** Where the next newline stands, from a place on; -1 if none does. What lies from there on may not change meanwhile. */
export function newlinesOf(bytes: Uint8Array): (from: number) => number {
  const size = bytes.length;
  // words begin at multiples of four of the memory's own places
  const lead = Math.min(size, -bytes.byteOffset & 3);
  const words = new Int32Array(bytes.buffer, size > lead ? bytes.byteOffset + lead : 0, (size - lead) >> 2);
  return (from) => {
    let at = from;
    for (; at < size && ((at - lead) & 3) !== 0; at++) if (bytes[at] === NEWLINE) return at;
    let word = (at - lead) >> 2;
    for (; word < words.length; word++) {
      // one of its bytes is zero: Warren, Hacker's Delight, 6-1
      const other = (words[word] ?? 0) ^ NEWLINES;
      if (((other - LOWEST) & ~other & HIGHEST) !== 0) break;
    }
    for (at = Math.max(at, lead + word * 4); at < size; at++) if (bytes[at] === NEWLINE) return at;
    return -1;
  };
}
