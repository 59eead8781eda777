// The verdicts of a listing, looked up by name: a table of places in the listing's own bytes. A hundred thousand names become
// no strings and no objects; a million take 8 MB beside the listing.

import { hashBytes, hashText } from "./name_hash.ts";
import type { Verdict } from "./record.ts";

/** What a log directory has of finished items. */
export interface Verdicts {
  /** How many there are. */
  readonly size: number;
  /** Of the item whose pod has this name; null if it has none. */
  of(name: string): Verdict | null;
  names(): Iterable<string>;
}

const LF = 10;
const DOT = 46;
const [L, O, G, E, R] = [..."loger"].map((letter) => letter.charCodeAt(0));
/** `.log` or `.err` */
const SUFFIX = 4;

/**
 * @param lines names, each ended by a line feed; of hidden files, of what ends in a slash and what is no verdict nothing is kept
 * @param onBoth told of a name that has both verdicts
 */
export function makeVerdicts(lines: Uint8Array, onBoth: (name: string) => never): Verdicts {
  const decoder = new TextDecoder();
  const slots = 1 << Math.max(4, Math.ceil(Math.log2(countLines(lines) * 2 + 1)));
  /** Where a name starts, plus one; 0 is free. */
  const table = new Uint32Array(slots);
  let size = 0;

  function enter(start: number, end: number): void {
    let slot = hashBytes(lines, start, end) & (slots - 1);
    for (let other = table[slot] ?? 0; other > 0; other = table[slot] ?? 0) {
      if (isSame(other - 1, start, end)) {
        if (verdictAt(other - 1 + end - start) !== verdictAt(end)) onBoth(textOf(start, end));
        return;
      }
      slot = (slot + 1) & (slots - 1);
    }
    table[slot] = start + 1;
    size++;
  }

  /** The verdict whose suffix, with the line's end, stands here. */
  function verdictAt(at: number): Verdict | null {
    if (lines[at] !== DOT || lines[at + SUFFIX] !== LF) return null;
    const [first, second, third] = [lines[at + 1], lines[at + 2], lines[at + 3]];
    if (first === L && second === O && third === G) return "succeeded";
    return first === E && second === R && third === R ? "failed" : null;
  }

  function isSame(other: number, start: number, end: number): boolean {
    for (let at = start; at < end; at++) if (lines[other + at - start] !== lines[at]) return false;
    return verdictAt(other + end - start) !== null;
  }

  const textOf = (start: number, end: number) => decoder.decode(lines.subarray(start, end));

  let start = 0;
  for (let at = 0; at < lines.length; at++) {
    if (lines[at] !== LF) continue;
    const end = at - SUFFIX;
    if (end > start && lines[start] !== DOT && verdictAt(end) !== null) enter(start, end);
    start = at + 1;
  }
  return {
    size,
    of(name) {
      let slot = hashText(name) & (slots - 1);
      search: for (let other = table[slot] ?? 0; other > 0; other = table[slot] ?? 0) {
        slot = (slot + 1) & (slots - 1);
        for (let at = 0; at < name.length; at++) {
          if (lines[other - 1 + at] !== name.charCodeAt(at)) continue search;
        }
        const verdict = verdictAt(other - 1 + name.length);
        if (verdict !== null) return verdict;
      }
      return null;
    },
    *names() {
      for (const place of table) {
        if (place === 0) continue;
        yield textOf(place - 1, lines.indexOf(LF, place - 1) - SUFFIX);
      }
    },
  };
}

function countLines(lines: Uint8Array): number {
  let count = 0;
  for (let at = 0; at < lines.length; at++) if (lines[at] === LF) count++;
  return count;
}
