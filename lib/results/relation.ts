// How two files stand to each other, byte by byte and in constant memory.

/**
 * What the new file is to the old one.
 * - `same`: equal bytes
 * - `extends`: the old one's bytes, and more
 * - `within`: the beginning of the old one
 * - `differs`: neither holds all of the other
 */
export type Relation = "same" | "extends" | "within" | "differs";

const CHUNK = 64 * 1024;

export async function relationOf(newPath: string, oldPath: string): Promise<Relation> {
  using first = await Deno.open(newPath);
  using second = await Deno.open(oldPath);
  for (;;) {
    const [ours, theirs] = [await fill(first), await fill(second)];
    const common = Math.min(ours.length, theirs.length);
    for (let at = 0; at < common; at++) if (ours[at] !== theirs[at]) return "differs";
    if (ours.length !== theirs.length) return ours.length > theirs.length ? "extends" : "within";
    if (common === 0) return "same";
  }
}

/** The next whole chunk; shorter only at the file's end. */
async function fill(file: Deno.FsFile): Promise<Uint8Array> {
  const chunk = new Uint8Array(CHUNK);
  let length = 0;
  while (length < CHUNK) {
    const count = await file.read(chunk.subarray(length));
    if (count === null) break;
    length += count;
  }
  return chunk.subarray(0, length);
}
