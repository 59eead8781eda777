// Waiting for the last bytes of a followed log whose container has ended. Its streams end by themselves, up to 5 s later;
// some never do (kwok's), so that one which is silent while the tape has the server's file is as good.

import type { Clock } from "../../clock.ts";
import type { CheckEnd } from "../read/check.ts";
import type { Spool } from "../tape/spool.ts";

/** A follow, as far as draining it goes. */
export interface Draining {
  /** No stream is open, or will be. */
  isOver(): boolean;
  /** Nothing is written to the tape any more. */
  isStopped(): boolean;
  /** Whether the tape has the server's file, as far as a look at its beginning tells. */
  look(): Promise<boolean>;
  /** Compares the tape with the server's file; null without an answer. */
  compare(): Promise<CheckEnd | null>;
}

/** The kubelet looks every 5 s whether the container of a followed log has ended. */
const DRAIN_MILLISECONDS = 7_000;
/** The log of a container that has ended is delivered within this time once the stream has nothing to wait for. */
const SILENCE_MILLISECONDS = 500;
/** First pause between two comparisons; each is twice as long. */
const COMPARE_MILLISECONDS = 100;

/** A log that is too long to be transferred once more for nothing. */
export async function drain(
  tape: Spool,
  follow: Draining,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  for (let waited = 0; waited < DRAIN_MILLISECONDS && !follow.isStopped();) {
    const before = tape.bytes;
    await clock.sleep(SILENCE_MILLISECONDS, signal);
    if (follow.isOver()) break;
    waited = tape.bytes > before ? 0 : waited + SILENCE_MILLISECONDS;
    if (waited > 0 && await follow.look()) break;
  }
}

/** Lets others go first while something is waited for. */
export type Aside = (wait: () => Promise<void>) => Promise<void>;

/**
 * A small log that goes away with its pod: until a stream has brought all of it, or it is known to be whole. An open stream
 * reads on where the name is not to be had any more.
 *
 * @returns whether the tape is the server's file
 */
export async function drainSmall(
  follow: Draining,
  clock: Clock,
  aside: Aside,
  signal: AbortSignal,
): Promise<boolean> {
  let waited = 0;
  for (let pause = COMPARE_MILLISECONDS; waited < DRAIN_MILLISECONDS && !follow.isStopped(); pause *= 2) {
    const known = await follow.compare();
    if (known?.kind === "whole") return true;
    if (follow.isOver()) return false;
    if (known?.kind === "gone") break;
    await clock.sleep(pause, signal);
    waited += pause;
  }
  await aside(async () => {
    for (
      ;
      waited < DRAIN_MILLISECONDS && !follow.isStopped() && !follow.isOver();
      waited += COMPARE_MILLISECONDS
    ) {
      await clock.sleep(COMPARE_MILLISECONDS, signal);
    }
  });
  return false;
}
