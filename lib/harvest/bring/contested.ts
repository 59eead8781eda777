// What is left of a log's proof where its pod went away while it was read: logs are asked for by the pod's name, and a
// stranger's pod may have taken it.

import type { LogRecord } from "../../results/record.ts";
import type { Brought } from "./brought.ts";

/** Whose a pod's name is now. */
export type NameOwner = "itself" | "nobody" | "stranger";

/** A log that was read while its pod went: `nobody` has the name now, so that it is most likely its own all the same. */
export function contested(log: Brought, owner: Exclude<NameOwner, "itself">): Brought {
  if (log.completeness === "none" || log.completeness === "incomplete") return { ...log, isGone: true };
  return { ...log, isGone: true, completeness: owner === "nobody" ? "unproven" : "incomplete" };
}

/**
 * Stored logs of a pod whose name turns out to be a stranger's when it is to be deleted; null where nothing more was claimed of
 * them. A DELETE with our UID that is accepted proves that the name was ours all the time, so usually nobody need ask.
 */
export function afterStranger(logs: readonly LogRecord[]): readonly LogRecord[] | null {
  const isClaimed = ({ completeness }: LogRecord) => completeness !== "none" && completeness !== "incomplete";
  if (!logs.some(isClaimed)) return null;
  return logs.map((log) => isClaimed(log) ? { ...log, completeness: "incomplete" } : log);
}
