// Which logs are followed, within a budget: each open stream costs its node an inotify instance. The log of a container
// that has ended gives its place back; its tape waits for the pod's end. Where containers are seen to end within a blink,
// the next ones are given time to do so before a stream is opened.

import { type Clock, slept } from "../../clock.ts";
import type { ContainerView, PodView } from "../../cluster/pod.ts";
import type { Pods } from "../../cluster/pods.ts";
import { BRIEF_MILLISECONDS, makeBrevity } from "./brief.ts";
import type { Aside } from "./drain.ts";
import { type Follow, follow } from "./follow.ts";
import type { Spool } from "../tape/spool.ts";

/** The logs that are followed now, or have been. */
export interface FollowedLogs {
  /**
   * Begins to follow what runs, and lets go what has ended.
   *
   * @param isLeaving the pod is about to be deleted: what it still says goes with it
   */
  observe(pod: PodView, isLeaving?: boolean): void;
  has(uid: string, container: string): boolean;
  /** The follow of a container that has ended in this view, after its last byte; null if it was never followed. */
  take(pod: PodView, container: string, signal: AbortSignal, aside?: Aside): Promise<Follow | null>;
  /** Ends all. */
  close(): Promise<void>;
  readonly streams: number;
}

interface Entry {
  readonly follow: Follow;
  /** The pod is about to be deleted. */
  isLeaving: boolean;
  /** Its node did not answer when a stream was asked for last. */
  isSilent: boolean;
  /** Set once its place is given back. */
  rest: Promise<void> | null;
}

/** A container that runs, and is not followed. */
interface Runner {
  readonly pod: PodView;
  readonly container: ContainerView;
  /** When it was first seen running. */
  readonly since: number;
}

/** How often those are looked at that may have run for long enough. */
const LOOK_MILLISECONDS = 250;
/** Longest pause between two tries to open a stream. */
const PAUSE_MILLISECONDS = 30_000;
/** The same for logs that a silent node will take away as soon as it is back, all of the node's together. */
const LEAVING_MILLISECONDS = 500;

/** @param open begins the tape of a container, taken up or new */
export function makeFollowed(
  pods: Pods,
  clock: Clock,
  perNode: number,
  open: (pod: PodView, container: string) => Promise<Spool>,
): FollowedLogs {
  const entries = new Map<string, Entry>();
  const runners = new Map<string, Runner>();
  const brevity = makeBrevity();
  let isLooking = false;
  const nodes = new Map<string, number>();
  const stop = new AbortController();
  let streams = 0;

  function count(node: string, change: number): void {
    streams += change;
    nodes.set(node, (nodes.get(node) ?? 0) + change);
  }

  async function end(entry: Entry, signal: AbortSignal, aside?: Aside): Promise<void> {
    try {
      await entry.follow.drain(entry.isLeaving, signal, aside);
    } finally {
      count(entry.follow.node, -1);
      await entry.follow.stop();
      (await entry.follow.tape).spool.close();
    }
  }

  /** Ends one whose tape nobody reads in this process any more. */
  async function drop(entry: Entry): Promise<void> {
    count(entry.follow.node, -1);
    await entry.follow.stop();
    (await entry.follow.tape).spool.close();
  }

  /** Opens a stream, if the budget has one. */
  function begin(key: string, pod: PodView, container: ContainerView, isLeaving: boolean): void {
    const { nodeName } = pod;
    if (streams >= pods.maxStreams || (nodes.get(nodeName) ?? 0) >= perNode) return;
    const spool = open(pod, container.name);
    const entry: Entry = {
      isLeaving,
      isSilent: false,
      rest: null,
      follow: follow(pods, clock, pod, container, spool, {
        longestPause: () =>
          entry.isLeaving ? LEAVING_MILLISECONDS * Math.max(1, nodes.get(nodeName) ?? 1) : PAUSE_MILLISECONDS,
        heard(isAnswer) {
          entry.isSilent = !isAnswer;
          if (!isAnswer) return;
          for (const other of entries.values()) {
            if (other.isSilent && other.follow.node === nodeName) other.follow.hasten();
          }
        },
      }),
    };
    entries.set(key, entry);
    count(nodeName, 1);
  }

  /** Follows what did not end soon after all. */
  async function lookAtRunners(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    while (runners.size > 0 && await slept(clock, LOOK_MILLISECONDS, stop.signal)) {
      const now = clock.monotonic();
      for (const [key, { pod, container, since }] of runners) {
        if (now - since >= BRIEF_MILLISECONDS && !entries.has(key)) {
          begin(key, pod, container, pod.deletionTimestamp !== null);
        }
      }
    }
    isLooking = false;
  }

  /** It has ended, or nobody wants to know of it any more. */
  function leave(key: string, hasEnded: boolean): void {
    const runner = runners.get(key);
    // how long one would have run that is taken away nobody knows
    if (runner?.pod.deletionTimestamp === null && hasEnded) brevity.note(clock.monotonic() - runner.since);
    runners.delete(key);
  }

  return {
    observe(pod, isLeaving = pod.deletionTimestamp !== null) {
      for (const container of pod.containers) {
        const key = `${pod.uid}.${container.name}`;
        if (container.state === "terminated") leave(key, !isLeaving);
        const entry = entries.get(key);
        if (entry !== undefined) {
          entry.isLeaving ||= isLeaving;
          if (container.state === "running" && entry.rest === null) entry.follow.hasten();
          // a sidecar may be started again
          if (container.state === "terminated" && container.kind !== "sidecar" && entry.rest === null) {
            entry.rest = end(entry, stop.signal);
            entry.rest.catch(() => null); // told by `take`
          }
          continue;
        }
        if (container.state !== "running") continue;
        const since = runners.get(key)?.since ?? clock.monotonic();
        runners.set(key, { pod, container, since });
        if (isLeaving || !brevity.isUsual) begin(key, pod, container, isLeaving);
      }
      void lookAtRunners();
    },
    has: (uid, container) => entries.has(`${uid}.${container}`),
    async take(pod, container, signal, aside) {
      const key = `${pod.uid}.${container}`;
      leave(key, true);
      const entry = entries.get(key);
      if (entry === undefined) return null;
      // the kubelet takes an evicted pod's containers away, too
      entry.isLeaving ||= pod.deletionTimestamp !== null || pod.reason === "Evicted";
      entry.rest ??= end(entry, signal, aside);
      try {
        await entry.rest;
      } finally {
        entries.delete(key);
      }
      return entry.follow;
    },
    async close() {
      stop.abort(new DOMException("closed", "AbortError"));
      const all = [...entries.values()];
      entries.clear();
      await Promise.allSettled(all.map((entry) => entry.rest ?? drop(entry)));
    },
    get streams() {
      return streams;
    },
  };
}
