// Comparing and joining bytes.

export function equal(first: Uint8Array, second: Uint8Array): boolean {
  return first.length === second.length && first.every((byte, place) => byte === second[place]);
}

/** All pieces as one: a copy, unless there is one only. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const [only, ...others] = pieces;
  if (only !== undefined && others.length === 0) return only;
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let place = 0;
  for (const piece of pieces) {
    all.set(piece, place);
    place += piece.length;
  }
  return all;
}
