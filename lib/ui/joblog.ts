// `joblog.tsv`: exactly the file that GNU parallel's --joblog makes, so that all that reads those reads it: one line for
// each item that has its verdict. Attempts and reasons are in the journal.

import type { EndRecord } from "../results/record.ts";

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

/** Opens or goes on with a job log. A last line that a crash tore gets its newline, so that the next one stands alone. */
export function openJoblog(path: string): Joblog {
  const file = Deno.openSync(path, { read: true, append: true, create: true, mode: 0o600 });
  const write = (text: string) => {
    for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
      rest = rest.subarray(file.writeSync(rest));
    }
  };
  const { size } = file.statSync();
  if (size === 0) write(HEADER);
  else if (lastByte(file, size) !== 10) write("\n");
  return {
    append(record, item, isEarlier = false) {
      if (!record.isFinal) return;
      const line = joblogLine(record, item);
      if (!isEarlier || !holds(path, line)) write(line);
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

/** Whether the file has a line of this attempt: by Seq, Host and Starttime. For rare questions: reads all of it. */
function holds(path: string, line: string): boolean {
  const attempt = line.split("\t").slice(0, 3).join("\t");
  return Deno.readTextFileSync(path).split("\n").some((other) => other.startsWith(`${attempt}\t`));
}

function lastByte(file: Deno.FsFile, size: number): number {
  file.seekSync(size - 1, Deno.SeekMode.Start);
  const last = new Uint8Array(1);
  file.readSync(last);
  return last[0] ?? 0;
}
