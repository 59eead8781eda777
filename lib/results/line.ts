// How records are written down: a line of JSON with its checksum, without what the rest of the line tells, as all of it is
// read again where a run goes on. Lines that earlier versions wrote, which left nothing out, are read alike.

import { crc32 } from "node:zlib";
import type { EndRecord, JournalRecord, LogRecord } from "./record.ts";

/** As much of a pod's hash as is written down: 64 bits, against chance, not against malice. */
const HASH_DIGITS = 16;
const NAME_KEY = '"name":"';

/** One line of the journal, its newline included. */
export function encodeLine(record: JournalRecord): Uint8Array {
  const short = record.kind === "end" ? shorten(record) : record;
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

type Omitted = "verdict" | "isFinal" | "reason" | "exitCode" | "signal" | "node";

type Short = Omit<EndRecord, Omitted | "logs"> & Partial<Pick<EndRecord, Omitted>> & {
  readonly logs: readonly (Omit<LogRecord, "file"> & Partial<Pick<LogRecord, "file">>)[];
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
    file: `${record.name}.${isSuccess ? "log" : "err"}`,
  } as const;
}

function shorten(record: EndRecord): object {
  const { file, ...rest } = usual(record);
  const short: { [key: string]: unknown } = { ...record, hash: record.hash.slice(0, HASH_DIGITS) };
  for (const [key, value] of Object.entries(rest)) if (short[key] === value) delete short[key];
  short.logs = record.logs.map((log) => log.file === file ? { ...log, file: undefined } : log);
  return short;
}

function lengthen(short: Short): EndRecord {
  const { file, ...rest } = usual(short);
  return { ...rest, ...short, logs: short.logs.map((log) => ({ file, ...log })) };
}
