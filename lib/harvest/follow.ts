// One container's log, followed onto a tape while the container runs. Usually one stream; where a look (lookout.ts) finds
// a file that the stream has not come to, another stream is opened at once, so that the node keeps that file open, and
// waits unread until the first one has delivered the file before. So streams follow each other file by file.

import type { Clock } from "../clock.ts";
import type { ContainerView, PodView } from "../cluster/pod.ts";
import type { Pods } from "../cluster/pods.ts";
import { isDiskTrouble } from "../results/trouble.ts";
import { ask } from "./ask.ts";
import { COMPARE_LIMIT, readHead } from "./check.ts";
import type { FileHead } from "./file_head.ts";
import { type LogStream, openStream } from "./log_stream.ts";
import { LOOK_MILLISECONDS, type Lookout, makeLookout } from "./lookout.ts";
import { readOnto, since, type StreamEnd } from "./read_log.ts";
import type { Spool } from "./spool.ts";
import { makeWaiting } from "./waiting.ts";

/** A log being followed. */
export interface Follow {
  readonly node: string;
  /** The tape, and what is known of the files it came from. */
  readonly tape: Promise<FollowedTape>;
  /** The stream reached its end by itself, and none waits: nothing was cut off. */
  readonly hasEnded: boolean;
  /** A stream was cut, and what the server had afterwards does not join on to it. */
  readonly hasGap: boolean;
  /**
   * For a container that has ended: waits until all that its streams still have is on the tape. They end by themselves, up
   * to 5 s later; some never do (kwok's), so one that is silent while the tape has the server's file is as good.
   */
  drain(signal: AbortSignal): Promise<void>;
  /** Resolves when nothing is written to the tape any more. */
  stop(): Promise<void>;
}

export interface FollowedTape {
  readonly spool: Spool;
  readonly lookout: Lookout;
}

/** Why text may be missing before a stream's first line: the one before was cut, or ended though the container ran on. */
type Doubt = "" | "ended" | "cut";

/** A stream is given so long to come to a new file by itself. */
const GRACE_MILLISECONDS = 150;
/** A stream whose file was rotated away, and which is silent for so long while the next waits, has delivered it. */
const LEAVE_MILLISECONDS = 5_000;
/** The log of a container that has ended is delivered and over within this time once the stream has nothing to wait for. */
const BRIEF_MILLISECONDS = 5_000;
const SILENCE_MILLISECONDS = 500;
/** The kubelet looks every 5 s whether the container of a followed log has ended. */
const DRAIN_MILLISECONDS = 7_000;

export function follow(
  pods: Pods,
  clock: Clock,
  pod: PodView,
  container: ContainerView,
  spool: Promise<Spool>,
): Follow {
  const stop = new AbortController();
  const { name } = container;
  const both = spool.then((spool) => ({ spool, lookout: makeLookout(spool.end.time, clock.monotonic()) }));
  const waiting = makeWaiting(
    (signal) => openStream(pods, pod.name, { container: name, follow: true, signal }),
    stop.signal,
  );
  let current: LogStream | null = null;
  let heardAt = 0;
  let began = 0;
  // there is a gap if this stream does not end soon: the one before it has not ended with its container then
  let isUnsure = false;
  let isLeft = false;
  let isOver = false;
  let hasGap = false;

  async function run(tape: Spool, watch: Lookout): Promise<void> {
    // what came before the next line may be missing: the stream was cut, or ended while the container may have run on
    let doubt: Doubt = tape.bytes > 0 ? "cut" : "";
    for (let tries = 0; !stop.signal.aborted; tries++) {
      const before = tape.bytes;
      const next = waiting.take();
      const stream = next ?? await openStream(pods, pod.name, {
        container: name,
        follow: true,
        ...since(tape.end),
        signal: stop.signal,
      });
      if ("kind" in stream) {
        if (stream.kind === "gone") return; // what is missing then is missing for good
      } else {
        // one that waited, too: it may have been opened after the one before had ended early, and its file been rotated away
        const end = await read(tape, watch, stream, doubt);
        if (!(end.kind === "end" && clock.monotonic() - began < BRIEF_MILLISECONDS)) hasGap ||= isUnsure;
        isUnsure = false;
        const isEnded = end.kind === "end" && container.kind !== "sidecar";
        if (end.isJoined !== null || doubt === "") {
          doubt = end.kind === "failed" ? "cut" : isEnded ? "ended" : "";
        }
        isOver = end.kind === "end";
      }
      await waiting.settle();
      if (waiting.isFilled) continue;
      if (tape.bytes > before) tries = 0;
      // an end proves nothing (a kubelet that restarts ends streams, too): only the pod's own end stops this
      await clock.sleep(Math.min(30_000, 500 * 2 ** Math.min(tries, 6)), stop.signal);
    }
  }

  async function read(tape: Spool, watch: Lookout, stream: LogStream, doubt: Doubt): Promise<StreamEnd> {
    current = stream;
    began = heardAt = clock.monotonic();
    isLeft = false;
    try {
      const end = await readOnto(tape, stream, {
        isFollowed: true,
        onChunk() {
          heardAt = clock.monotonic();
        },
        onFirst(isJoined) {
          hasGap ||= !isJoined && doubt === "cut";
          isUnsure = !isJoined && doubt === "ended";
        },
        onLine(time, previous, bytes) {
          isOver = false;
          watch.note(time, previous, bytes, heardAt);
          waiting.letGo(watch);
        },
        isEnough: (time) => !waiting.isEmpty && watch.isPast(time),
      }, stop.signal);
      if (end.stoppedAt !== "" && !await unglue(tape, end.stoppedAt)) hasGap = true;
      return isLeft ? { ...end, kind: "enough" } : end;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      return { kind: "failed", reason: "", isJoined: null, stoppedAt: "" };
    }
  }

  /**
   * A stream whose file ended in the middle of a line, and that has passed over the next file, has joined the first line of
   * a later one to it, without a timestamp: takes that off again. False if it cannot be told.
   */
  async function unglue(tape: Spool, stoppedAt: string): Promise<boolean> {
    const isFile = ({ first, second }: FileHead) => first === stoppedAt || second === stoppedAt;
    let file: FileHead | null | "gone" | undefined = waiting.find(isFile);
    file ??= await answer((signal) => readHead(pods, pod.name, name, () => false, signal));
    if (file === null || file === "gone" || !isFile(file)) return false;
    const { lineStart } = tape.end;
    if (file.first !== stoppedAt && tape.bytes - file.firstBytes > lineStart) {
      tape.truncate(tape.bytes - file.firstBytes);
      tape.end = { ...tape.end, isTorn: true };
    }
    return true;
  }

  async function keepWatch(tape: Spool, watch: Lookout): Promise<void> {
    for (;;) {
      await clock.sleep(LOOK_MILLISECONDS, stop.signal);
      if (waiting.isFilled && clock.monotonic() - heardAt > LEAVE_MILLISECONDS) {
        isLeft = true;
        current?.stop();
      }
      if (watch.isDue(tape.bytes)) await look();
    }
  }

  const answer = <T>(work: (signal: AbortSignal) => Promise<T>) => ask(work, clock, stop.signal);
  let looking: Promise<boolean> | null = null;

  /** Looks at the server's file. Whether the tape has it, or a stream that is read. */
  function look(): Promise<boolean> {
    looking ??= lookNow().finally(() => {
      looking = null;
    });
    return looking;
  }

  async function lookNow(): Promise<boolean> {
    const { spool: tape, lookout: watch } = await both;
    watch.begin();
    const file = await answer((signal) => readHead(pods, pod.name, name, watch.isKnown, signal));
    if (file === null || file === "gone") return false;
    const seen = watch.see(file, tape.end.time, tape.bytes, clock.monotonic());
    waiting.letGo(watch);
    if (seen === "here") return waiting.isEmpty;
    await clock.sleep(GRACE_MILLISECONDS, stop.signal);
    if (watch.expects(file.first)) {
      waiting.hold(
        file.first,
        watch,
        (head) => watch.see(head, tape.end.time, tape.bytes, clock.monotonic()),
      );
    }
    return false;
  }

  let failure: unknown = null;
  const done = (async () => {
    const { spool: tape, lookout: watch } = await both;
    // the watch ends with `stop`, and only then
    const watcher = keepWatch(tape, watch);
    try {
      await Promise.race([run(tape, watch), watcher]);
    } finally {
      stop.abort(new DOMException("no longer followed", "AbortError"));
      await Promise.allSettled([watcher, waiting.close()]);
    }
  })().catch((error: unknown) => {
    if (!(error instanceof DOMException && error.name === "AbortError")) failure = error;
  });

  return {
    node: pod.nodeName,
    tape: both,
    get hasEnded() {
      return isOver && waiting.isEmpty;
    },
    get hasGap() {
      return hasGap || isUnsure && clock.monotonic() - began >= BRIEF_MILLISECONDS;
    },
    async drain(signal) {
      const tape = await spool;
      let waited = 0;
      while (waited < DRAIN_MILLISECONDS && tape.bytes > COMPARE_LIMIT && !stop.signal.aborted) {
        const before = tape.bytes;
        await clock.sleep(SILENCE_MILLISECONDS, signal);
        if (isOver && waiting.isEmpty) break;
        waited = tape.bytes > before ? 0 : waited + SILENCE_MILLISECONDS;
        if (waited > 0 && await look()) break;
      }
    },
    async stop() {
      stop.abort(new DOMException("no longer followed", "AbortError"));
      await done;
      if (failure !== null) throw failure;
    },
  };
}
