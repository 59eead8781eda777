// The harvest of one run: which logs are followed, and how an ended pod's logs become files.

import type { Clock } from "../clock.ts";
import { makeGate } from "../cluster/gate.ts";
import type { ContainerView, PodView } from "../cluster/pod.ts";
import type { Pods } from "../cluster/pods.ts";
import type { Completeness, LogRecord } from "../results/record.ts";
import type { Place, Results } from "../results/results.ts";
import type { Collected, CollectOrder, Followed, Harvest } from "./harvest.ts";
import { isDiskTrouble, notStored } from "../results/trouble.ts";
import { isBeginningSure } from "./beginning.ts";
import { check, COMPARE_LIMIT, firstTime, readOnto, strip } from "./read_log.ts";
import { openSpool, reopenSpool, type Spool } from "./spool.ts";

/** What the harvest works with. */
export interface HarvestOptions {
  readonly pods: Pods;
  readonly results: Results;
  readonly clock: Clock;
  /** Streams per node: each costs the node an inotify instance, of which there are 128. @default {32} */
  readonly perNode?: number;
  /** How long an unreadable log is tried. @default {900000} */
  readonly patienceMilliseconds?: number;
  readonly onFollow?: (followed: Followed) => void;
}

interface Follow {
  readonly node: string;
  readonly stop: AbortController;
  readonly spool: Promise<Spool>;
  done: Promise<void>;
  /** The stream reached its end by itself: nothing was cut off. */
  hasEnded: boolean;
  hasGap: boolean;
}

const COLLECTS = 32;
/** A stream that says nothing for so long has delivered what there was. */
const SILENCE_MILLISECONDS = 500;
/** The kubelet looks every 5 s whether the container of a followed log has ended. */
const DRAIN_MILLISECONDS = 7_000;

/** Starts a harvest that follows nothing yet. */
export function makeHarvest(options: HarvestOptions): Harvest {
  const { pods, results, clock } = options;
  const perNode = options.perNode ?? 32;
  const patience = options.patienceMilliseconds ?? 900_000;
  const follows = new Map<string, Follow>();
  const nodes = new Map<string, number>();
  const old = new Set(results.tapes());
  const gate = makeGate(COLLECTS, COLLECTS);
  const key = (uid: string, container: string) => `${uid}.${container}`;

  async function take(uid: string, container: string, isDurable: boolean): Promise<Spool> {
    const name = key(uid, container);
    return old.delete(name)
      ? await reopenSpool(results.tapePath(uid, container))
      : openSpool(results.tapePath(uid, container), isDurable);
  }

  function follow(pod: PodView, container: string): void {
    const stop = new AbortController();
    const spool = take(pod.uid, container, true);
    const entry: Follow = {
      node: pod.nodeName,
      stop,
      spool,
      hasEnded: false,
      hasGap: false,
      done: Promise.resolve(),
    };
    const run = async () => {
      const tape = await spool;
      let wasCut = false;
      for (let tries = 0; !stop.signal.aborted; tries++) {
        const before = tape.bytes;
        entry.hasEnded = false;
        const end = await readOnto(tape, pods, pod.name, { container, follow: true, signal: stop.signal });
        if (end.kind === "gone") return; // what is missing then is missing for good
        // after a stream that was cut nothing in common means that text is lost; one that ended by itself had read its file
        if (end.kind === "end") entry.hasGap ||= wasCut && !end.isJoined;
        entry.hasEnded = end.kind === "end";
        wasCut = !entry.hasEnded;
        if (tape.bytes > before) tries = 0;
        // an end proves nothing (a kubelet that restarts ends streams, too): only the pod's own end stops this
        await clock.sleep(Math.min(30_000, 500 * 2 ** Math.min(tries, 6)), stop.signal);
      }
    };
    entry.done = run().catch((error: unknown) => {
      // disk errors show again at the collect, where somebody waits for them
      if (!stop.signal.aborted && !isDiskTrouble(error)) throw error;
    });
    follows.set(key(pod.uid, container), entry);
    options.onFollow?.({ pod, container, path: results.tapePath(pod.uid, container) });
    nodes.set(pod.nodeName, (nodes.get(pod.nodeName) ?? 0) + 1);
  }

  async function unfollow(uid: string, container: string): Promise<Follow | null> {
    const entry = follows.get(key(uid, container));
    if (entry === undefined) return null;
    follows.delete(key(uid, container));
    nodes.set(entry.node, (nodes.get(entry.node) ?? 1) - 1);
    entry.stop.abort();
    await entry.done;
    return entry;
  }

  /**
   * A stream may still be delivering a file that has been rotated away: it is ended only once it has come to its end by
   * itself, or has fallen silent and the server's file overlaps with what was had. Some streams never end (kwok's).
   */
  async function drain(pod: PodView, container: string, signal: AbortSignal): Promise<void> {
    const entry = follows.get(key(pod.uid, container));
    if (entry === undefined) return;
    const spool = await entry.spool;
    let waited = 0;
    while (waited < DRAIN_MILLISECONDS && spool.bytes > COMPARE_LIMIT) {
      const before = spool.bytes;
      await clock.sleep(SILENCE_MILLISECONDS, signal);
      if (entry.hasEnded) return;
      waited = spool.bytes > before ? 0 : waited + SILENCE_MILLISECONDS;
      if (waited === 0) continue;
      const first = await firstTime(pods, pod.name, container, signal);
      if (first === "gone" || (first !== "" && first <= spool.end.time)) return;
    }
  }

  /** The whole log of one container on a spool, checked. */
  async function bring(pod: PodView, container: ContainerView, signal: AbortSignal): Promise<Brought> {
    await drain(pod, container.name, signal);
    const followed = await unfollow(pod.uid, container.name);
    const isFollowed = followed !== null || old.has(key(pod.uid, container.name));
    const spool = await (followed?.spool ?? take(pod.uid, container.name, false));
    let hasGap = followed?.hasGap ?? false;
    const began = clock.monotonic();
    let why = "";
    for (let tries = 0;; tries++) {
      const end = await readOnto(spool, pods, pod.name, { container: container.name, signal });
      if (end.kind === "gone") return { spool, completeness: "incomplete", isGone: true };
      if (end.kind === "absent" && tries > 0) return { spool, completeness: "none", isGone: false };
      if (end.kind === "failed") why = end.reason;
      if (end.kind === "end") {
        hasGap ||= !end.isJoined && followed?.hasEnded !== true;
        const known = await check(spool, pods, pod.name, container.name, { isFollowed, signal });
        if (known === "gone") return { spool, completeness: "incomplete", isGone: true };
        if (known !== "differs") {
          const isSure = isBeginningSure(spool, container.startedAt, isFollowed) &&
            (known === "proven" || !spool.hasPause);
          const completeness = known === "followed" && hasGap ? "incomplete" : isSure ? known : "unproven";
          return { spool, completeness, isGone: false };
        }
        why = "two transfers of the log differ";
        if (!isFollowed) spool.clear();
      }
      if (clock.monotonic() - began > patience) {
        return { spool, completeness: "none", isGone: false, unsafe: why };
      }
      await clock.sleep(Math.min(30_000, 200 * 2 ** Math.min(tries, 8)), signal);
    }
  }

  async function collect(pod: PodView, order: CollectOrder): Promise<Collected> {
    const brought: (Brought & { container: ContainerView })[] = [];
    const started = pod.containers.filter((container) =>
      container.startedAt !== null || container.state === "running"
    );
    try {
      for (const container of started) {
        brought.push({ ...await bring(pod, container, order.signal), container });
      }
      const unsafe = brought.find((entry) => entry.unsafe !== undefined);
      if (unsafe) {
        leave(pod, brought);
        return { kind: "unsafe", reason: unsafe.unsafe ?? "" };
      }
      const logs: LogRecord[] = [];
      const main = brought.find((entry) => entry.container.name === pod.mainContainer);
      for (const entry of brought) {
        if (entry !== main) {
          logs.push(await put(pod, entry, { kind: "aside", ...place(pod, entry.container.name) }));
        }
      }
      const target: Place = order.verdict === null
        ? { kind: "aside", ...place(pod, pod.mainContainer) }
        : { kind: "verdict", name: pod.name, attempt: pod.attempt, verdict: order.verdict };
      const note = order.verdict === null ? null : order.reason;
      logs.unshift(await put(pod, main ?? null, target, note));
      for (const { spool } of brought) spool.remove();
      return { kind: brought.some((entry) => entry.isGone) ? "lost" : "stored", logs };
    } catch (error) {
      leave(pod, brought);
      return notStored(error);
    }
  }

  async function save(pod: PodView, signal: AbortSignal): Promise<string> {
    let why = "";
    for (const { name, startedAt } of pod.containers) {
      if (startedAt === null || follows.has(key(pod.uid, name))) continue;
      const spool = await take(pod.uid, name, true);
      try {
        const end = await readOnto(spool, pods, pod.name, { container: name, signal });
        if (end.kind === "failed") why = end.reason;
      } finally {
        spool.close();
        old.add(key(pod.uid, name));
      }
    }
    return why;
  }

  /** Closes tapes that stay on disk, to be taken up by the next collect. */
  function leave(pod: PodView, brought: readonly (Brought & { container: ContainerView })[]): void {
    for (const { spool, container } of brought) {
      if (spool.isOnDisk) old.add(key(pod.uid, container.name));
      spool.close();
    }
  }

  async function put(
    pod: PodView,
    entry: Brought & { container: ContainerView } | null,
    target: Place,
    note: string | null = null,
  ): Promise<LogRecord> {
    const file = await results.stage();
    try {
      if (entry !== null && entry.completeness !== "none") {
        await strip(entry.spool, (bytes) => file.write(bytes));
      } else if (note !== null) await file.write(new TextEncoder().encode(`qupods: ${note}\n`));
    } catch (error) {
      await file.drop();
      throw error;
    }
    const bytes = file.bytes;
    const path = await results.store(file, target);
    const container = entry?.container.name ?? pod.mainContainer;
    return { container, file: path, bytes, completeness: entry?.completeness ?? "none" };
  }

  return {
    observe(pod) {
      for (const container of pod.containers) {
        if (container.state !== "running" || follows.has(key(pod.uid, container.name))) continue;
        if (follows.size >= pods.maxStreams || (nodes.get(pod.nodeName) ?? 0) >= perNode) return;
        follow(pod, container.name);
      }
    },
    save: (pod, signal) => gate.run(() => save(pod, signal)),
    collect: (pod, order) => gate.run(() => collect(pod, order)),
    forget(uid) {
      for (const name of [...follows.keys()]) {
        if (name.startsWith(`${uid}.`)) void unfollow(uid, name.slice(uid.length + 1));
      }
    },
    get streams() {
      return follows.size;
    },
    async [Symbol.asyncDispose]() {
      for (const entry of follows.values()) entry.stop.abort();
      for (const entry of follows.values()) {
        await entry.done;
        (await entry.spool).close();
      }
      follows.clear();
    },
  };
}

interface Brought {
  readonly spool: Spool;
  readonly completeness: Completeness;
  readonly isGone: boolean;
  /** Why it could not be made safe. */
  readonly unsafe?: string;
}

function place(pod: PodView, container: string): { name: string; attempt: number; container: string } {
  return { name: pod.name, attempt: pod.attempt, container };
}
