// `joblog.tsv`: exactly the file that GNU parallel's --joblog makes, so that all that reads those reads it: one line for
// each item that has its verdict. Attempts and reasons are in the journal.

import type { EndRecord } from "../results/record.ts";

const HEADER = "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\n";

const LF = 10;

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

/** Opens or goes on with a job log. A last line that a crash or the disk tore gets its newline, so that the next one stands alone. */
export function openJoblog(path: string): Joblog {
  const file = Deno.openSync(path, { read: true, append: true, create: true, mode: 0o600 });
  /** The disk had room for a part of a line only. */
  let isTorn = false;
  const write = (text: string) => {
    for (let rest = new TextEncoder().encode(isTorn ? `\n${text}` : text); rest.length > 0;) {
      const count = file.writeSync(rest);
      isTorn = count > 0 ? rest[count - 1] !== LF : isTorn;
      rest = rest.subarray(count);
    }
  };
  /** The file as it was before the first of a row of earlier ends: they come together, at the start of a call. */
  let before: string | null = null;
  const { size } = file.statSync();
  if (size === 0) write(HEADER);
  else if (lastByte(file, size) !== LF) write("\n");
  return {
    append(record, item, isEarlier = false) {
      if (!record.isFinal) return;
      before = isEarlier ? before ?? Deno.readTextFileSync(path) : null;
      if (before === null || !holds(before, record)) write(joblogLine(record, item));
    },
    close: () => file.close(),
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

function lastByte(file: Deno.FsFile, size: number): number {
  file.seekSync(size - 1, Deno.SeekMode.Start);
  const last = new Uint8Array(1);
  file.readSync(last);
  return last[0] ?? 0;
}
