// Which item has which pod name, for a million names: a table of positions, the names themselves are rendered again.

import { hashText } from "../results/name_hash.ts";

/** Finds positions by name without holding the names. */
export interface NameIndex {
  /** Enters a position with its name; returns the position that already has this name, or -1. */
  add(position: number, name: string): number;
  /** The position with this name, or -1. */
  find(name: string): number;
}

/** @param nameOf renders the name of a position; must be cheap and always give the same answer. */
export function makeNameIndex(capacity: number, nameOf: (position: number) => string): NameIndex {
  const slots = 1 << Math.max(4, Math.ceil(Math.log2(capacity * 2 + 1)));
  const table = new Int32Array(slots).fill(-1);
  const tags = new Uint16Array(slots);
  function seek(name: string): number {
    const hash = hashText(name);
    const tag = hash >>> 16;
    for (let slot = hash & (slots - 1);; slot = (slot + 1) & (slots - 1)) {
      const position = table[slot] ?? -1;
      if (position < 0) {
        tags[slot] = tag;
        return slot;
      }
      if (tags[slot] === tag && nameOf(position) === name) return slot;
    }
  }
  return {
    add(position, name) {
      const slot = seek(name);
      const holder = table[slot] ?? -1;
      if (holder < 0) table[slot] = position;
      return holder;
    },
    find: (name) => table[seek(name)] ?? -1,
  };
}
