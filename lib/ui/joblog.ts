// `joblog.tsv`: exactly the file that GNU parallel's --joblog makes, so that all that reads those reads it: one line for
// each item that has its verdict. Attempts and reasons are in the journal.

import type { EndRecord } from "../results/record.ts";
import { openTableFile } from "./table_file.ts";

const HEADER = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

/** An open job log. */
export interface Joblog {
  /**
   * Takes the end of an attempt; one that gives no verdict is passed over.
   *
   * @param isEarlier an earlier call's, which may have got as far as to write this line
   * @throws {Error} where the disk refuses; the journal has the record all the same
   */
  append(record: EndRecord, item: string, isEarlier?: boolean): void;
  close(): void;
}

/** Goes on with a job log, or begins one with its first line. */
export function openJoblog(path: string): Joblog {
  const table = openTableFile(path, HEADER);
  /** The file as it was before the first of a row of earlier ends: they come together, at the start of a call. */
  let before: string | null = null;
  return {
    append(record, item, isEarlier = false) {
      if (!record.isFinal) return;
      before = isEarlier ? before ?? table.text() : null;
      if (before === null || !holds(before, record)) table.append(joblogLine(record, item));
    },
    close: () => table.close(),
  };
}

/**
 * One line. Seq counts from 1, times are seconds, Receive is the bytes of all logs of the attempt, Command is the item as it
 * is: it stands last, so a tab does no harm, and a newline is written as NUL, as parallel does. Exitval is -1 where there is
 * no exit code, or where one of 0 was no success (a pod that was deleted before it exited).
 */
export function joblogLine(record: EndRecord, item: string): string {
  const start = record.startedAt || record.createdAt;
  const runtime = record.finishedAt > start ? (record.finishedAt - start) / 1000 : 0;
  const isFalseZero = record.exitCode === 0 && record.verdict === "failed";
  const cells = [
    record.index + 1,
    record.node || "-",
    (start / 1000).toFixed(3),
    runtime.toFixed(3).padStart(10),
    0,
    record.logs.reduce((sum, log) => sum + log.bytes, 0),
    isFalseZero ? -1 : record.exitCode ?? -1,
    record.signal ?? 0,
    item.replaceAll("\n", "\0"),
  ];
  return `${cells.join("\t")}\n`;
}

/**
 * Whether there is a line of this attempt: by Seq, Host and Starttime, or, where all that is known of these is when the pod
 * was about to be made, one of this Seq that does not start before; servers say when in whole seconds.
 */
function holds(text: string, record: EndRecord): boolean {
  const [seq, host, start] = joblogLine(record, "").split("\t");
  const isVague = record.node === "" && record.startedAt === 0;
  const since = Math.floor(record.createdAt / 1000);
  const key = `\n${seq}\t`;
  for (let at = text.indexOf(key); at >= 0; at = text.indexOf(key, at + 1)) {
    const [, otherHost, otherStart] = text.slice(at + 1, text.indexOf("\n", at + 1)).split("\t", 3);
    if (isVague ? Number(otherStart) >= since : otherHost === host && otherStart === start) return true;
  }
  return false;
}
