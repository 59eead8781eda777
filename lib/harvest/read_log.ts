// One log request onto a spool, and the checks that say whether what is there is the whole log. A status 200 proves
// nothing: the kubelet sends it before it opens the file, and its error texts and cut streams arrive as a clean body.

import type { LogOptions, Pods } from "../cluster/pods.ts";
import { type Spool, watchLines } from "./spool.ts";
import { makeTapeReader, wholeSecond } from "./tape.ts";

/** How a request for a log ended. `isJoined`: what the server has begins no later than what the spool had ended with. */
export type ReadEnd =
  | { readonly kind: "end"; readonly isJoined: boolean }
  | { readonly kind: "gone" | "absent" }
  | { readonly kind: "failed"; readonly reason: string };

/** Up to this size a log is transferred twice and compared as a whole. */
export const COMPARE_LIMIT = 64 * 1024;
const IDLE_MILLISECONDS = 60_000;
const NEWLINE = 10;
/** A stream that had nothing to give for so long was open before the first line. */
const AWAITED_MILLISECONDS = 300;

/** Appends to the spool what it does not have yet. Resolves at the stream's end; a cut is `failed`. */
export function readOnto(spool: Spool, pods: Pods, pod: string, options: LogOptions): Promise<ReadEnd> {
  if (options.follow) return transfer(spool, pods, pod, options, () => {});
  return limitIdle(
    options.signal,
    (signal, touch) => transfer(spool, pods, pod, { ...options, signal }, touch),
    (reason) => ({
      kind: "failed",
      reason,
    }),
  );
}

async function transfer(
  spool: Spool,
  pods: Pods,
  pod: string,
  options: LogOptions,
  touch: () => void,
): Promise<ReadEnd> {
  const after = spool.end.time === "" ? null : spool.end;
  const since = after === null ? {} : { sinceTime: wholeSecond(after.time) };
  const answer = await pods.log(pod, { ...options, ...since, timestamps: true });
  if (answer.kind === "gone" || answer.kind === "absent") return { kind: answer.kind };
  if (answer.kind === "failed") return { kind: "failed", reason: answer.message };
  // pieces are lines and their timestamps: gathered, so that a chunk costs one write and not thousands
  let pieces: Uint8Array[] = [];
  let pending = 0;
  const reader = makeTapeReader(
    (bytes) => {
      pieces.push(bytes);
      pending += bytes.length;
    },
    {
      after: after ?? undefined,
      length: spool.bytes,
      onTorn: () => spool.truncate(after?.tornStart ?? 0),
      onLine: watchLines(spool, () => spool.bytes + pending),
    },
  );
  const save = () => {
    if (pieces.length > 0) spool.append(joinPieces(pieces));
    pieces = [];
    pending = 0;
    spool.end = reader.end;
    spool.firstTime ||= reader.firstTime;
  };
  const opened = performance.now();
  try {
    for await (const chunk of answer.body) {
      spool.wasAwaited ||= spool.firstTime === "" && options.follow === true &&
        performance.now() - opened > AWAITED_MILLISECONDS;
      touch();
      reader.push(chunk);
      save();
      spool.firstSecondBytes ||= spool.bytes; // all of it came within a second
      if (!reader.isLog) break;
    }
  } catch (error) {
    if (options.signal?.aborted) throw error;
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  } finally {
    reader.finish();
    save();
  }
  if (!reader.isLog) {
    return { kind: "failed", reason: "the kubelet answered with an error text instead of a log" };
  }
  return { kind: "end", isJoined: reader.isJoined };
}

/** What the server's file says about a spool. `differs`: read again. */
export type CheckEnd = "proven" | "followed" | "differs" | "gone";

/**
 * Compares a spool with the server's file: small ones byte by byte, others by their last line and their first timestamp.
 *
 * @param isFollowed whether the spool is a stream's, so that the server's file may have become a part of it by rotation
 */
export function check(
  spool: Spool,
  pods: Pods,
  pod: string,
  container: string,
  options: { readonly isFollowed: boolean; readonly signal: AbortSignal },
): Promise<CheckEnd> {
  return limitIdle<CheckEnd>(
    options.signal,
    (signal) => compare(spool, pods, pod, container, options.isFollowed, signal),
    () => "differs",
  );
}

async function compare(
  spool: Spool,
  pods: Pods,
  pod: string,
  container: string,
  isFollowed: boolean,
  signal: AbortSignal,
): Promise<CheckEnd> {
  const content = await contentOf(spool, COMPARE_LIMIT);
  if (content !== null) {
    const answer = await pods.log(pod, { container, signal, limitBytes: COMPARE_LIMIT * 4 });
    if (answer.kind === "gone") return "gone";
    if (answer.kind !== "stream") return "differs";
    const plain = new Uint8Array(await new Response(answer.body).arrayBuffer());
    if (equal(content, plain)) return "proven";
    const isPart = isFollowed && plain.length < content.length &&
      equal(content.subarray(content.length - plain.length), plain);
    return isPart ? "followed" : "differs";
  }
  const tail = await probe(pods, pod, { container, signal, tailLines: 1 });
  if (tail === "gone") return "gone";
  if (tail === "failed") return "differs";
  // rotated at the very end: the new file is empty, and all there was is on the spool
  if (tail === "empty") return isFollowed ? "followed" : "differs";
  const last = await lastBytes(spool, tail.content.length + 1);
  if (!equal(last.subarray(Math.max(0, last.length - tail.content.length)), tail.content)) return "differs";
  // The runtime cuts lines at 16 KiB into records with a time each: a stream shows the first's, the tail is the last one.
  const isRestOfLine = last.length > tail.content.length && last[0] !== NEWLINE;
  if (isRestOfLine ? tail.time < spool.end.time : tail.time !== spool.end.time) return "differs";
  const head = await firstTime(pods, pod, container, signal);
  if (head === "gone") return "gone";
  if (head === "") return "differs";
  if (head === spool.firstTime) return "proven";
  return isFollowed ? "followed" : "differs";
}

/** Timestamp of the first line that the server still has; empty if it has none, or does not say. */
export async function firstTime(
  pods: Pods,
  pod: string,
  container: string,
  signal: AbortSignal,
): Promise<string | "gone"> {
  const head = await probe(pods, pod, { container, signal, limitBytes: 64 });
  return head === "gone" ? "gone" : head === "failed" || head === "empty" ? "" : head.time;
}

/** Ends work that hears nothing for a minute: a hung answer must not hold its place among the collects for ever. */
async function limitIdle<T>(
  outer: AbortSignal | undefined,
  work: (signal: AbortSignal, touch: () => void) => Promise<T>,
  onSilence: (reason: string) => T,
): Promise<T> {
  const silence = new AbortController();
  const reason = `no byte of the log came for ${IDLE_MILLISECONDS / 1000} s`;
  const start = () => setTimeout(() => silence.abort(new Error(reason)), IDLE_MILLISECONDS);
  let timer = start();
  try {
    return await work(outer ? AbortSignal.any([outer, silence.signal]) : silence.signal, () => {
      clearTimeout(timer);
      timer = start();
    });
  } catch (error) {
    if (silence.signal.aborted && outer?.aborted !== true) return onSilence(reason);
    throw error;
  } finally {
    clearTimeout(timer);
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
  return {
    time: reader.firstTime,
    content: joinPieces(parts),
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
  return size > limit ? null : joinPieces(parts);
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
    if (parts.length > 0) await onBytes(joinPieces(parts));
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

function joinPieces(pieces: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let place = 0;
  for (const piece of pieces) {
    all.set(piece, place);
    place += piece.length;
  }
  return all;
}
