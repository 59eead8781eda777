// One log stream onto a spool: only what the spool does not have yet. A status 200 proves nothing: the kubelet sends it
// before it opens the file, and its error texts and cut streams arrive as a clean body.

import { joined } from "../../bytes.ts";
import type { LogOptions, Pods } from "../../cluster/pods.ts";
import { watchBeginning } from "../tape/beginning.ts";
import { limitIdle } from "./limit_idle.ts";
import { type LogStream, type NoStream, openStream } from "./log_stream.ts";
import type { Spool } from "../tape/spool.ts";
import { makeTapeReader, type TapeEnd } from "../tape/tape.ts";
import { wholeSecond } from "../tape/timestamp.ts";

/** How the reading of a stream ended. */
export interface StreamEnd {
  /** `enough`: as `isEnough` said; `failed`: it was cut, or was no log. */
  readonly kind: "end" | "enough" | "failed";
  /** What the server has begins no later than what the spool had ended with; null if no line came. */
  readonly isJoined: boolean | null;
  /** Of `failed`. */
  readonly reason: string;
  /** Of `enough`: the line before which it stopped; empty otherwise. */
  readonly stoppedAt: string;
}

/** How a request for a log ended. */
export type ReadEnd = StreamEnd | NoStream;

/** What a reader of the stream wants to know of it. */
export interface ReadWatch {
  /** A line is kept; `previous` is the one before it on the tape, `bytes` what lies there before it. */
  readonly onLine?: (time: string, previous: string, bytes: number) => void;
  readonly isEnough?: (time: string) => boolean;
  readonly onChunk?: () => void;
  /** The first line comes that the spool did not have; `isJoined` as of StreamEnd. */
  readonly onFirst?: (isJoined: boolean) => void;
  /** The stream follows: one that was silent at first had been open before the first line. */
  readonly isFollowed?: boolean;
}

/** Of `failed`: the kubelet's own words stood in for a log. */
export const NO_LOG = "the kubelet answered with an error text instead of a log";

/** Silent for so long a stream was open before the first line; what is shorter may be the node's slowness. */
const AWAITED_MILLISECONDS = 1_000;

/** Appends to the spool what it does not have yet. Resolves at the answer's end; a cut is `failed`. */
export function fetchOnto(
  spool: Spool,
  pods: Pods,
  pod: string,
  options: LogOptions,
  watch: ReadWatch = {},
): Promise<ReadEnd> {
  return limitIdle<ReadEnd>(
    options.signal,
    async (signal, touch) => {
      const stream = await openStream(pods, pod, { ...options, ...since(spool.end), signal });
      if ("kind" in stream) return stream;
      return await readOnto(spool, stream, { ...watch, onChunk: touch }, signal);
    },
    (reason) => ({ kind: "failed", reason, isJoined: null, stoppedAt: "" }),
  );
}

/** From where a request need only begin. */
export function since(end: TapeEnd): { sinceTime?: string } {
  return end.time === "" ? {} : { sinceTime: wholeSecond(end.time) };
}

/** Reads a stream to its end, or until it is enough. */
export async function readOnto(
  spool: Spool,
  stream: LogStream,
  watch: ReadWatch,
  signal: AbortSignal,
): Promise<StreamEnd> {
  const after = spool.end;
  const onBeginning = watchBeginning(spool);
  let previous = after.time;
  let isFirstLine = true;
  let pieces: Uint8Array[] = [];
  const reader = makeTapeReader((bytes) => pieces.push(bytes), {
    after,
    length: spool.bytes,
    isWhole: true,
    onTorn: () => spool.truncate(after.lineStart),
    onLine: (time, offset) => {
      if (isFirstLine) watch.onFirst?.(reader.isJoined);
      isFirstLine = false;
      onBeginning(time, offset);
      watch.onLine?.(time, previous, offset);
      previous = time;
    },
    isHeard: () => isFirstLine || spool.firstSecondEnd === null || watch.onLine !== undefined,
    isOnTape: (time) => spool.holds(time),
    isEnough: watch.isEnough,
  });
  const save = () => {
    if (pieces.length > 0) spool.append(joined(pieces));
    pieces = [];
    spool.end = reader.end;
    spool.firstTime ||= reader.firstTime;
  };
  const ended = (kind: StreamEnd["kind"], reason = ""): StreamEnd => (
    {
      kind,
      reason,
      isJoined: reader.firstTime === "" ? null : reader.isJoined,
      stoppedAt: reader.stoppedAt,
    }
  );
  const opened = performance.now();
  let isFirstChunk = true;
  try {
    for await (const chunk of stream.chunks) {
      if (isFirstChunk && watch.isFollowed && spool.firstTime === "") {
        spool.wasAwaited = performance.now() - opened > AWAITED_MILLISECONDS;
      }
      isFirstChunk = false;
      watch.onChunk?.();
      reader.push(chunk);
      save();
      if (!reader.isLog || reader.stoppedAt !== "") break;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    return ended("failed", error instanceof Error ? error.message : String(error));
  } finally {
    stream.stop();
    reader.finish();
    save();
  }
  if (reader.stoppedAt !== "") return ended("enough");
  return reader.isLog ? ended("end") : ended("failed", NO_LOG);
}
