// How records are written down: a line of JSON with its checksum, without what the rest of the line tells, as all of it is
// read again where a run goes on. Lines that earlier versions wrote, which left nothing out, are read alike.

import { crc32 } from "node:zlib";
import type { EndRecord, JournalRecord, LogRecord } from "./record.ts";

/** As much of a pod's hash as is written down: 64 bits, against chance, not against malice. */
const HASH_DIGITS = 16;
const NAME_KEY = '"name":"';

/** One line of the journal, its newline included. */
export function encodeLine(record: JournalRecord): Uint8Array {
  const short = record.kind === "end"
    ? shorten(record)
    : record.kind === "intent" && record.hash !== undefined
    ? { ...record, hash: record.hash.slice(0, HASH_DIGITS) }
    : record;
  return new TextEncoder().encode(
    seal(JSON.stringify(record.attempt === 1 ? { ...short, attempt: undefined } : short)),
  );
}

/** The record of a line without its newline; null where it is not whole. */
export function decodeLine(line: string): JournalRecord | null {
  const text = unseal(line);
  if (text === null) return null;
  const value = { attempt: 1, ...JSON.parse(text) };
  return value.kind === "end" ? lengthen(value) : value;
}

/** The name in a line, found without reading the rest of it (no character of a pod's name is escaped); empty if none. */
export function nameIn(line: string): string {
  const from = line.indexOf(NAME_KEY) + NAME_KEY.length;
  return from < NAME_KEY.length ? "" : line.slice(from, line.indexOf('"', from));
}

/** A text of one line with its checksum before it. */
export function seal(text: string): string {
  return `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`;
}

/** The text of a sealed line without its newline; null where it is not whole. */
export function unseal(line: string): string | null {
  const text = line.slice(9);
  return text !== "" && parseInt(line.slice(0, 8), 16) === crc32(text) ? text : null;
}

/** Whether the journal's hash of an item is the one that it has now. */
export function isSameHash(recorded: string, whole: string): boolean {
  return recorded.length >= HASH_DIGITS ? whole.startsWith(recorded) : recorded === whole;
}

type UsualOfLog = "file" | "completeness";
type Omitted = "verdict" | "isFinal" | "reason" | "exitCode" | "signal" | "node";

type Short = Omit<EndRecord, Omitted | "logs"> & Partial<Pick<EndRecord, Omitted>> & {
  readonly logs: readonly (Omit<LogRecord, UsualOfLog> & Partial<Pick<LogRecord, UsualOfLog>>)[];
};

/** What a line says if it does not say it. */
function usual(record: Pick<EndRecord, "name" | "class"> & Partial<Pick<EndRecord, "exitCode">>) {
  const isSuccess = record.class === "success";
  const { exitCode = isSuccess ? 0 : null } = record;
  return {
    verdict: isSuccess ? "succeeded" : "failed",
    isFinal: true,
    reason: exitCode === null ? "" : `exit code ${exitCode}`,
    exitCode: isSuccess ? 0 : null,
    signal: null,
    node: "",
    log: { file: `${record.name}.${isSuccess ? "log" : "err"}`, completeness: "proven" },
  } as const;
}

function shorten(record: EndRecord): object {
  const { log: usualLog, ...rest } = usual(record);
  const logs = record.logs.map((log) => without(usualLog, log));
  return { ...without(rest, record), hash: record.hash.slice(0, HASH_DIGITS), logs };
}

function lengthen(short: Short): EndRecord {
  const { log: usualLog, ...rest } = usual(short);
  return { ...rest, ...short, logs: short.logs.map((log) => ({ ...usualLog, ...log })) };
}

/** What of a value is not as usual. */
function without(usual: object, value: object): object {
  const all = new Map<string, unknown>(Object.entries(usual));
  return Object.fromEntries(
    Object.entries(value).filter(([key, each]) => !all.has(key) || all.get(key) !== each),
  );
}
