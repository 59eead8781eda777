// `joblog.tsv`: GNU parallel's nine columns first, so that its tools read it, then ours.

import type { EndRecord } from "../results/record.ts";

const HEADER =
  "Seq\tHost\tStarttime\tJobRuntime\tSend\tReceive\tExitval\tSignal\tCommand\tAttempt\tClass\tReason\n";

/** An open job log; appends to what is there. */
export function openJoblog(path: string): { append(record: EndRecord): void; close(): void } {
  const file = Deno.openSync(path, { append: true, create: true, mode: 0o600 });
  const write = (text: string) => {
    for (let rest = new TextEncoder().encode(text); rest.length > 0;) {
      rest = rest.subarray(file.writeSync(rest));
    }
  };
  if (file.statSync().size === 0) write(HEADER);
  return {
    append: (record) => write(joblogLine(record)),
    close: () => file.close(),
  };
}

/** One line. Times in seconds since the epoch; Seq counts from 1. */
export function joblogLine(record: EndRecord): string {
  const start = record.startedAt || record.createdAt;
  const runtime = record.finishedAt > start ? (record.finishedAt - start) / 1000 : 0;
  const bytes = record.logs[0]?.bytes ?? 0;
  const cells = [
    record.index + 1,
    record.node || "-",
    (start / 1000).toFixed(3),
    runtime.toFixed(3),
    0,
    bytes,
    record.exitCode ?? -1,
    record.signal ?? 0,
    record.name,
    record.attempt,
    record.class,
    record.reason,
  ];
  return cells.map((cell) => String(cell).replace(/[\t\n\r]/g, " ")).join("\t") + "\n";
}
