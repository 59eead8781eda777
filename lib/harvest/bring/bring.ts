// Brings the log of one container that has ended home, whole and checked as far as it can be had, and says what is known of it.

import type { ContainerView, PodView } from "../../cluster/pod.ts";
import type { BringOptions, Brought } from "./brought.ts";
import { bringByTape } from "./by_tape.ts";
import { knownOfLost, knownOfWhole } from "./proof.ts";
import { bringStraight, type Straight } from "./straight.ts";

/** By the short way where nothing is known of the log yet, else by its tape. */
export async function bring(pod: PodView, container: ContainerView, options: BringOptions): Promise<Brought> {
  const { spool, isFollowed } = options;
  if (isFollowed || spool.bytes > 0) return await bringByTape(pod, container, options, null);
  const straight = await bringStraight(pod.name, container.name, options);
  const { file } = straight;
  if (straight.isWhole) {
    const completeness = knownOfWhole(straight.beginning, container, options);
    return { container, spool, file, completeness, reason: "", isGone: false, isUnsafe: false };
  }
  try {
    return await fuller(await bringByTape(pod, container, options, straight), straight);
  } catch (error) {
    await file?.drop();
    throw error;
  }
}

/** Of a log that is gone by now the most is kept that ever came. */
async function fuller(brought: Brought, { file, isReadOut, tapeBytes }: Straight): Promise<Brought> {
  const isLost = brought.isGone || (brought.completeness === "none" && !brought.isUnsafe);
  if (file !== null && isLost && tapeBytes > brought.spool.bytes) {
    return { ...brought, file, completeness: knownOfLost(brought.container, null, isReadOut) };
  }
  await file?.drop();
  return brought;
}
