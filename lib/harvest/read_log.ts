// One log request onto a spool, and the checks that say whether what is there is the whole log. A status 200 proves
// nothing: the kubelet sends it before it opens the file, and its error texts and cut streams arrive as a clean body.

import type { LogOptions, Pods } from "../cluster/pods.ts";
import type { Completeness } from "../results/record.ts";
import type { Spool } from "./spool.ts";
import { makeTapeReader, wholeSecond } from "./tape.ts";

/** How a request for a log ended. `text`: the body was no log. */
export type ReadEnd = "end" | "gone" | "absent" | { readonly failed: string };

/** Up to this size a log is transferred twice and compared as a whole. */
const COMPARE_LIMIT = 64 * 1024;

/** Appends to the spool what it does not have yet. Resolves at the stream's end; a cut is `failed`. */
export async function readOnto(
  spool: Spool,
  pods: Pods,
  pod: string,
  options: LogOptions,
  onGap: () => void,
): Promise<ReadEnd> {
  const after = spool.end.time === "" ? null : spool.end;
  const since = after === null ? {} : { sinceTime: wholeSecond(after.time) };
  const answer = await pods.log(pod, { ...options, ...since, timestamps: true });
  if (answer.kind === "gone" || answer.kind === "absent") return answer.kind;
  if (answer.kind === "failed") return { failed: answer.message };
  const base = spool.bytes;
  let shift = base;
  const torn = () => {
    if (after !== null) {
      spool.truncate(after.tornStart);
      shift = after.tornStart;
    }
  };
  let isGapTold = false;
  const reader = makeTapeReader(
    (bytes) => {
      if (!reader.isJoined && !isGapTold) {
        isGapTold = true;
        onGap();
      }
      spool.append(bytes);
    },
    after,
    torn,
  );
  const save = () => {
    const { time, count, tornStart } = reader.end;
    const isOld = after !== null && reader.end === after;
    if (!isOld) spool.end = { time, count, tornStart: tornStart < 0 ? -1 : tornStart + shift };
    spool.firstTime ||= reader.firstTime;
  };
  try {
    for await (const chunk of answer.body) {
      reader.push(chunk);
      save();
      if (!reader.isLog) break;
    }
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return { failed: error instanceof Error ? error.message : String(error) };
  } finally {
    reader.finish();
    save();
  }
  return reader.isLog ? "end" : { failed: "the kubelet answered with an error text instead of a log" };
}

/** What is known of a spool after comparing it with the server's file; null: they differ, read again. */
export async function check(
  spool: Spool,
  pods: Pods,
  pod: string,
  container: string,
  signal: AbortSignal,
): Promise<Completeness | null | "gone"> {
  const content = await contentOf(spool, COMPARE_LIMIT);
  if (content !== null) {
    const answer = await pods.log(pod, { container, signal, limitBytes: COMPARE_LIMIT * 4 });
    if (answer.kind === "gone") return "gone";
    if (answer.kind !== "stream") return null;
    const plain = new Uint8Array(await new Response(answer.body).arrayBuffer());
    if (equal(content, plain)) return "proven";
    return plain.length < content.length && plain.length > 0 &&
        equal(content.subarray(content.length - plain.length), plain)
      ? "followed"
      : null;
  }
  const tail = await probe(pods, pod, { container, signal, tailLines: 1 });
  if (tail === "gone") return "gone";
  if (tail === null || tail.time !== spool.end.time) return null;
  const own = await lastBytes(spool, tail.content.length);
  if (!equal(own, tail.content)) return null;
  const head = await probe(pods, pod, { container, signal, limitBytes: 64 });
  if (head === "gone") return "gone";
  if (head === null) return null;
  return head.time === spool.firstTime ? "proven" : "followed";
}

/** First timestamp and content of a short answer. */
async function probe(
  pods: Pods,
  pod: string,
  options: LogOptions,
): Promise<{ time: string; content: Uint8Array } | null | "gone"> {
  const answer = await pods.log(pod, { ...options, timestamps: true });
  if (answer.kind === "gone") return "gone";
  if (answer.kind !== "stream") return null;
  const parts: Uint8Array[] = [];
  const reader = makeTapeReader((bytes, isPrefix) => {
    if (!isPrefix) parts.push(bytes.slice());
  });
  for await (const chunk of answer.body) reader.push(chunk);
  reader.finish();
  if (!reader.isLog || reader.firstTime === "") return null;
  return {
    time: reader.firstTime,
    content: new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()),
  };
}

/** The log's own bytes, if there are no more than `limit` of them. */
export async function contentOf(spool: Spool, limit: number): Promise<Uint8Array | null> {
  if (spool.bytes > limit * 2) return null;
  const parts: Uint8Array[] = [];
  let size = 0;
  await strip(spool, (bytes) => {
    parts.push(bytes.slice());
    size += bytes.length;
  });
  return size > limit ? null : new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer());
}

/** Hands out the log's own bytes, timestamps taken off. */
export async function strip(
  spool: Spool,
  onBytes: (bytes: Uint8Array) => void | Promise<void>,
): Promise<void> {
  let pending: Uint8Array[] = [];
  const reader = makeTapeReader((bytes, isPrefix) => {
    if (!isPrefix) pending.push(bytes);
  });
  await spool.read(async (chunk) => {
    reader.push(chunk);
    const parts = pending;
    pending = [];
    if (parts.length > 0) await onBytes(new Uint8Array(await new Blob(parts as BlobPart[]).arrayBuffer()));
  });
}

async function lastBytes(spool: Spool, count: number): Promise<Uint8Array> {
  let last: Uint8Array = new Uint8Array(0);
  await strip(spool, (bytes) => {
    const all = new Uint8Array(last.length + bytes.length);
    all.set(last);
    all.set(bytes, last.length);
    last = all.slice(Math.max(0, all.length - count));
  });
  return last;
}

function equal(first: Uint8Array, second: Uint8Array): boolean {
  return first.length === second.length && first.every((byte, place) => byte === second[place]);
}
