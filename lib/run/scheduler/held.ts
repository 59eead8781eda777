// Pods whose logs are home, that were deleted, and that stay in the cluster until somebody takes their finalizer off: Kueue
// puts one on each pod that it queues, and takes it off a moment after the pod's end. Part of the scheduler's step.

import type { WatchEvent } from "../../cluster/pods.ts";
import type { PodView } from "../../cluster/pod.ts";
import type { State } from "./state.ts";

/** So long the end of the call waits for whoever has put the finalizer on. */
const PATIENCE_MILLISECONDS = 5_000;

/** The pod is being deleted, and nothing more is expected of it but that it goes. */
export function hold(state: State, { uid, finalizer }: PodView, now: number): void {
  if (finalizer === "") return;
  state.held.set(uid, finalizer);
  state.heldUntil = now + PATIENCE_MILLISECONDS;
}

/** Some of them may have gone. */
export function release({ held }: State, event: WatchEvent): void {
  if (held.size === 0) return;
  if (event.kind === "gone") held.delete(event.pod.uid);
  if (event.kind !== "listed") return;
  const uids = new Set(event.pods.map(({ uid }) => uid));
  for (const uid of held.keys()) if (!uids.has(uid)) held.delete(uid);
}

/** When the end need no longer wait for them (monotonic ms); -Infinity where there are none. */
export function heldUntil({ held, heldUntil: until }: State): number {
  return held.size === 0 ? -Infinity : until;
}
