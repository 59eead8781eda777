// How `qupods cancel` tells a pod to go: at once where its logs are stored, else only as it was last seen.

import type { Clock } from "../clock.ts";
import type { Pods } from "../cluster/pods.ts";
import type { Results } from "../results/results.ts";
import { isOver } from "./scheduler/classify.ts";
import type { Track, Tracks } from "./tracks.ts";

interface FarewellWorld {
  readonly pods: Pods;
  readonly results: Results;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** For a pod whose logs are stored. */
export async function tellToGo({ pods }: FarewellWorld, tracks: Tracks, { pod }: Track): Promise<true> {
  if ((await pods.remove(pod.name, pod.uid)) !== "accepted") tracks.gone(pod.uid);
  return true;
}

/**
 * A pod whose logs are not stored yet goes only as it was seen: while a DELETE that nobody answered is sent again it may run,
 * and end. False where it has changed and is to be looked at again.
 */
export async function tellToGoAsSeen(
  { pods, results, clock, stop }: FarewellWorld,
  tracks: Tracks,
  { pod }: Track,
): Promise<boolean> {
  const { name, uid, attempt } = pod;
  // what comes next is another attempt, also for a call that is never told what came of this one: each has a folder of its own
  void results.append({ kind: "intent", name, attempt: attempt + 1, at: clock.now() });
  await results.sync(stop); // and not for the append alone: a full disk must not outlast Ctrl-C
  if (stop.aborted) return false;
  const outcome = await pods.removeAsSeen(pod);
  if (outcome === "accepted") return true;
  const now = outcome === "changed" ? await pods.get(name) : null;
  if (now?.uid !== uid) {
    tracks.gone(uid);
    return true;
  }
  tracks.see(now);
  return now.deletionTimestamp !== null && !isOver(now);
}
