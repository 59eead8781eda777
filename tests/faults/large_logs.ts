// Logs far too large for memory, brought home by the harvest from a kubelet that makes them up as it sends them: each is known
// by its hash. Many at once, gigabytes, and a line of 64 MiB. How much memory that takes is the benchmark's to say (row `logs`):
// here the kubelet is in the same process.

import { createHash } from "node:crypto";
import { systemClock } from "../../lib/clock.ts";
import type { LogOptions, LogOutcome, Pods } from "../../lib/cluster/pods.ts";
import { makeHarvest } from "../../lib/harvest/make.ts";
import { openResults } from "../../lib/results/open.ts";
import { OPTIONS } from "../../lib/results/test_folder.ts";
import { container, pod } from "../../lib/run/scheduler/test_pods.ts";
import { makeFakeKubelet } from "../../lib/harvest/fake_kubelet.ts";
import type { Report } from "./report.ts";

const MIB = 1 << 20;
/** A container runtime keeps longer lines in records of this size, each with a time of its own. */
const RECORD = 16 * 1024;

/** How many logs at once, of what size, in lines of what size. */
export const LARGE = [
  { count: 1, bytes: 64 * MIB, line: 64 * MIB },
  { count: 32, bytes: 64 * MIB, line: 1_000 },
  { count: 1, bytes: 5 * 1024 * MIB, line: MIB },
] as const;

type Size = Pick<typeof LARGE[number], "bytes" | "line">;

export async function bringLarge(number: number): Promise<Report> {
  const size = LARGE[number - 1];
  if (size === undefined) throw new TypeError(`Cannot run large:${number}: there are ${LARGE.length}`);
  const dir = Deno.makeTempDirSync({ prefix: "qupods-faults-" });
  const wrong: string[] = [];
  try {
    await using results = await openResults(`${dir}/jobs`, OPTIONS);
    const pods: Pods = { ...makeFakeKubelet().pods, log: (name, options) => answer(name, options, size) };
    await using harvest = makeHarvest({ pods, results, clock: systemClock });
    const names = Array.from({ length: size.count }, (_, nth) => `p${nth}`);
    await Promise.all(names.map(async (name) => {
      const containers = [container({ state: "terminated", exitCode: 0, startedAt: "2026-01-01T00:00:00Z" })];
      const view = pod(name, `u-${name}`, { phase: "Succeeded", containers });
      const order = { verdict: "succeeded", reason: "", signal: new AbortController().signal } as const;
      const result = await harvest.collect(view, order);
      const known = result.kind === "stored" ? result.logs[0]?.completeness : result.kind;
      if (known !== "proven") wrong.push(`${name} is ${known}`);
      const [wanted, seen] = [
        await hashOf(content(name, size)),
        await hashOf(fileOf(`${dir}/jobs/${name}.log`)),
      ];
      if (wanted !== seen) wrong.push(`${name} is not what was sent`);
    }));
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
  return { wrong, figures: { "MiB of large logs": size.count * size.bytes / MIB } };
}

function answer(name: string, options: LogOptions, size: Size): Promise<LogOutcome> {
  const tail = options.tailLines === 1 ? tailOf(name, size) : null;
  const chunks = tail ?? records(name, size, options.timestamps === true);
  return Promise.resolve({ kind: "stream", body: ReadableStream.from(limited(chunks, options.limitBytes)) });
}

function* content(name: string, size: Size): Generator<Uint8Array<ArrayBuffer>> {
  yield* records(name, size, false);
}

/** Half a megabyte at a time; a timestamp before each line, not before each record of one. */
function* records(
  name: string,
  { bytes, line }: Size,
  hasTimes: boolean,
): Generator<Uint8Array<ArrayBuffer>> {
  const text = lineOf(name, line);
  const lines = bytes / line;
  let held: Uint8Array[] = [];
  let size = 0;
  for (let nth = 0; nth < lines; nth++) {
    const pieces = [...hasTimes ? [stamp(nth)] : [], text];
    for (const piece of pieces) {
      held.push(piece);
      size += piece.length;
    }
    if (size < MIB / 2) continue;
    yield join(held, size);
    held = [];
    size = 0;
  }
  yield join(held, size);
}

/** The last record, as `tailLines=1` gives it. */
function* tailOf(name: string, { bytes, line }: Size): Generator<Uint8Array<ArrayBuffer>> {
  const text = lineOf(name, line);
  const last = Math.ceil(bytes / line) - 1;
  const rest = text.length % RECORD || RECORD;
  yield join(
    [stamp(last), text.subarray(Math.max(0, text.length - rest))],
    stamp(last).length + Math.min(rest, text.length),
  );
}

const lines = new Map<string, Uint8Array>();

/** All lines of a log are alike but for their times; those of two logs are not. */
function lineOf(name: string, length: number): Uint8Array {
  const key = `${name} ${length}`;
  const text = lines.get(key) ??
    new TextEncoder().encode(`${name} `.repeat(length / 2).slice(0, length - 1) + "\n");
  lines.clear();
  lines.set(key, text);
  return text;
}

function stamp(nth: number): Uint8Array {
  const seconds = new Date(Date.UTC(2026, 0, 1) + Math.floor(nth / 1000) * 1000).toISOString().slice(0, 19);
  return new TextEncoder().encode(`${seconds}.${String(nth % 1000).padStart(3, "0")}000007Z `);
}

function* limited(
  chunks: Iterable<Uint8Array<ArrayBuffer>>,
  limit = Infinity,
): Generator<Uint8Array<ArrayBuffer>> {
  let left = limit;
  for (const chunk of chunks) {
    if (left <= 0) return;
    yield chunk.subarray(0, left);
    left -= chunk.length;
  }
}

async function hashOf(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

function fileOf(path: string): AsyncIterable<Uint8Array> {
  return Deno.openSync(path).readable;
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
