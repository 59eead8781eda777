// The two standard streams. Whoever reads them may have left, and the file that they are sent to may be on a full disk: an
// answer that cannot be written is an error, a remark that cannot be written must end nothing.

import { UsageError } from "../errors.ts";
import { isDiskTrouble } from "../results/trouble.ts";

/** A pipe that others share may have been set not to block by one of them, as Node does: then it refuses while it is full. */
const FULL_MILLISECONDS = 10;

/**
 * Writes all of it to standard output; false where the reader went away (`| head`), which is no error.
 *
 * @throws {UsageError} for what the system refuses
 */
export async function writeAnswer(text: string): Promise<boolean> {
  try {
    const bytes = new TextEncoder().encode(text);
    for (let rest = bytes; rest.length > 0;) {
      try {
        rest = rest.subarray(await Deno.stdout.write(rest));
      } catch (error) {
        if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        await new Promise((resolve) => setTimeout(resolve, FULL_MILLISECONDS));
      }
    }
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return false;
    if (!isDiskTrouble(error)) throw error;
    throw new UsageError(`Cannot write to standard output: ${error.message}`);
  }
}

/** Writes to standard error, as far as that takes it. */
export function writeRemark(text: string): void {
  try {
    writeError(new TextEncoder().encode(text));
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
  }
}

/** @throws what the system refuses */
export function writeError(bytes: Uint8Array): void {
  for (let rest = bytes; rest.length > 0;) {
    try {
      rest = rest.subarray(Deno.stderr.writeSync(rest));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      // as any other pipe holds its writer up
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, FULL_MILLISECONDS);
    }
  }
}
