// Whether a copy is the whole log: compared with the server's file, small ones byte by byte, others by their
// last line and their first timestamp. That covers whatever cuts a log short, at either end, and a text in its place; bytes
// that something in between changed or took out of the middle of a large log would go unseen.

import { equal, joined } from "../../bytes.ts";
import type { LogOptions, Pods } from "../../cluster/pods.ts";
import { compareAll, hashText } from "./compare_all.ts";
import type { Copy } from "../tape/copy.ts";
import { type FileHead, makeHeadReader } from "./file_head.ts";
import { limitIdle } from "./limit_idle.ts";
import { makeTapeReader } from "../tape/tape.ts";

/** Up to this size a log is transferred twice and compared as a whole. */
export const COMPARE_LIMIT = 64 * 1024;
const NEWLINE = 10;

/**
 * What the server's file says about a copy. `differs`: read again. `part`: the file is the end of the copy;
 * the rest was rotated away. `head`: null if it has no line.
 */
export type CheckEnd =
  | { readonly kind: "whole" | "differs" | "gone" }
  | { readonly kind: "part"; readonly head: FileHead | null };

const DIFFERS: CheckEnd = { kind: "differs" };

/** @param isFollowed whether the copy is a stream's, so that the server's file may have become a part of it by rotation */
export function check(
  copy: Copy,
  pods: Pods,
  pod: string,
  container: string,
  options: { readonly isFollowed: boolean; readonly signal: AbortSignal },
): Promise<CheckEnd> {
  return limitIdle<CheckEnd>(
    options.signal,
    (signal, touch) => compare(copy, pods, pod, container, options.isFollowed, { signal, touch }),
    () => DIFFERS,
  );
}

async function compare(
  copy: Copy,
  pods: Pods,
  pod: string,
  container: string,
  isFollowed: boolean,
  { signal, touch }: { readonly signal: AbortSignal; readonly touch: () => void },
): Promise<CheckEnd> {
  const content = await copy.content(COMPARE_LIMIT);
  if (content !== null) {
    const answer = await pods.log(pod, { container, signal, limitBytes: COMPARE_LIMIT * 4 });
    if (answer.kind === "gone") return { kind: "gone" };
    if (answer.kind !== "stream") return DIFFERS;
    const plain = await untilCut(readAll(answer.body), signal);
    if (plain === null) return DIFFERS;
    if (equal(content, plain)) return { kind: "whole" };
    const isPart = isFollowed && plain.length < content.length &&
      equal(content.subarray(content.length - plain.length), plain);
    if (!isPart) return DIFFERS;
    const ask = plain.length === 0 ? partIfEmpty : part;
    return await ask(pods, pod, container, signal);
  }
  const tail = await probe(pods, pod, { container, signal, tailLines: 1 });
  if (tail === "gone") return { kind: "gone" };
  if (tail === "failed") return DIFFERS;
  if (tail === "empty") return isFollowed ? await partIfEmpty(pods, pod, container, signal) : DIFFERS;
  const last = await copy.last(tail.content.length + 1);
  if (!equal(last.subarray(Math.max(0, last.length - tail.content.length)), tail.content)) return DIFFERS;
  // The runtime cuts lines at 16 KiB into records with a time each: a stream shows the first's, the tail is the last one.
  // Records of one line may be alike, so that the last one's text proves nothing where it is not known by its time.
  const isRestOfLine = last.length > tail.content.length && last[0] !== NEWLINE;
  if (isRestOfLine) {
    const answer = await pods.log(pod, { container, signal });
    if (answer.kind === "gone") return { kind: "gone" };
    if (answer.kind !== "stream") return DIFFERS;
    const text = await untilCut(hashText(answer.body, touch), signal);
    const known = text === null ? "differs" : await compareAll(copy, text);
    if (known === "same") return { kind: "whole" };
    return known === "part" && isFollowed ? await part(pods, pod, container, signal) : DIFFERS;
  }
  if (tail.time !== copy.lastTime) return DIFFERS;
  const head = await firstTime(pods, pod, container, signal);
  if (head === "gone") return { kind: "gone" };
  if (head === "") return DIFFERS;
  if (head === copy.firstTime) return { kind: "whole" };
  return isFollowed ? await part(pods, pod, container, signal) : DIFFERS;
}

/** For a file that holds lines: which one it is. An answer that does not say is no proof of anything. */
async function part(pods: Pods, pod: string, container: string, signal: AbortSignal): Promise<CheckEnd> {
  const head = await readHead(pods, pod, container, () => false, signal);
  if (head === "gone") return { kind: "gone" };
  return head === null ? DIFFERS : { kind: "part", head };
}

/** For a file that seems to be empty, as one may be that was rotated at the log's very end: one answer does not prove it. */
async function partIfEmpty(
  pods: Pods,
  pod: string,
  container: string,
  signal: AbortSignal,
): Promise<CheckEnd> {
  const head = await probe(pods, pod, { container, signal, limitBytes: 64 });
  if (head === "gone") return { kind: "gone" };
  return head === "empty" ? { kind: "part", head: null } : DIFFERS;
}

/** Timestamp of the first line that the server still has; empty if it has none, or does not say. */
async function firstTime(
  pods: Pods,
  pod: string,
  container: string,
  signal: AbortSignal,
): Promise<string | "gone"> {
  const head = await probe(pods, pod, { container, signal, limitBytes: 64 });
  return head === "gone" ? "gone" : head === "failed" || head === "empty" ? "" : head.time;
}

/**
 * How the file that the server has begins; null if it has nothing, or does not say.
 *
 * @param isKnown whether a file with this first timestamp needs no second
 */
export async function readHead(
  pods: Pods,
  pod: string,
  container: string,
  isKnown: (first: string) => boolean,
  signal: AbortSignal,
): Promise<FileHead | "gone" | null> {
  const first = await firstTime(pods, pod, container, signal);
  if (first === "gone") return "gone";
  if (first === "") return null;
  if (isKnown(first)) return { first, second: "", firstBytes: 0 };
  const answer = await pods.log(pod, { container, signal, timestamps: true, limitBytes: COMPARE_LIMIT });
  if (answer.kind === "gone") return "gone";
  if (answer.kind !== "stream") return null;
  const reader = makeHeadReader();
  try {
    for await (const chunk of answer.body) {
      reader.push(chunk);
      if (reader.isDone) break;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
  return reader.head;
}

/** Null where the answer broke off. */
async function untilCut<T>(reading: Promise<T>, signal: AbortSignal): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (signal.aborted) throw error;
    return null;
  }
}

/** First timestamp and content of a short answer. */
async function probe(
  pods: Pods,
  pod: string,
  options: LogOptions,
): Promise<{ time: string; content: Uint8Array } | "gone" | "empty" | "failed"> {
  const answer = await pods.log(pod, { ...options, timestamps: true });
  if (answer.kind === "gone") return "gone";
  if (answer.kind !== "stream") return "failed";
  let size = 0;
  const parts: Uint8Array[] = [];
  const reader = makeTapeReader((bytes, isPrefix) => {
    if (!isPrefix) parts.push(bytes.slice());
  });
  try {
    for await (const chunk of answer.body) {
      size += chunk.length;
      reader.push(chunk);
    }
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return "failed";
  }
  if (size === 0) return "empty";
  // no `finish`: a byte limit may well cut the next line's timestamp
  if (!reader.isLog || reader.firstTime === "") return "failed";
  return { time: reader.firstTime, content: joined(parts) };
}

/** All of a body, each piece of which is valid until the next is asked for. */
async function readAll(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) pieces.push(piece.slice());
  return joined(pieces);
}
