// `qupods cancel`: deletes the pods of a run without losing what they have said. A pod that has ended is harvested as ever,
// verdict and all; of one that runs, the log is saved first and read on until it is gone; its item stays open.

import type { Clock } from "../clock.ts";
import type { PodView } from "../cluster/pod.ts";
import type { Pods } from "../cluster/pods.ts";
import type { Harvest } from "../harvest/harvest.ts";
import type { EndRecord, JournalRecord, LogRecord, Verdict } from "../results/record.ts";
import type { Results } from "../results/results.ts";
import { classify, type End, hasEnded, isOver } from "./scheduler/classify.ts";
import { endRecord } from "./end_record.ts";
import { isDiskTrouble, JournalHeldError, reasonOf } from "../results/trouble.ts";
import { tellToGo, tellToGoAsSeen } from "./farewell.ts";
import { type Known, priorAfter } from "./ledger.ts";
import type { Prior } from "./scheduler/state.ts";
import { makeTracks, type Track } from "./tracks.ts";

/** The world of a cancel. */
export interface CancelWorld {
  readonly pods: Pods;
  readonly harvest: Harvest;
  readonly results: Results;
  readonly clock: Clock;
  /** Ctrl-C: no pod more is deleted; the logs of those that are going still come home. */
  readonly stop: AbortSignal;
  readonly onEvent: (event: CancelEvent) => void;
}

export type CancelEvent =
  /** An attempt has ended and what there is of it is stored. */
  | { readonly kind: "ended"; readonly record: EndRecord; readonly item: string }
  /** Pods that are dealt with, of those seen so far. */
  | { readonly kind: "progress"; readonly done: number; readonly total: number }
  | { readonly kind: "notice"; readonly text: string };

/** What came of it. */
export interface CancelOutcome {
  /** Had ended: harvested with a verdict. */
  readonly succeeded: number;
  readonly failed: number;
  /** Had ended in a way that asks for another attempt: logs stored, the item stays open. */
  readonly retried: number;
  /** Deleted while they ran: partial logs stored, the item stays open. */
  readonly cut: number;
  /** Deleted before anything of them ran. */
  readonly unstarted: number;
  /** Deleted; their logs had been stored before. */
  readonly leftover: number;
  /** Still in the cluster, and why. */
  readonly left: readonly { readonly name: string; readonly reason: string }[];
  readonly isInterrupted: boolean;
}

/** What a stream may need to hand over the last lines of a pod that is gone. */
const LAST_LINES_MILLISECONDS = 300;

/** Deletes all pods of the run. Resolves when they are gone, or named as left. */
export async function cancelPods(world: CancelWorld): Promise<CancelOutcome> {
  const { pods, harvest, results, clock, stop } = world;
  const { run, retries } = results.run;
  const counts = { succeeded: 0, failed: 0, retried: 0, cut: 0, unstarted: 0, leftover: 0 };
  const left: { name: string; reason: string }[] = [];
  const tracks = makeTracks(clock, (text) => world.onEvent({ kind: "notice", text }));
  let done = 0;
  const end = new AbortController();

  /** Into the journal; false where the disk refuses it when the user ends this: that must not outlast Ctrl-C. */
  function write(line: JournalRecord): Promise<boolean> {
    void results.append(line);
    return results.sync(stop);
  }

  async function record(
    pod: PodView,
    how: Ending,
    logs: readonly LogRecord[],
    isFinal: boolean,
  ): Promise<void> {
    const { name, hash, index, uid, attempt } = pod;
    const line = endRecord({ name, hash, index, attempt, uid, pod, end: how }, logs, isFinal);
    await write(line);
    world.onEvent({ kind: "ended", record: line, item: pod.itemText || name });
  }

  /** Harvests a pod; false if it is to be kept. */
  async function bring(track: Track, how: Ending, verdict: Verdict | null): Promise<boolean> {
    const { pod } = track;
    const isDeleted = () => track.isGone;
    const { name, attempt, uid } = pod;
    const announce = async (logs: readonly LogRecord[]) => {
      if (await write({ kind: "doubt", name, attempt, uid, logs })) return;
      // a verdict that the journal does not doubt would be believed
      throw new JournalHeldError("the disk does not take the journal");
    };
    const order = { verdict, reason: how.reason, signal: end.signal, isDeleted, announce };
    const result = await harvest.collect(pod, order);
    if (result.kind === "unsafe" || result.kind === "disk") {
      const what = how === CANCELLED
        ? "its partial log is not stored"
        : "its log is not safe, the pod is kept";
      left.push({ name: pod.name, reason: `${what}: ${result.reason}` });
      return false;
    }
    await record(pod, how, result.logs, verdict !== null);
    return true;
  }

  /** What a running pod has said up to now; false where there is no room for it. */
  async function save(pod: PodView): Promise<boolean> {
    try {
      const why = await harvest.save(pod, end.signal);
      if (why !== "") {
        world.onEvent({ kind: "notice", text: `the log of ${pod.name} cannot be read: ${why}` });
      }
      return true;
    } catch (error) {
      if (!isDiskTrouble(error)) throw error;
      left.push({ name: pod.name, reason: `its log cannot be kept, it was not deleted: ${reasonOf(error)}` });
      return false;
    }
  }

  async function harvestEnded(track: Track, prior: Prior): Promise<boolean> {
    const how = classify(track.pod);
    const verdict = verdictOf(how, prior, retries);
    if (!(await bring(track, how, verdict))) return false;
    counts[verdict ?? "retried"]++;
    return true;
  }

  /** One pod: home, deleted, gone. */
  async function deal(track: Track, prior: Prior | undefined): Promise<void> {
    const { name, uid } = track.pod;
    if (prior === undefined) {
      left.push({
        name,
        reason: "it carries this run's label, but this run did not make it; it was not touched",
      });
      return;
    }
    let isHome = prior.ended.includes(uid);
    if (isHome) counts.leftover++;
    for (let isToldToGo = false; !isToldToGo;) {
      if (!isHome && !isOver(track.pod)) {
        if (!(await save(track.pod))) return;
        harvest.observe(track.pod, true);
      }
      // it may have ended meanwhile
      if (!isHome && isOver(track.pod)) {
        if (!(await harvestEnded(track, prior))) return;
        isHome = true;
      }
      if (stop.aborted) {
        left.push({ name, reason: "interrupted before it was deleted" });
        return;
      }
      isToldToGo = isHome ? await tellToGo(world, tracks, track) : await tellToGoAsSeen(world, tracks, track);
    }
    if (!isHome && await tracks.within(track, () => track.isGone || hasEnded(track.pod))) {
      await storeCut(track, prior);
    }
    if (await tracks.within(track, () => track.isGone)) return;
    const node = track.pod.nodeName === "" ? "" : ` (is node ${track.pod.nodeName} alive?)`;
    const isRead = !isHome && hasSpoken(track.pod);
    const where = isRead ? `; what was read of its log is in ${results.path}/.qupods/tmp` : "";
    left.push({ name, reason: `it was told to stop, and is still there${node}${where}` });
  }

  /** A pod that was deleted while it ran, or before. It may have ended of itself just before the deletion reached it. */
  async function storeCut(track: Track, prior: Prior): Promise<void> {
    const { pod, isGone } = track;
    if (!hasSpoken(pod)) {
      await record(pod, CANCELLED, [], false);
      counts.unstarted++;
      return;
    }
    if (isOver(pod) && classify(pod).class === "success") return void await harvestEnded(track, prior);
    if (isGone) await clock.sleep(LAST_LINES_MILLISECONDS);
    if (await bring(track, CANCELLED, null)) counts.cut++;
  }

  /** All that is there; nothing where the user ends it before there is an answer, which an outage may put off for hours. */
  async function listed(): Promise<readonly PodView[]> {
    const all = pods.list(run).then((list) => list.pods);
    all.catch(() => {}); // it ends with the call
    const stopped = Promise.withResolvers<readonly PodView[]>();
    const onStop = () => stopped.resolve([]);
    stop.addEventListener("abort", onStop);
    try {
      return await Promise.race([all, stopped.promise]);
    } finally {
      stop.removeEventListener("abort", onStop);
    }
  }

  results.onTrouble((reason) => {
    const text = reason === null ? "the journal can be written again" : `cannot write the journal: ${reason}`;
    world.onEvent({ kind: "notice", text });
  });
  const watching = pods.watch(run, tracks.onWatch, end.signal);
  try {
    // a create that was on its way when its qupods was killed may land late: until a list is empty
    for (let round = 0; !stop.aborted; round++) {
      const fresh = (await listed()).filter((pod) => !tracks.has(pod.uid));
      if (fresh.length === 0) break;
      const priors = await readPriors(results, new Set(fresh.map((pod) => pod.name)));
      await Promise.all(fresh.map(async (pod) => {
        await deal(tracks.add(pod), priors.get(pod.name));
        world.onEvent({ kind: "progress", done: ++done, total: tracks.size });
      }));
    }
  } finally {
    end.abort();
    await watching;
    if (!(await results.sync(stop))) {
      world.onEvent({ kind: "notice", text: "the journal's last lines are not on disk" });
    }
  }
  return { ...counts, left, isInterrupted: stop.aborted };
}

type Ending = Omit<End, "class"> & { readonly class: string };

const CANCELLED: Ending = {
  class: "cancelled",
  reason: "cancelled by qupods cancel",
  exitCode: null,
  signal: null,
};

/** Something of it has run, and may have said something. */
function hasSpoken(pod: PodView): boolean {
  return pod.containers.some((container) => container.startedAt !== null);
}

/** As the run itself would have decided; null where it would have tried again. */
function verdictOf(how: End, prior: Prior, retries: number): Verdict | null {
  if (how.class === "success") return "succeeded";
  if (how.class === "infra") return null;
  return prior.budget.app < retries ? null : "failed";
}

/** What the journal knows of these pods' items: whose name is not in it was not made by this run. */
async function readPriors(results: Results, names: ReadonlySet<string>): Promise<Map<string, Known>> {
  const priors = new Map<string, Known>();
  for await (const record of results.history()) {
    if (names.has(record.name)) priors.set(record.name, priorAfter(priors.get(record.name), record));
  }
  return priors;
}
