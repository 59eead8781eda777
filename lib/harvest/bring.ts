// Brings the log of one container that has ended onto a spool, whole and checked, and says what is known of it.

import type { Clock } from "../clock.ts";
import type { ContainerView, PodView } from "../cluster/pod.ts";
import type { Pods } from "../cluster/pods.ts";
import type { Completeness } from "../results/record.ts";
import type { StagedFile } from "../results/results.ts";
import { type Beginning, isBeginningSure } from "./beginning.ts";
import { check, COMPARE_LIMIT, readHead } from "./check.ts";
import { copyOnTape } from "./copy.ts";
import type { Follow } from "./follow.ts";
import { limitIdle } from "./limit_idle.ts";
import type { Lookout } from "./lookout.ts";
import { fetchOnto, NO_LOG, type ReadWatch } from "./read_log.ts";
import type { Spool } from "./spool.ts";
import { bringStraight, type Straight } from "./straight.ts";

/** A log as far as it could be had. */
export interface Brought {
  readonly container: ContainerView;
  readonly spool: Spool;
  /** The text, where it stands in a file already; else what is on the spool is to be written into one. */
  readonly file: StagedFile | null;
  readonly completeness: Completeness;
  /** Of `none`: why there is no log. */
  readonly reason: string;
  /** The pod is gone. */
  readonly isGone: boolean;
  /** It could not be made safe. */
  readonly isUnsafe: boolean;
}

/** What the log is brought with. */
export interface BringOptions {
  readonly pods: Pods;
  readonly clock: Clock;
  readonly spool: Spool;
  /** Of a log that was followed in this process. */
  readonly followed: Follow | null;
  /** A stream was on it, in this process or an earlier one. */
  readonly isFollowed: boolean;
  readonly patienceMilliseconds: number;
  /** Nodes of this place may rotate logs. */
  readonly isRotated: boolean;
  readonly stage: () => Promise<StagedFile>;
  /** Lets others go first while this one waits. */
  readonly aside: (wait: () => Promise<void>) => Promise<void>;
  readonly signal: AbortSignal;
}

/** A question that takes longer than this fell into an outage. */
const OUTAGE_MILLISECONDS = 10_000;

/** A kubelet that has said for so long that it has no log of an evicted pod has none. */
const EVICTED_MILLISECONDS = 60_000;
/** The same of a log that was read to its end before. */
const READ_OUT_MILLISECONDS = 2_000;
const NOT_GONE = "the server has the pod, and says of its log that there is no such pod";

export async function bring(pod: PodView, container: ContainerView, options: BringOptions): Promise<Brought> {
  const { spool, isFollowed } = options;
  if (isFollowed || spool.bytes > 0) return await bringByTape(pod, container, options, null);
  const straight = await bringStraight(pod.name, container.name, options);
  const { file } = straight;
  if (straight.isWhole) {
    const completeness = wholeOrUnproven(straight.beginning, container, options);
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
    return { ...brought, file, completeness: lostCompleteness(brought.container, null, isReadOut) };
  }
  await file?.drop();
  return brought;
}

/** @param straight the first try, which was a short way that led nowhere */
async function bringByTape(
  pod: PodView,
  container: ContainerView,
  options: BringOptions,
  straight: Straight | null,
): Promise<Brought> {
  const { pods, clock, spool, followed, isFollowed, signal } = options;
  const lookout = followed === null ? null : (await followed.tape).lookout;
  const watch: ReadWatch = lookout === null ? {} : {
    onLine: (time, previous, bytes) => lookout.note(time, previous, bytes, clock.monotonic()),
  };
  const brought = { container, spool, file: null, reason: "", isGone: false, isUnsafe: false };
  let hasGap = followed?.hasGap ?? false;
  /** What is on the tape was once all that there was. */
  let isReadOut = followed?.isReadOut ?? straight?.isReadOut ?? false;
  const gone = () => lost(container, spool, lookout, isReadOut && !hasGap);
  let why = "";
  let began = clock.monotonic();
  let isLastTry = false;
  /** Since when every answer was an error text (monotonic ms). */
  let refusedSince = Infinity;
  /** What is not there for one request may be there for the next: a log is given up only with its pod. */
  const isGone = async () => (await pods.get(pod.name))?.uid !== pod.uid;
  let differing = 0;
  const isUnrotated = async () => {
    const head = await limitIdle(
      signal,
      (signal) => readHead(pods, pod.name, container.name, () => true, signal),
      () => null,
    );
    return head !== null && head !== "gone" && head.first === spool.firstTime;
  };
  // two transfers that agree, the stream and the comparison, need no third
  if (followed !== null && spool.bytes > 0 && spool.bytes <= COMPARE_LIMIT) {
    const known = await check(copyOnTape(spool), pods, pod.name, container.name, { isFollowed, signal });
    if (known.kind === "gone" && await isGone()) return gone();
    if (known.kind === "whole") {
      return { ...brought, completeness: wholeOrUnproven(spool, container, options) };
    }
  }
  for (let tries = 0;; tries++) {
    const end = tries === 0 && straight !== null
      ? straight.end
      : await fetchOnto(spool, pods, pod.name, { container: container.name, signal }, watch);
    if (end.kind === "gone") {
      if (await isGone()) return gone();
      why = NOT_GONE;
    }
    if (end.kind === "absent" && tries > 0 && spool.bytes > 0) return gone();
    if (end.kind === "absent" && tries > 0) return { ...brought, completeness: "none", reason: end.reason };
    if (end.kind === "failed") why = end.reason;
    if (end.kind !== "failed" || end.reason !== NO_LOG) refusedSince = Infinity;
    else refusedSince = Math.min(refusedSince, clock.monotonic());
    // the kubelet takes an evicted pod's containers away, and their files: nobody will have more of it
    const limit = isReadOut ? READ_OUT_MILLISECONDS : EVICTED_MILLISECONDS;
    if (pod.reason === "Evicted" && clock.monotonic() - refusedSince >= limit) return gone();
    if (end.kind === "end") {
      hasGap ||= end.isJoined === false && followed?.hasEnded !== true;
      const known = await check(copyOnTape(spool), pods, pod.name, container.name, { isFollowed, signal });
      isReadOut = known.kind === "gone";
      if (known.kind === "gone" && await isGone()) return gone();
      if (known.kind === "whole") {
        return { ...brought, completeness: wholeOrUnproven(spool, container, options) };
      }
      // a file that begins as the tape does was never rotated: it is all of the log, and the tape is not its copy
      const isPart = known.kind === "part" && known.head?.first !== spool.firstTime;
      if (known.kind === "part" && isPart) {
        const now = clock.monotonic();
        const isBlind = known.head === null && (lookout?.isBlind(now) ?? true);
        if (known.head !== null) lookout?.see(known.head, spool.end.time, spool.bytes, now);
        const completeness = judge(spool, container, lookout, hasGap);
        return {
          ...brought,
          completeness: isBlind && completeness === "followed" ? "unproven" : completeness,
        };
      }
      why = known.kind === "gone" ? NOT_GONE : "two transfers of the log differ";
      if (!isFollowed || (known.kind !== "gone" && ++differing >= 2 && await isUnrotated())) {
        spool.clear();
        isReadOut = false;
      }
    }
    if (isLastTry) return { ...brought, completeness: "none", reason: why, isUnsafe: true };
    if (clock.monotonic() - began > options.patienceMilliseconds) {
      // an outage is waited out: a log is given up by a server that answers, and that was asked once more since
      const asked = clock.monotonic();
      await pods.get(pod.name);
      if (clock.monotonic() - asked > OUTAGE_MILLISECONDS) began = clock.monotonic();
      else isLastTry = true;
      continue;
    }
    spool.close();
    await options.aside(() => clock.sleep(Math.min(30_000, 200 * 2 ** Math.min(tries, 8)), signal));
  }
}

/**
 * A log whose pod has gone, or whose file has: nobody can compare it any more.
 *
 * @param isReadOut it was read to its end once, and nothing says that any of it is missing
 */
export function lost(
  container: ContainerView,
  spool: Spool,
  lookout: Lookout | null,
  isReadOut: boolean,
): Brought {
  const completeness = lostCompleteness(container, lookout, isReadOut);
  return { container, spool, file: null, completeness, reason: "", isGone: true, isUnsafe: false };
}

function lostCompleteness(
  container: ContainerView,
  lookout: Lookout | null,
  isReadOut: boolean,
): Completeness {
  // the kubelet does not know when a container ended that it has lost, nor then anybody whether a stream ended with it
  const isUnknown = container.reason === "ContainerStatusUnknown";
  const isMissing = !isReadOut || isUnknown || lookout?.hasMissed === true || lookout?.isWaiting === true;
  return isMissing ? "incomplete" : "unproven";
}

/** What is known of a log that is the server's file. */
function wholeOrUnproven(
  beginning: Beginning,
  container: ContainerView,
  { isFollowed, isRotated }: Pick<BringOptions, "isFollowed" | "isRotated">,
): Completeness {
  // what it wrote before it was started again is another file, which nobody followed
  const isSure = container.restarts === 0 &&
    (!isRotated || isBeginningSure(beginning, container.startedAt, isFollowed));
  return isSure ? "proven" : "unproven";
}

/** What is known of a log that was rotated while a stream was on it. */
function judge(
  spool: Spool,
  container: ContainerView,
  lookout: Lookout | null,
  hasGap: boolean,
): Completeness {
  if (hasGap || lookout?.hasMissed || lookout?.isWaiting) return "incomplete";
  const isWatched = lookout !== null && !lookout.hasBlindPause && !spool.isInherited;
  return isWatched && isBeginningSure(spool, container.startedAt, true) ? "followed" : "unproven";
}
