// The short way home for a log of which nothing is known yet: its text goes, as it comes, into the file that will bear its
// name, and is written once. Where anything is out of the ordinary the long way begins, by a tape, which can go on where a
// stream was cut.

import type { LogOptions, Pods } from "../../cluster/pods.ts";
import type { StagedFile } from "../../results/results.ts";
import { type Beginning, watchBeginning } from "../tape/beginning.ts";
import { check, COMPARE_LIMIT } from "../read/check.ts";
import { copyInFile } from "../tape/copy.ts";
import { limitIdle } from "../read/limit_idle.ts";
import { openStream } from "../read/log_stream.ts";
import { NO_LOG, type ReadEnd, type StreamEnd } from "../read/read_log.ts";
import { makeTapeReader } from "../tape/tape.ts";

/** What came the short way. */
export interface Straight {
  /** Null where no text came. */
  readonly file: StagedFile | null;
  /** It is the server's file, whole and checked. */
  readonly isWhole: boolean;
  /** It was read to its end, and then the check found no pod. */
  readonly isReadOut: boolean;
  readonly beginning: Beginning;
  /** Bytes that have come, timestamps included. */
  readonly tapeBytes: number;
  /** Of one that is not whole: how it ended, which is the long way's first try. */
  readonly end: ReadEnd;
}

/** What the short way needs. */
export interface StraightOptions {
  readonly pods: Pods;
  readonly stage: () => Promise<StagedFile>;
  readonly signal: AbortSignal;
}

/** A text on its way into its file. */
interface Text {
  file: StagedFile | null;
  /** All of it, while that is little: the check then reads no file. */
  pieces: Uint8Array[];
  bytes: number;
  firstTime: string;
  lastTime: string;
  firstSecondEnd: number | null;
  tapeBytes: number;
}

/**
 * Reads the log of one container, and checks it.
 *
 * @throws what the disk refuses, and what ends the run; no file is left then
 */
export async function bringStraight(
  pod: string,
  container: string,
  { pods, stage, signal }: StraightOptions,
): Promise<Straight> {
  const text: Text = {
    file: null,
    pieces: [],
    bytes: 0,
    firstTime: "",
    lastTime: "",
    firstSecondEnd: null,
    tapeBytes: 0,
  };
  try {
    let end = await read(text, pods, pod, { container, signal }, stage);
    const { file, pieces, bytes, firstTime, lastTime, firstSecondEnd, tapeBytes } = text;
    const copy = copyInFile({ path: file?.path ?? "", bytes, tapeBytes, pieces, firstTime, lastTime });
    const known = end.kind === "end"
      ? await check(copy, pods, pod, container, { isFollowed: false, signal })
      : null;
    if (known?.kind === "gone") end = { kind: "gone" };
    else if (known !== null && known.kind !== "whole") {
      end = ended("failed", "two transfers of the log differ");
    }
    return {
      file,
      isWhole: known?.kind === "whole",
      isReadOut: known?.kind === "gone",
      beginning: { firstTime, firstSecondBytes: firstSecondEnd ?? tapeBytes, wasAwaited: false },
      tapeBytes,
      end,
    };
  } catch (error) {
    await text.file?.drop();
    throw error;
  }
}

function read(
  text: Text,
  pods: Pods,
  pod: string,
  options: LogOptions,
  stage: () => Promise<StagedFile>,
): Promise<ReadEnd> {
  return limitIdle<ReadEnd>(
    options.signal,
    async (signal, touch) => {
      const stream = await openStream(pods, pod, { ...options, signal });
      if ("kind" in stream) return stream;
      try {
        return await write(text, untilCut(stream.chunks, signal), touch, stage);
      } finally {
        stream.stop();
      }
    },
    (reason) => ended("failed", reason),
  );
}

/** Takes the timestamps off and writes the rest; returns how the stream ended. */
async function write(
  text: Text,
  chunks: AsyncGenerator<Uint8Array, string>,
  touch: () => void,
  stage: () => Promise<StagedFile>,
): Promise<StreamEnd> {
  let piece: Uint8Array | null = null;
  const reader = makeTapeReader((bytes) => piece = bytes, {
    isText: true,
    onLine: watchBeginning(text),
    isHeard: () => text.firstSecondEnd === null,
  });
  let own = new Uint8Array(0);
  try {
    for (;;) {
      const { done, value } = await chunks.next();
      if (done) {
        if (value !== "") return ended("failed", value);
        reader.finish();
        return reader.isLog ? ended("end") : ended("failed", NO_LOG);
      }
      touch();
      text.tapeBytes += value.length;
      if (own.length < value.length) own = new Uint8Array(value.length);
      own.set(value);
      piece = null;
      reader.push(own.subarray(0, value.length));
      if (piece !== null) await keep(text, piece, stage);
      if (!reader.isLog) {
        await chunks.return("");
        return ended("failed", NO_LOG);
      }
    }
  } finally {
    text.firstTime = reader.firstTime;
    text.lastTime = reader.end.time;
  }
}

async function keep(text: Text, piece: Uint8Array, stage: () => Promise<StagedFile>): Promise<void> {
  text.bytes += piece.length;
  if (text.bytes <= COMPARE_LIMIT) text.pieces.push(piece.slice());
  else text.pieces = [];
  text.file ??= await stage();
  await text.file.write(piece);
}

/** The chunks; returns why the stream was cut, empty where it came to its end. */
async function* untilCut(
  chunks: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, string> {
  try {
    yield* chunks;
    return "";
  } catch (error) {
    if (signal.aborted) throw error;
    return error instanceof Error ? error.message : String(error);
  }
}

function ended(kind: StreamEnd["kind"], reason = ""): StreamEnd {
  return { kind, reason, isJoined: null, stoppedAt: "" };
}
