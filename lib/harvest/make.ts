// The harvest of one run: which logs are followed, and how an ended pod's logs become files.

import type { Clock } from "../clock.ts";
import { makeGate } from "../cluster/gate.ts";
import type { ContainerView, PodView } from "../cluster/pod.ts";
import type { Pods } from "../cluster/pods.ts";
import { doubtfulLogs, type LogRecord } from "../results/record.ts";
import type { Place, Results } from "../results/results.ts";
import { isDiskTrouble, notStored } from "../results/trouble.ts";
import { bring } from "./bring/bring.ts";
import type { Brought } from "./bring/brought.ts";
import { lost } from "./bring/by_tape.ts";
import { contested, type NameOwner } from "./bring/contested.ts";
import { makeTellUnread } from "./bring/unread.ts";
import type { Follow } from "./follow/follow.ts";
import { makeFollowed } from "./follow/followed.ts";
import type { Collected, CollectOrder, Followed, Harvest } from "./harvest.ts";
import { fetchOnto } from "./read/read_log.ts";
import { openSpool, reopenSpool, type Spool } from "./tape/spool.ts";
import { strip } from "./tape/strip.ts";

/** What the harvest works with. */
export interface HarvestOptions {
  readonly pods: Pods;
  readonly results: Results;
  readonly clock: Clock;
  /** Streams per node: each costs the node an inotify instance, of which there are 128. @default {32} */
  readonly perNode?: number;
  /** How long an unreadable log is tried. @default {900000} */
  readonly patienceMilliseconds?: number;
  /** False where no node ever rotates a log. @default {true} */
  readonly isRotated?: boolean;
  readonly onFollow?: (followed: Followed) => void;
  /** Told once a node of a log that cannot be read there for a while. */
  readonly onTrouble?: (text: string) => void;
}

const COLLECTS = 32;

/** Starts a harvest that follows nothing yet. */
export function makeHarvest(options: HarvestOptions): Harvest {
  const { pods, results, clock } = options;
  const patienceMilliseconds = options.patienceMilliseconds ?? 900_000;
  const old = new Set(results.tapes());
  const gate = makeGate(COLLECTS, COLLECTS);
  const tellUnread = makeTellUnread((text) => options.onTrouble?.(text), patienceMilliseconds);
  const followed = makeFollowed(
    pods,
    clock,
    options.perNode ?? 32,
    (pod, container) => {
      options.onFollow?.({ pod, container, path: results.tapePath(pod.uid, container) });
      return openTape(pod.uid, container, true);
    },
  );

  async function openTape(uid: string, container: string, isDurable: boolean): Promise<Spool> {
    const path = results.tapePath(uid, container);
    if (!old.has(`${uid}.${container}`)) return openSpool(path, isDurable);
    const spool = await reopenSpool(path);
    old.delete(`${uid}.${container}`);
    return spool;
  }

  /** @param isTapeOnly the pod is gone, and its name may be a stranger's: there is no more than what was followed */
  async function bringOne(
    pod: PodView,
    container: ContainerView,
    isTapeOnly: boolean,
    signal: AbortSignal,
  ): Promise<Brought> {
    let follow: Follow | null;
    try {
      follow = await followed.take(pod, container.name, signal, gate.aside);
    } catch (error) {
      // the next collect goes on with what the disk has taken
      if (hasFile(results.tapePath(pod.uid, container.name))) old.add(`${pod.uid}.${container.name}`);
      throw error;
    }
    const isFollowed = follow !== null || old.has(`${pod.uid}.${container.name}`);
    const spool =
      await (follow === null ? openTape(pod.uid, container.name, false) : (await follow.tape).spool);
    if (isTapeOnly) {
      const lookout = follow === null ? null : (await follow.tape).lookout;
      return lost(container, spool, lookout, follow !== null && follow.isReadOut && !follow.hasGap);
    }
    try {
      return await bring(pod, container, {
        pods,
        clock,
        spool,
        followed: follow,
        isFollowed,
        patienceMilliseconds,
        isRotated: options.isRotated ?? true,
        onUnread: (why) => tellUnread(pod, container, why),
        stage: results.stage,
        aside: gate.aside,
        signal,
      });
    } catch (error) {
      // it is followed no more, so that nobody else knows of the tape: the next collect goes on with it
      if (spool.isOnDisk) old.add(`${pod.uid}.${container.name}`);
      spool.close();
      throw error;
    }
  }

  async function collect(pod: PodView, order: CollectOrder): Promise<Collected> {
    const brought: Brought[] = [];
    const owner = () => nameOwner(pods, pod, order);
    try {
      const before = await owner();
      const isTapeOnly = before !== "itself";
      for (const container of pod.containers) {
        // one that waits to be started again has a log; of one that the kubelet can no longer find the tape tells
        const hasTape = followed.has(pod.uid, container.name) || old.has(`${pod.uid}.${container.name}`);
        if (
          !hasTape && container.startedAt === null && container.state !== "running" &&
          container.restarts === 0
        ) {
          continue;
        }
        brought.push(await bringOne(pod, container, isTapeOnly, order.signal));
      }
      const after = isTapeOnly ? before : await owner();
      if (after !== "itself") brought.splice(0, Infinity, ...brought.map((entry) => contested(entry, after)));
      const unsafe = brought.find((entry) => entry.isUnsafe);
      if (unsafe) {
        await leave(pod, brought);
        return { kind: "unsafe", reason: unsafe.reason };
      }
      const main = brought.find((entry) => entry.container.name === pod.mainContainer) ?? null;
      const logs: LogRecord[] = [];
      for (const entry of brought) {
        if (entry !== main) logs.push(await put(pod, entry, aside(pod, entry.container.name), entry.reason));
      }
      const target: Place = order.verdict === null
        ? aside(pod, pod.mainContainer)
        : { kind: "verdict", name: pod.name, attempt: pod.attempt, verdict: order.verdict };
      const announce = async (log: LogRecord) => {
        const doubtful = doubtfulLogs({ isFinal: order.verdict !== null, logs: [log, ...logs] });
        if (doubtful.length > 0) await order.announce?.(doubtful);
      };
      logs.unshift(await put(pod, main, target, order.reason, announce));
      for (const { spool } of brought) removeTape(spool);
      return { kind: brought.some((entry) => entry.isGone) ? "lost" : "stored", logs };
    } catch (error) {
      await leave(pod, brought);
      return notStored(error);
    }
  }

  async function save(pod: PodView, signal: AbortSignal): Promise<string> {
    let why = "";
    for (const { name, startedAt } of pod.containers) {
      if (startedAt === null || followed.has(pod.uid, name)) continue;
      const spool = await openTape(pod.uid, name, true);
      try {
        const end = await fetchOnto(spool, pods, pod.name, { container: name, signal });
        if (end.kind === "failed") why = end.reason;
      } finally {
        spool.close();
        old.add(`${pod.uid}.${name}`);
      }
    }
    return why;
  }

  /** Closes tapes that stay on disk, to be taken up by the next collect; drops files that have no name yet. */
  async function leave(pod: PodView, brought: readonly Brought[]): Promise<void> {
    for (const { spool, file, container } of brought) {
      await file?.drop();
      if (spool.isOnDisk) old.add(`${pod.uid}.${container.name}`);
      spool.close();
    }
  }

  /**
   * @param note stands in for a log that there is not, as a line of ours; empty for none
   * @param before called when it is written, and has no name yet
   */
  async function put(
    pod: PodView,
    entry: Brought | null,
    target: Place,
    note: string,
    before: (log: LogRecord) => Promise<void> = () => Promise.resolve(),
  ): Promise<LogRecord> {
    const { name: container } = entry?.container ?? { name: pod.mainContainer };
    const completeness = entry?.completeness ?? "none";
    const file = entry?.file ?? await results.stage();
    try {
      if (entry !== null && entry.file === null && entry.completeness !== "none") {
        await strip(entry.spool, (bytes) => file.write(bytes));
      } else if (note !== "" && completeness === "none") {
        await file.write(new TextEncoder().encode(`qupods: ${note}\n`));
      }
      await before({ container, file: fileOf(target), bytes: file.bytes, completeness });
    } catch (error) {
      await file.drop();
      throw error;
    }
    const { bytes } = file;
    return { container, file: await results.store(file, target), bytes, completeness };
  }

  return {
    observe: followed.observe,
    save: (pod, signal) => gate.run(() => save(pod, signal)),
    collect: (pod, order) => gate.run(() => collect(pod, order)),
    get streams() {
      return followed.streams;
    },
    [Symbol.asyncDispose]: followed.close,
  };
}

/** Whose name it is by now; asked only where the watch has told that the pod is gone. */
async function nameOwner(pods: Pods, { name, uid }: PodView, order: CollectOrder): Promise<NameOwner> {
  if (!order.isDeleted?.()) return "itself";
  const now = await pods.get(name);
  return now === null ? "nobody" : now.uid === uid ? "itself" : "stranger";
}

function aside(pod: PodView, container: string): Place {
  return { kind: "aside", name: pod.name, attempt: pod.attempt, container };
}

/** Where it will stand, unless something else stands there. */
function fileOf(place: Place): string {
  return place.kind === "verdict"
    ? `${place.name}.${place.verdict === "succeeded" ? "log" : "err"}`
    : `${place.name}.d/${place.attempt}/${place.container}.log`;
}

/** Of a log that is stored; what the disk will not let go is swept away at the end of the run, or by the next call. */
function removeTape(spool: Spool): void {
  try {
    spool.remove();
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
  }
}

function hasFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
