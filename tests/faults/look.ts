// A log directory as somebody sees it who stands beside the machine: nothing of this counts as a call of the program's.

import { createHash } from "node:crypto";
import { decodeLine } from "../../lib/results/line.ts";
import type { Disk } from "./disk.ts";

/** Null where there is no such file. */
export function readIfThere(disk: Disk, path: string): Uint8Array | null {
  try {
    return disk.real.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** The bytes of an item's verdict; null where it has none. */
export function readVerdict(disk: Disk, dir: string, name: string): Uint8Array | null {
  return readIfThere(disk, `${dir}/${name}.log`) ?? readIfThere(disk, `${dir}/${name}.err`);
}

/** Verdicts and their bytes in one hash. */
export function hashOf(names: readonly string[], read: (path: string) => Uint8Array | null): string {
  const hash = createHash("sha256");
  for (const file of names.flatMap((name) => [`${name}.log`, `${name}.err`])) {
    const bytes = read(file);
    if (bytes !== null) hash.update(`${file} ${bytes.length}\n`).update(bytes);
  }
  return hash.digest("hex");
}

/** What the journal says of the logs of an item's verdict, the main container's first; empty where it does not. */
export function knownOf(journal: Uint8Array | null, name: string): readonly string[] {
  let said: readonly string[] = [];
  for (const line of new TextDecoder().decode(journal ?? new Uint8Array(0)).split("\n")) {
    const record = line === "" ? null : decodeLine(line);
    if (record?.name !== name) continue;
    const isOfVerdict = record.kind === "doubt" || record.kind === "end" && record.isFinal;
    if (isOfVerdict) said = record.logs.map(({ completeness }) => completeness);
    if (record.kind === "intent") said = [];
  }
  return said;
}

/** Whether the journal says how the attempt ended that an item has its verdict of. */
export function hasEnd(journal: Uint8Array | null, name: string): boolean {
  let isSaid = false;
  for (const line of new TextDecoder().decode(journal ?? new Uint8Array(0)).split("\n")) {
    const record = line === "" ? null : decodeLine(line);
    if (record?.name !== name) continue;
    if (record.kind === "end" && record.isFinal) isSaid = true;
    if (record.kind === "intent") isSaid = false;
  }
  return isSaid;
}

/** Empty where there is no such folder. */
export function listIfThere(disk: Disk, path: string): string[] {
  try {
    return [...disk.real.readDirSync(path)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
