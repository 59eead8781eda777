// Failed items by reason, as they come in: one small object per kind of failure, however many items fail. Reads a log's
// end only when the groups are asked for.

import { open } from "node:fs/promises";
import { join } from "node:path";
import type { EndRecord } from "../results/record.ts";
import { isDiskTrouble } from "../results/trouble.ts";

/** Items that failed alike. */
export interface FailureGroup {
  /** `exit code 3`; `…` stands where the items' reasons differ. */
  readonly reason: string;
  readonly count: number;
  /** The first few, as they came. */
  readonly names: readonly string[];
  /** The end of the first one's log; null where it cannot be read or there is none. */
  readonly log: { readonly file: string; readonly lines: readonly string[] } | null;
}

/** Collects failures. */
export interface Failures {
  /** Takes the end of an attempt; what succeeded, or will be run again, is passed over. */
  add(record: EndRecord): void;
  /** The largest groups first, at most 10; the last one then holds all others. */
  groups(): Promise<FailureGroup[]>;
}

const GROUPS_SHOWN = 10;
const GROUPS_KEPT = 1_000;
const NAMES_SHOWN = 5;
const TAIL_BYTES = 4_096;
const TAIL_LINES = 3;
const OTHERS = "other reasons";
/** What sets colours and weights, the only sequences that say nothing once they are shown as text. */
const COLOURS = new RegExp("\\x1b\\[[0-9;:]*m", "g");

interface Group {
  reason: string;
  count: number;
  names: string[];
  file: string;
}

/** A collection for one log directory. */
export function collectFailures(logdir: string): Failures {
  const groups = new Map<string, Group>();
  return {
    add(record) {
      if (record.verdict !== "failed" || !record.isFinal) return;
      const shape = shapeOf(record);
      const key = groups.has(shape) || groups.size < GROUPS_KEPT ? shape : OTHERS;
      const group = groups.get(key);
      if (group === undefined) {
        const reason = key === OTHERS ? OTHERS : record.reason;
        groups.set(key, { reason, count: 1, names: [record.name], file: tellingLog(record) });
        return;
      }
      group.count++;
      if (group.names.length < NAMES_SHOWN) group.names.push(record.name);
      if (key !== OTHERS && group.reason !== record.reason) group.reason = shape;
    },
    groups() {
      const sorted = [...groups.values()].sort((a, b) => b.count - a.count);
      const shown = sorted.length > GROUPS_SHOWN ? sorted.slice(0, GROUPS_SHOWN - 1) : sorted;
      const rest = sorted.slice(shown.length);
      if (rest.length > 0) {
        shown.push({
          reason: OTHERS,
          count: rest.reduce((sum, group) => sum + group.count, 0),
          names: rest.flatMap((group) => group.names).slice(0, NAMES_SHOWN),
          file: "",
        });
      }
      return Promise.all(shown.map(async ({ reason, count, names, file }) => {
        const path = join(logdir, file);
        const lines = file === "" ? null : await tail(path);
        return { reason, count, names, log: lines === null ? null : { file: path, lines } };
      }));
    },
  };
}

/** The reason with what differs from pod to pod put as `…`: its name, quoted words, ids, numbers save exit codes and signals. */
export function shapeOf(record: Pick<EndRecord, "name" | "reason">): string {
  const name = record.name.replaceAll(".", "\\.");
  const varying = new RegExp(
    `((?:exit code|signal) -?\\d+)|"[^"]*"|(?<![\\w.-])${name}(?![\\w.-])|\\b[0-9a-f]{8}[0-9a-f-]{4,}\\b|\\d+(?:\\.\\d+)*`,
    "g",
  );
  return record.reason.replace(varying, (_, kept?: string) => kept ?? "…");
}

/** The log of the container that the reason names, if it said anything; else the main one's. */
function tellingLog(record: EndRecord): string {
  const verdict = `${record.name}.err`;
  const named = /(?:^(?:init )?| in )container (\S+?)(?::|$)/.exec(record.reason)?.[1];
  const own = record.logs.find(({ container, bytes }) => container === named && bytes > 0);
  const main = record.logs.find((log) => log.file === verdict) ?? record.logs[0];
  return (own ?? main)?.file ?? verdict;
}

/** The last lines with text in them, from the last 4 KiB; null where the file cannot be read. */
export async function tail(path: string): Promise<string[] | null> {
  try {
    await using file = await open(path, "r");
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL_BYTES);
    const bytes = new Uint8Array(size - from);
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const lines = new TextDecoder().decode(bytes.subarray(0, bytesRead)).split("\n");
    if (from > 0) {
      const cut = lines.shift() ?? "";
      if (lines.every((line) => line.trim() === "")) lines.unshift(`…${cut.slice(-150)}`);
    }
    return lines.map(asSeen).filter((line) => line !== "").slice(-TAIL_LINES);
  } catch (error) {
    // the summary must stand even where a log was removed or may not be read meanwhile
    if (isDiskTrouble(error)) return null;
    throw error;
  }
}

/** A line as a terminal would have left it: a progress bar's last state, tabs as spaces. */
function asSeen(line: string): string {
  const last = line.replace(COLOURS, "").trimEnd().split("\r").at(-1) ?? "";
  const text = last.replaceAll("\t", "    ").trimEnd();
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
