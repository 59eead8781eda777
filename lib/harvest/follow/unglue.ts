// A line that a stream has put together wrongly: one whose file ended in the middle of a line, and that has passed over the
// next file, joins the first line of a later one to it, without a timestamp.

import type { FileHead } from "../read/file_head.ts";
import type { Spool } from "../tape/spool.ts";

/** Whether the file begins with this line. */
export function beginsAt({ first, second }: FileHead, time: string): boolean {
  return first === time || second === time;
}

/**
 * Takes such a line's end off again. False if it cannot be told.
 *
 * @param stoppedAt the line before which the stream was left
 * @param file the file that this line belongs to, if it is known
 */
export function unglue(tape: Spool, stoppedAt: string, file: FileHead | "gone" | null): boolean {
  if (file === null || file === "gone" || !beginsAt(file, stoppedAt)) return false;
  const { lineStart } = tape.end;
  if (file.first !== stoppedAt && tape.bytes - file.firstBytes > lineStart) {
    tape.truncate(tape.bytes - file.firstBytes);
    tape.end = { ...tape.end, isTorn: true };
  }
  return true;
}
