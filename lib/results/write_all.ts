// Writing all of some bytes. A write that takes none would be tried for ever, and nothing else would come to its turn: what
// does that is full (coreutils' full_write takes it so, too), and refused as a full disk is.

/** @throws {Error} with `code` ENOSPC, if a write took nothing */
export function taken(count: number): number {
  if (count > 0) return count;
  throw Object.assign(new Error("No space left, as a write took nothing"), { code: "ENOSPC" });
}

export async function writeAll(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(taken(await file.write(rest)));
}

export function writeAllSync(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(taken(file.writeSync(rest)));
}
