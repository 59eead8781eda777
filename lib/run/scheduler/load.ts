// What the open attempts add up to: the burdens that the caps are held against, and the counts for the live line.

import { ITEM, type State } from "./state.ts";
import type { Status } from "../status.ts";

/** Open attempts by what they burden: the caps are held against these. */
export interface Load {
  /** On the scheduler: created or being created, no node, no gate. */
  pending: number;
  gated: number;
  running: number;
  /** Ended, not yet safe and deleted. */
  finished: number;
}

export function measure(state: State): Load {
  const load: Load = { pending: 0, gated: 0, running: 0, finished: 0 };
  for (const attempt of state.attempts.values()) {
    if (attempt.phase === "bound") load.running++;
    else if (attempt.phase === "collecting" || attempt.phase === "leaving") {
      load.finished++;
      // a pod that is being deleted before it was ever bound is still the scheduler's burden
      if (!attempt.wasBound && attempt.uid !== "") load.pending++;
    } else if (attempt.isGated) load.gated++;
    else load.pending++;
  }
  return load;
}

/**
 * Pods that this call leaves in the cluster, were it to end now: those that were seen and not deleted, finished or not, and
 * those of creates that may have landed.
 */
export function podsLeft(state: State): number {
  let count = 0;
  for (const { uid, phase, isVanished, isUnclear, resendAt } of state.attempts.values()) {
    const isAsked = phase === "creating" || phase === "looking";
    const mayExist = isAsked && (isUnclear || resendAt === Infinity);
    if (uid === "" ? mayExist : !isVanished && phase !== "leaving") count++;
  }
  return count;
}

/** The counts for the live line. */
export function statusOf(state: State): Status {
  const load = measure(state);
  const count = (code: number) => state.counts[code] ?? 0;
  const open = count(ITEM.open);
  const pending = Math.min(load.pending, open);
  return {
    waiting: count(ITEM.waiting),
    pending,
    gated: load.gated,
    running: load.running,
    harvesting: Math.max(0, open - pending - load.gated - load.running),
    succeeded: count(ITEM.succeeded),
    failed: count(ITEM.failed),
    skipped: count(ITEM.skipped),
    blocked: count(ITEM.blocked),
    retrying: count(ITEM.retrying),
    hold: state.lostReason || state.holdReason,
  };
}
