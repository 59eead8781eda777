// The streams of one log that wait for their turn: each on a file that the stream which is read has not come to. The node
// keeps their files open, and their bytes wait in the buffers on the way.

import type { FileHead } from "../read/file_head.ts";
import { type LogStream, type NoStream, peek, type WaitingStream } from "../read/log_stream.ts";
import type { Lookout } from "./lookout.ts";

export interface Waiting {
  /** None waits or is being opened. */
  readonly isEmpty: boolean;
  /** At least one waits. */
  readonly isFilled: boolean;
  /** Opens one on the file that is served now, which begins at `first` unless it is rotated meanwhile; `see` is told then. */
  hold(first: string, watch: Lookout, see: (head: FileHead) => void): void;
  /** Ends those whose file is not expected any more: the stream that is read has come to it by itself. */
  letGo(watch: Lookout): void;
  /** The next; it waits no longer. */
  take(): WaitingStream | undefined;
  find(isFile: (head: FileHead) => boolean): FileHead | undefined;
  /** Resolves when none is being opened. */
  settle(): Promise<void>;
  /** Ends all, after the signal has aborted. */
  close(): Promise<void>;
}

/** More than this wait only for a log that is written faster than the node can hand it out. */
const LIMIT = 8;

export function makeWaiting(
  open: (signal: AbortSignal) => Promise<LogStream | NoStream>,
  signal: AbortSignal,
): Waiting {
  const streams: WaitingStream[] = [];
  /** By the first timestamp of the file that is meant. */
  const opening = new Map<string, Promise<void>>();

  async function add(watch: Lookout, see: (head: FileHead) => void): Promise<void> {
    const stream = await open(signal);
    if ("kind" in stream) return;
    const next = await peek(stream);
    if (next === null) return;
    const { first } = next.head;
    if (!watch.isKnown(first)) see(next.head);
    if (!watch.expects(first) || streams.some(({ head }) => head.first >= first)) stream.stop();
    else streams.push(next);
  }

  const settle = async () => {
    await Promise.allSettled(opening.values());
  };

  return {
    settle,
    get isEmpty() {
      return streams.length + opening.size === 0;
    },
    get isFilled() {
      return streams.length > 0;
    },
    hold(first, watch, see) {
      if (opening.has(first) || streams.some(({ head }) => head.first === first)) return;
      if (streams.length + opening.size >= LIMIT) return;
      const work = add(watch, see).finally(() => opening.delete(first));
      work.catch(() => null); // it is opened at the next look, or never more
      opening.set(first, work);
    },
    letGo(watch) {
      while (streams[0] !== undefined && !watch.expects(streams[0].head.first)) streams.shift()?.stop();
    },
    take: () => streams.shift(),
    find: (isFile) => streams.find(({ head }) => isFile(head))?.head,
    async close() {
      await settle();
      for (const stream of streams.splice(0)) stream.stop();
    },
  };
}
