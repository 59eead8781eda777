// Which logs are followed, within a budget: each open stream costs its node an inotify instance. The log of a container
// that has ended gives its place back; its tape waits for the pod's end.

import type { Clock } from "../clock.ts";
import type { PodView } from "../cluster/pod.ts";
import type { Pods } from "../cluster/pods.ts";
import { type Follow, follow } from "./follow.ts";
import type { Spool } from "./spool.ts";

/** The logs that are followed now, or have been. */
export interface FollowedLogs {
  /** Begins to follow what runs, and lets go what has ended. */
  observe(pod: PodView): void;
  has(uid: string, container: string): boolean;
  /** The follow of an ended container, after its last byte; null if it was never followed. */
  take(uid: string, container: string, signal: AbortSignal): Promise<Follow | null>;
  /** Ends those of one pod, at once. */
  forget(uid: string): void;
  /** Ends all. */
  close(): Promise<void>;
  readonly streams: number;
}

interface Entry {
  readonly uid: string;
  readonly follow: Follow;
  /** Set once its place is given back. */
  rest: Promise<void> | null;
}

/** @param open begins the tape of a container, taken up or new */
export function makeFollowed(
  pods: Pods,
  clock: Clock,
  perNode: number,
  open: (pod: PodView, container: string) => Promise<Spool>,
): FollowedLogs {
  const entries = new Map<string, Entry>();
  const nodes = new Map<string, number>();
  const stop = new AbortController();
  let streams = 0;

  function count(node: string, change: number): void {
    streams += change;
    nodes.set(node, (nodes.get(node) ?? 0) + change);
  }

  async function end(entry: Entry, signal: AbortSignal): Promise<void> {
    try {
      await entry.follow.drain(signal);
    } finally {
      count(entry.follow.node, -1);
      await entry.follow.stop();
      (await entry.follow.tape).spool.close();
    }
  }

  function drop(key: string, entry: Entry): void {
    entries.delete(key);
    if (entry.rest === null) {
      count(entry.follow.node, -1);
      entry.rest = entry.follow.stop().then(async () => (await entry.follow.tape).spool.close());
      entry.rest.catch(() => null); // nobody reads that tape in this process
    }
  }

  return {
    observe(pod) {
      for (const container of pod.containers) {
        const key = `${pod.uid}.${container.name}`;
        const entry = entries.get(key);
        if (entry !== undefined) {
          // a sidecar may be started again
          if (container.state === "terminated" && container.kind !== "sidecar" && entry.rest === null) {
            entry.rest = end(entry, stop.signal);
            entry.rest.catch(() => null); // told by `take`
          }
          continue;
        }
        if (container.state !== "running") continue;
        if (streams >= pods.maxStreams || (nodes.get(pod.nodeName) ?? 0) >= perNode) continue;
        const spool = open(pod, container.name);
        entries.set(key, { uid: pod.uid, follow: follow(pods, clock, pod, container, spool), rest: null });
        count(pod.nodeName, 1);
      }
    },
    has: (uid, container) => entries.has(`${uid}.${container}`),
    async take(uid, container, signal) {
      const entry = entries.get(`${uid}.${container}`);
      if (entry === undefined) return null;
      entry.rest ??= end(entry, signal);
      try {
        await entry.rest;
      } finally {
        entries.delete(`${uid}.${container}`);
      }
      return entry.follow;
    },
    forget(uid) {
      for (const [key, entry] of entries) if (entry.uid === uid) drop(key, entry);
    },
    async close() {
      stop.abort(new DOMException("closed", "AbortError"));
      const all = [...entries.values()];
      for (const [key, entry] of entries) drop(key, entry);
      await Promise.allSettled(all.map((entry) => entry.rest));
    },
    get streams() {
      return streams;
    },
  };
}
