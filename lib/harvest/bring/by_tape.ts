// The long way home of a log that has ended: onto a tape, try after try, until it is whole and checked, or nobody has any more
// of it.

import type { ContainerView, PodView } from "../../cluster/pod.ts";
import type { BringOptions, Brought } from "./brought.ts";
import { check, COMPARE_LIMIT, readHead } from "../read/check.ts";
import { copyOnTape } from "../tape/copy.ts";
import { limitIdle } from "../read/limit_idle.ts";
import type { Lookout } from "../follow/lookout.ts";
import { knownOfLost, knownOfRotated, knownOfWhole } from "./proof.ts";
import { fetchOnto, NO_LOG, type ReadWatch } from "../read/read_log.ts";
import type { Spool } from "../tape/spool.ts";
import type { Straight } from "./straight.ts";

/** A question that takes longer than this fell into an outage. */
const OUTAGE_MILLISECONDS = 10_000;

/** A log that cannot be read for so long is worth a word. */
const UNREAD_MILLISECONDS = 20_000;

/** A kubelet that has said for so long that it has no log of an evicted pod has none. */
const EVICTED_MILLISECONDS = 60_000;
/** The same of a log that was read to its end before. */
const READ_OUT_MILLISECONDS = 2_000;
const FIRST_PAUSE_MILLISECONDS = 200;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
/** The runtimes' reasons where a container's program could not be run: it has a time of its start for all that. */
const NOT_STARTED = new Set(["StartError", "ContainerCannotRun"]);
const NOT_GONE = "the server has the pod, and says of its log that there is no such pod";

/** @param straight the first try, which was a short way that led nowhere */
export async function bringByTape(
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
  let isTold = false;
  /** An outage is waited out: whether the server answers at once. */
  const isAnswering = async () => {
    const asked = clock.monotonic();
    await pods.get(pod.name);
    return clock.monotonic() - asked <= OUTAGE_MILLISECONDS;
  };
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
      return { ...brought, completeness: knownOfWhole(spool, container, options) };
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
    if (end.kind === "absent" && tries > 0 && (spool.bytes > 0 || hasRun(container))) return gone();
    if (end.kind === "absent" && tries > 0) return { ...brought, completeness: "none", reason: end.reason };
    if (end.kind === "failed") why = end.reason;
    const isLoginRefused = "isLoginRefused" in end && end.isLoginRefused === true;
    if (isLoginRefused) {
      // an outage, however long: it says nothing of the log, also where it falls on the last try
      began = clock.monotonic();
      isLastTry = false;
    }
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
        return { ...brought, completeness: knownOfWhole(spool, container, options) };
      }
      // a file that begins as the tape does was never rotated: it is all of the log, and the tape is not its copy
      const isPart = known.kind === "part" && known.head?.first !== spool.firstTime;
      if (known.kind === "part" && isPart) {
        const now = clock.monotonic();
        const isBlind = known.head === null && (lookout?.isBlind(now) ?? true);
        if (known.head !== null) lookout?.see(known.head, spool.end.time, spool.bytes, now);
        const completeness = knownOfRotated(spool, container, lookout, hasGap);
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
      // a log is given up by a server that answers, and that was asked once more since
      if (await isAnswering()) isLastTry = true;
      else began = clock.monotonic();
      continue;
    }
    if (!isTold && !isLoginRefused && clock.monotonic() - began > UNREAD_MILLISECONDS) {
      isTold = await isAnswering();
      if (isTold) options.onUnread(why);
    }
    spool.close();
    await options.aside(async () => {
      if (isLoginRefused) await pods.get(pod.name); // is answered as soon as the login is accepted
      const longer = FIRST_PAUSE_MILLISECONDS * 2 ** Math.min(tries, 8);
      const pause = isLoginRefused ? FIRST_PAUSE_MILLISECONDS : Math.min(LONGEST_PAUSE_MILLISECONDS, longer);
      await clock.sleep(pause, signal);
    });
  }
}

/** A log of what has run is lost where the kubelet knows nothing of it: it is none only of what could not be started. */
function hasRun({ startedAt, restarts, reason }: ContainerView): boolean {
  return (startedAt !== null && !NOT_STARTED.has(reason)) || restarts > 0;
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
  const completeness = knownOfLost(container, lookout, isReadOut);
  return { container, spool, file: null, completeness, reason: "", isGone: true, isUnsafe: false };
}
