// One container's log, followed onto a tape while the container runs. Usually one stream; where a look (lookout.ts) finds
// a file that the stream has not come to, another stream is opened at once, so that the node keeps that file open, and
// waits unread until the first one has delivered the file before. So streams follow each other file by file.

import type { Clock } from "../../clock.ts";
import type { ContainerView, PodView } from "../../cluster/pod.ts";
import type { Pods } from "../../cluster/pods.ts";
import { isDiskTrouble } from "../../results/trouble.ts";
import { ask } from "./ask.ts";
import { check, COMPARE_LIMIT, readHead } from "../read/check.ts";
import { copyOnTape } from "../tape/copy.ts";
import { type Aside, drain, type Draining, drainSmall } from "./drain.ts";
import { makeEnding } from "./ending.ts";
import { type LogStream, openStream } from "../read/log_stream.ts";
import { look } from "./look.ts";
import { LOOK_MILLISECONDS, type Lookout, makeLookout } from "./lookout.ts";
import { makePauses } from "./pauses.ts";
import { NO_LOG, readOnto, since, type StreamEnd } from "../read/read_log.ts";
import type { Spool } from "../tape/spool.ts";
import { beginsAt, unglue } from "./unglue.ts";
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
  /** All of the log was read once, as far as one reading tells: should it go away now, nothing says that text is missing. */
  readonly isReadOut: boolean;
  /** There is news of the pod or its node: a stream that was cut is opened again at once. */
  hasten(): void;
  /**
   * For a container that has ended: waits until all that its streams still have is on the tape.
   *
   * @param isLeaving the log goes away with its pod: waits for a small one, too, and lets others go first then
   */
  drain(isLeaving: boolean, signal: AbortSignal, aside?: Aside): Promise<void>;
  /** Resolves when nothing is written to the tape any more. */
  stop(): Promise<void>;
}

/** What a follow has to do with the others of its node. */
export interface Neighbours {
  /** No pause between two tries to open a stream is longer, in milliseconds. */
  longestPause(): number;
  /** The node has answered, or has not. */
  heard(isAnswer: boolean): void;
}

export interface FollowedTape {
  readonly spool: Spool;
  readonly lookout: Lookout;
}

/** Why text may be missing before a stream's first line: the one before was cut, or ended though the container ran on. */
type Doubt = "" | "ended" | "cut";

/** A stream whose file was rotated away, and which is silent for so long while the next waits, has delivered it. */
const LEAVE_MILLISECONDS = 5_000;
/** The log of a container that has ended is delivered and over within this time once the stream has nothing to wait for. */
const BRIEF_MILLISECONDS = 5_000;

export function follow(
  pods: Pods,
  clock: Clock,
  pod: PodView,
  container: ContainerView,
  spool: Promise<Spool>,
  neighbours: Neighbours,
): Follow {
  const stop = new AbortController();
  const { name } = container;
  const both = spool.then((spool) => ({ spool, lookout: makeLookout(spool.end.time, clock.monotonic()) }));
  const waiting = makeWaiting(
    (signal) => openStream(pods, pod.name, { container: name, follow: true, signal }),
    stop.signal,
  );
  const pauses = makePauses(clock, stop.signal, neighbours.longestPause);
  const ending = makeEnding(clock);
  let current: LogStream | null = null;
  let heardAt = 0;
  let began = 0;
  // there is a gap if this stream does not end soon: the one before it has not ended with its container then
  let isUnsure = false;
  let isLeft = false;
  let isCompared = false;
  let hasGap = false;
  /** Resolved where the watch has something to do a second from now. */
  let stirred = Promise.withResolvers<void>();
  stop.signal.addEventListener("abort", () => stirred.resolve());

  async function run(tape: Spool, watch: Lookout): Promise<void> {
    // what came before the next line may be missing: the stream was cut, or ended while the container may have run on
    let doubt: Doubt = tape.bytes > 0 ? "cut" : "";
    while (!stop.signal.aborted) {
      const before = tape.bytes;
      const next = waiting.take();
      const stream = next ?? await openStream(pods, pod.name, {
        container: name,
        follow: true,
        ...since(tape.end),
        signal: stop.signal,
      });
      const isGone = "kind" in stream && stream.kind === "gone";
      if ("kind" in stream) {
        if (isGone && !await stands()) return;
        neighbours.heard(stream.kind !== "failed");
        if (stream.kind === "failed") ending.wasRefused();
      } else {
        neighbours.heard(true);
        // one that waited, too: it may have been opened after the one before had ended early, and its file been rotated away
        const end = await read(tape, watch, stream, doubt);
        if (!(end.kind === "end" && clock.monotonic() - began < BRIEF_MILLISECONDS)) hasGap ||= isUnsure;
        isUnsure = false;
        const isEnded = end.kind === "end" && container.kind !== "sidecar";
        if (end.isJoined !== null || doubt === "") {
          doubt = end.kind === "failed" ? "cut" : isEnded ? "ended" : "";
        }
        // of a container that is gone the kubelet has no log any more: that says nothing of the stream before
        if (end.reason !== NO_LOG || end.isJoined !== null) ending.streamEnded(end.kind === "end");
      }
      await waiting.settle();
      if (waiting.isFilled) continue;
      if (tape.bytes > before) pauses.reset();
      // an end proves nothing (a kubelet that restarts ends streams, too): only the pod's own end stops this
      await pauses.wait(isGone);
    }
  }

  /** Whether the pod is there, as far as anybody says. */
  async function stands(): Promise<boolean> {
    const now = await answer(async () => ({ pod: await pods.get(pod.name) }));
    return now === null || now.pod?.uid === pod.uid;
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
          stirred.resolve();
        },
        onFirst(isJoined) {
          hasGap ||= !isJoined && doubt === "cut";
          isUnsure = !isJoined && doubt === "ended";
        },
        onLine(time, previous, bytes) {
          ending.wentOn();
          watch.note(time, previous, bytes, heardAt);
          waiting.letGo(watch);
        },
        isEnough: (time) => !waiting.isEmpty && watch.isPast(time),
      }, stop.signal);
      if (end.stoppedAt !== "" && !await mend(tape, end.stoppedAt)) hasGap = true;
      return isLeft ? { ...end, kind: "enough" } : end;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      return { kind: "failed", reason: "", isJoined: null, stoppedAt: "" };
    }
  }

  /** Takes off again what the stream has joined to a line by mistake; false if it cannot be told. */
  async function mend(tape: Spool, stoppedAt: string): Promise<boolean> {
    const known = waiting.find((head) => beginsAt(head, stoppedAt));
    return unglue(tape, stoppedAt, known ?? await headOf(() => false));
  }

  async function keepWatch(tape: Spool, watch: Lookout): Promise<void> {
    for (;;) {
      // a stream that says nothing has nothing to be looked at: a thousand silent ones wake nobody
      await stirred.promise;
      if (waiting.isEmpty && !watch.isDue(tape.bytes)) stirred = Promise.withResolvers();
      await clock.sleep(LOOK_MILLISECONDS, stop.signal);
      if (waiting.isFilled && clock.monotonic() - heardAt > LEAVE_MILLISECONDS) {
        isLeft = true;
        current?.stop();
      }
      if (watch.isDue(tape.bytes)) await lookOnce();
    }
  }

  const answer = <T>(work: (signal: AbortSignal) => Promise<T>) => ask(work, clock, stop.signal);
  const headOf = (isKnown: (first: string) => boolean) =>
    answer((signal) => readHead(pods, pod.name, name, isKnown, signal));
  let looking: Promise<boolean> | null = null;

  /** Looks at the server's file. Whether the tape has it, or a stream that is read. */
  function lookOnce(): Promise<boolean> {
    looking ??= both.then((tape) => look(tape, waiting, headOf, clock, stop.signal)).finally(() => {
      looking = null;
      stirred.resolve(); // another stream may wait by now
    });
    return looking;
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
      return ending.isOver && waiting.isEmpty;
    },
    get isReadOut() {
      return isCompared || ending.isLogsEnd && waiting.isEmpty;
    },
    hasten: pauses.hasten,
    get hasGap() {
      return hasGap || isUnsure && clock.monotonic() - began >= BRIEF_MILLISECONDS;
    },
    async drain(isLeaving, signal, aside = (wait) => wait()) {
      ending.containerEnded();
      if (isLeaving) pauses.hasten();
      const tape = await spool;
      const draining: Draining = {
        isOver: () => (isLeaving ? ending.isLogsEnd : ending.isOver) && waiting.isEmpty,
        isStopped: () => stop.signal.aborted,
        look: lookOnce,
        compare: () =>
          answer((signal) => check(copyOnTape(tape), pods, pod.name, name, { isFollowed: true, signal })),
      };
      try {
        if (tape.bytes > COMPARE_LIMIT) await drain(tape, draining, clock, signal);
        else if (isLeaving) isCompared = await drainSmall(draining, clock, aside, signal);
      } catch (error) {
        if (signal.aborted || !stop.signal.aborted) throw error; // else it ended in the middle of a question
      }
    },
    async stop() {
      stop.abort(new DOMException("no longer followed", "AbortError"));
      await done;
      if (failure !== null) throw failure;
    },
  };
}
