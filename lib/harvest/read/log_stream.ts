// One answer to a log request on its way, before it is read: which file it is can be told by its first lines, while the
// rest waits at the node. A stream that nobody reads holds its file open there, also when that is rotated away.

import { joined } from "../../bytes.ts";
import type { LogOptions, Pods } from "../../cluster/pods.ts";
import { linkSignals } from "../../linked.ts";
import { type FileHead, makeHeadReader } from "./file_head.ts";

/** A log's bytes as they come; a chunk may be overwritten once the next is asked for. */
export interface LogStream {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Ends it; to be called of one that has ended, too. */
  stop(): void;
}

/** Why there is no stream. */
export type NoStream =
  | { readonly kind: "gone" }
  | { readonly kind: "absent"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string; readonly isLoginRefused?: boolean };

/** One for all: an error with its stack costs more than the end of a stream. */
const LEFT = new DOMException("left", "AbortError");

/** Sends the request, with timestamps. */
export async function openStream(
  pods: Pods,
  pod: string,
  options: LogOptions,
): Promise<LogStream | NoStream> {
  const until = linkSignals(options.signal);
  let isOpen = false;
  try {
    const answer = await pods.log(pod, { ...options, timestamps: true, signal: until.signal });
    isOpen = answer.kind === "stream";
    if (answer.kind === "stream") return { chunks: answer.body, stop: () => until.abort(LEFT) };
    if (answer.kind === "gone") return answer;
    const { message: reason } = answer;
    if (answer.kind === "absent") return { kind: "absent", reason };
    return { kind: "failed", reason, isLoginRefused: answer.isLoginRefused ?? false };
  } finally {
    if (!isOpen) until.release(); // else with the stream
  }
}

/** A stream that waits for its turn. */
export interface WaitingStream extends LogStream {
  readonly head: FileHead;
}

/** So far a second line is looked for. */
const HEAD_BYTES = 64 * 1024;

/** Reads the first two lines off a stream; null where it has none. A cut comes when the rest is read. */
export async function peek(stream: LogStream): Promise<WaitingStream | null> {
  const chunks = stream.chunks[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  const reader = makeHeadReader();
  let size = 0;
  let next = chunks.next();
  while (!reader.isDone && size < HEAD_BYTES) {
    const answer = await next.catch(() => null);
    if (answer === null || answer.done) break;
    reader.push(answer.value);
    pieces.push(answer.value.slice());
    size += answer.value.length;
    next = chunks.next();
  }
  next.catch(() => null); // whoever reads on hears of it
  const { head } = reader;
  if (head !== null) return { head, chunks: from(joined(pieces), next, chunks), stop: stream.stop };
  stream.stop();
  return null;
}

async function* from(
  first: Uint8Array,
  second: Promise<IteratorResult<Uint8Array>>,
  rest: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, void> {
  try {
    yield first;
    for (let next = await second; !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
