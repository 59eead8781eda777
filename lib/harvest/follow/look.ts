// A look at the file that the kubelet serves while a stream is read: one that the stream has not come to is held open by
// another stream, before it is rotated away, too.

import type { Clock } from "../../clock.ts";
import type { FileHead } from "../read/file_head.ts";
import type { FollowedTape } from "./follow.ts";
import type { Waiting } from "./waiting.ts";

/** A stream is given so long to come to a new file by itself. */
const GRACE_MILLISECONDS = 150;

/**
 * Looks once. Resolves to whether the tape has the file, or the stream that is read.
 *
 * @param readHead null without an answer
 */
export async function look(
  { spool: tape, lookout: watch }: FollowedTape,
  waiting: Waiting,
  readHead: (isKnown: (first: string) => boolean) => Promise<FileHead | "gone" | null>,
  clock: Clock,
  signal: AbortSignal,
): Promise<boolean> {
  watch.begin();
  const file = await readHead(watch.isKnown);
  if (file === null || file === "gone") return false;
  const see = (head: FileHead) => watch.see(head, tape.end.time, tape.bytes, clock.monotonic());
  const seen = see(file);
  waiting.letGo(watch);
  if (seen === "here") return waiting.isEmpty;
  await clock.sleep(GRACE_MILLISECONDS, signal);
  if (watch.expects(file.first)) waiting.hold(file.first, watch, see);
  return false;
}
