// What is known of a log that came home: the word that is told of it. Decides nothing else.

import type { ContainerView } from "../../cluster/pod.ts";
import type { Completeness } from "../../results/record.ts";
import { type Beginning, isBeginningSure } from "../tape/beginning.ts";
import type { BringOptions } from "./brought.ts";
import type { Lookout } from "../follow/lookout.ts";
import type { Spool } from "../tape/spool.ts";

/** What is known of a log that is the server's file. */
export function knownOfWhole(
  beginning: Beginning,
  container: ContainerView,
  { isFollowed, isRotated }: Pick<BringOptions, "isFollowed" | "isRotated">,
): Completeness {
  // what it wrote before it was started again is another file, which nobody followed
  const isSure = container.restarts === 0 &&
    (!isRotated || isBeginningSure(beginning, container, isFollowed));
  return isSure ? "proven" : "unproven";
}

/** What is known of a log that was rotated while a stream was on it. */
export function knownOfRotated(
  spool: Spool,
  container: ContainerView,
  lookout: Lookout | null,
  hasGap: boolean,
): Completeness {
  if (hasGap || lookout?.hasMissed || lookout?.isWaiting) return "incomplete";
  const isWatched = lookout !== null && !lookout.hasBlindPause && !spool.isInherited;
  return isWatched && isBeginningSure(spool, container, true) ? "followed" : "unproven";
}

/**
 * What is known of a log that nobody can compare any more.
 *
 * @param isReadOut it was read to its end once, and nothing says that any of it is missing
 */
export function knownOfLost(
  container: ContainerView,
  lookout: Lookout | null,
  isReadOut: boolean,
): Completeness {
  // the kubelet does not know when a container ended that it has lost, nor then anybody whether a stream ended with it
  const isUnknown = container.reason === "ContainerStatusUnknown";
  const isMissing = !isReadOut || isUnknown || lookout?.hasMissed === true || lookout?.isWaiting === true;
  return isMissing ? "incomplete" : "unproven";
}
