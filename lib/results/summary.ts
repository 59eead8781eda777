// `.qupods/summary.json`: what the journal comes to, so that a run of 100,000 items goes on without reading all of it. The
// journal stays the truth: a summary counts only where its run, and the journal's length and last bytes, are those it was
// made from. Replaced whole.

import { crc32 } from "node:zlib";
import { removeIfThere } from "./folder.ts";
import { seal, unseal } from "./line.ts";
import type { Summary } from "./results.ts";
import { STATE } from "./run_file.ts";
import { isDiskTrouble } from "./trouble.ts";
import { writeAll } from "./write_all.ts";

/** So much of the journal before a summary's end is compared. */
const TAIL_BYTES = 4096;

interface SummaryFile extends Summary {
  readonly version: 2;
  readonly run: string;
  /** Checksum of the journal's last bytes before `bytes`. */
  readonly tail: number;
}

/** The plan that a log directory's summary speaks of; null if it has none. Says nothing of the journal. */
export async function summarizedPlan(dir: string): Promise<string | null> {
  return (await readFile(dir))?.plan ?? null;
}

/** The summary, if it fits the journal; null else, or where the disk does not give it. */
export async function readSummary(dir: string, run: string, journal: string): Promise<Summary | null> {
  const file = await readFile(dir);
  if (file === null || file.run !== run) return null;
  try {
    return await tailOf(journal, file.bytes) === file.tail ? file : null;
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    return null;
  }
}

/** Writes it. Of a disk that refuses nothing is left, and nothing said: the journal has all of it. */
export async function writeSummary(
  dir: string,
  run: string,
  journal: string,
  summary: Summary,
): Promise<void> {
  const path = `${dir}/${STATE}/summary.json`;
  try {
    const tail = await tailOf(journal, summary.bytes);
    if (tail === null) return;
    const value: SummaryFile = { version: 2, run, ...summary, tail };
    {
      using file = await Deno.open(`${path}.new`, { write: true, create: true, truncate: true, mode: 0o600 });
      const bytes = new TextEncoder().encode(seal(JSON.stringify(value)));
      await writeAll(file, bytes);
      await file.sync();
    }
    await Deno.rename(`${path}.new`, path);
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    await removeIfThere(`${path}.new`).catch((second: unknown) => {
      if (!isDiskTrouble(second)) throw second;
    });
  }
}

async function readFile(dir: string): Promise<SummaryFile | null> {
  try {
    const text = unseal((await Deno.readTextFile(`${dir}/${STATE}/summary.json`)).trimEnd());
    const value = text === null ? null : JSON.parse(text);
    return value?.version === 2 ? value : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return null;
    if (isDiskTrouble(error)) return null;
    throw error;
  }
}

/** Null where the journal is shorter. */
async function tailOf(journal: string, end: number): Promise<number | null> {
  using file = await Deno.open(journal);
  const from = Math.max(0, end - TAIL_BYTES);
  await file.seek(from, Deno.SeekMode.Start);
  const tail = new Uint8Array(end - from);
  for (let done = 0; done < tail.length;) {
    const count = await file.read(tail.subarray(done));
    if (count === null) return null;
    done += count;
  }
  return crc32(tail);
}
