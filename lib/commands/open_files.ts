// How many files this process may have open, and how many logs it may follow with that. Where there are too few, files and
// sockets are refused at random, and a run would wait for descriptors that only its own logs could give back.

import { UsageError } from "../errors.ts";

/** Connections, logs on their way home, the journal, and what the runtime itself has open. */
const OTHERS = 256;
/** Of a log that is followed: its stream and its tape. */
const PER_STREAM = 2;
const LEAST_STREAMS = 16;
const LIMITS = "/proc/self/limits";

/** What the system permits, the hard limit, to which Deno raises it; Infinity where it is not known. */
export function openFileLimit(): number {
  if (Deno.permissions.querySync({ name: "read", path: LIMITS }).state !== "granted") return Infinity;
  try {
    const [, limit] = /^Max open files +(\d+)/m.exec(Deno.readTextFileSync(LIMITS)) ?? [];
    return limit === undefined ? Infinity : Number(limit);
  } catch (error) {
    if (error instanceof Error && !(error instanceof TypeError)) return Infinity; // not on Linux
    throw error;
  }
}

/**
 * How many logs may be followed at once.
 *
 * @throws {UsageError} where a run needs more files than that
 */
export function streamsWithin(limit: number): number {
  const streams = Math.floor((limit - OTHERS) / PER_STREAM);
  if (streams >= LEAST_STREAMS) return streams;
  throw new UsageError(
    `Cannot run with no more than ${limit} open files as a run takes ${
      OTHERS + LEAST_STREAMS * PER_STREAM
    }; type ulimit -n 4096, or have your administrator raise the limit`,
  );
}
