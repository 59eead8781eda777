// Logs by seed, as containers write them and a container runtime keeps them: in records of a line, or of 16 KiB where a
// line is longer.

/** Long lines are kept in pieces of this size, each with a time of its own. */
const RECORD_BYTES = 16 * 1024;
/** Smaller logs are compared as a whole, larger ones at both ends. */
const SMALL_BYTES = 64 * 1024;

/** What a kubelet has been seen to send with status 200 instead of a log, or after the part of it that it could read. */
export const KUBELET_TEXTS: readonly string[] = [
  "unable to retrieve container logs for containerd://5f1c8a9be20d",
  "failed to create fsnotify watcher: too many open files",
  'failed to open log file "/var/log/pods/ns_p_u/main/0.log": open /var/log/pods/ns_p_u/main/0.log: no such file or directory',
  'failed to try resolving symlinks in path "/var/log/pods/ns_p_u/main/0.log": lstat /var/log/pods: no such file or directory\n',
  "rpc error: code = Unavailable desc = error reading from server: EOF",
  'Error from server: Get "https://10.0.0.7:10250/containerLogs/ns/p/main": context deadline exceeded\n',
];

const encoder = new TextEncoder();
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

type Draw = () => number;

/** A log's bytes; so large a part of them is too large to be compared as a whole. */
export function drawLog(draw: Draw, largePart: number): Uint8Array {
  const upTo = (limit: number) => Math.floor(draw() * limit);
  const pick = <T>(values: readonly T[], otherwise: T): T => values[upTo(values.length)] ?? otherwise;
  const lines = (count: number, line: (nth: number) => string) =>
    encoder.encode(Array.from({ length: count }, (_, nth) => line(nth)).join(""));
  const kinds: readonly (() => Uint8Array)[] = [
    () => new Uint8Array(0),
    () => lines(1 + upTo(20), (nth) => `line ${nth}\n`),
    () => lines(1 + upTo(20), () => "all lines are alike\n"),
    () => withoutLast(lines(1 + upTo(20), (nth) => `no newline at the end ${nth}\n`)),
    () => lines(1 + upTo(9), () => "\n"),
    () => lines(1 + upTo(9), (nth) => `carriage ${nth}\rreturn\r\n`),
    () => ALL_BYTES.subarray(upTo(256)),
    () => Uint8Array.from({ length: 1 + upTo(400) }, () => pick([0, 10, 13, 192, 255], 0)),
    // the application may say what the kubelet says, and write timestamps itself
    () => lines(1 + upTo(4), () => `${pick(KUBELET_TEXTS, "").trimEnd()}\n`),
    () => encoder.encode(pick(KUBELET_TEXTS, "")),
    () => lines(1 + upTo(9), (nth) => `2026-01-01T00:00:0${nth}.000000007Z its own time\n`),
    () => lines(1 + upTo(3), () => `${"x".repeat(upTo(3 * RECORD_BYTES))}\n`),
    () => encoder.encode("x".repeat(RECORD_BYTES * (1 + upTo(3)) + upTo(3) - 1)),
  ];
  const large: readonly (() => Uint8Array)[] = [
    () => lines(300 + upTo(300), (nth) => `line ${nth} ${"of a longer log ".repeat(20)}\n`),
    () => lines(70 + upTo(300), () => `${"y".repeat(1023)}\n`),
    () => encoder.encode("x".repeat(SMALL_BYTES + upTo(4 * SMALL_BYTES))),
    () => lines(3 + upTo(6), () => `${"z".repeat(25_000 + upTo(9_000))}\n`),
    () => withoutLast(lines(80 + upTo(80), (nth) => `${nth} ${"no newline at the end ".repeat(50)}\n`)),
  ];
  return pick(draw() < largePart ? large : kinds, () => new Uint8Array(0))();
}

/** A log's bytes as its records: each is a line, or 16 KiB of one. */
export function recordsOf(log: Uint8Array): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (let at = 0; at < log.length;) {
    const newline = log.indexOf(10, at);
    const stop = Math.min(newline < 0 ? log.length : newline + 1, at + RECORD_BYTES);
    records.push(log.subarray(at, stop));
    at = stop;
  }
  return records;
}

function withoutLast(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, bytes.length - 1);
}
