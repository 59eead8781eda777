// The two standard streams. Whoever reads them may have left, and the file that they are sent to may be on a full disk: an
// answer that cannot be written is an error, a remark that cannot be written must end nothing.

import { UsageError } from "../errors.ts";
import { isDiskTrouble } from "../results/trouble.ts";

/**
 * Writes all of it to standard output; false where the reader went away (`| head`), which is no error.
 *
 * @throws {UsageError} for what the system refuses
 */
export async function writeAnswer(text: string): Promise<boolean> {
  try {
    const bytes = new TextEncoder().encode(text);
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await Deno.stdout.write(rest));
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
  for (let rest = bytes; rest.length > 0;) rest = rest.subarray(Deno.stderr.writeSync(rest));
}
