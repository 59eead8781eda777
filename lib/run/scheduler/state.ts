// The scheduler's memory: one byte per item, one small object per open attempt. Changed by step.ts alone.

import type { ScheduleOptions } from "../../cli/options.ts";
import type { PodView } from "../../cluster/pod.ts";
import type { End, Stuck } from "./classify.ts";
import type { Verdict } from "../../results/record.ts";
import { makeMeter, type Meter } from "./meter.ts";
import { openWindow, type PendingWindow } from "./pending_window.ts";
import { makeStarts, type Starts } from "./starting.ts";

/**
 * Where an item stands.
 * - `waiting`: not started
 * - `open`: an attempt of it is in `attempts`
 * - `retrying`: its next attempt waits in `retries`
 * - `succeeded`, `failed`: verdict written in this call
 * - `skipped`: had its verdict before
 * - `blocked`: no verdict in this call; named at the end
 */
export const ITEM = {
  waiting: 0,
  open: 1,
  retrying: 2,
  succeeded: 3,
  failed: 4,
  skipped: 5,
  blocked: 6,
} as const;

/**
 * Where an attempt stands.
 * - `creating`: the POST is sent, or is to be sent again: it holds a place among the pending
 * - `looking`: 409, a GET tells whose pod it is: holds its place, too
 * - `unbound`: exists without a node
 * - `bound`: exists on a node, not ended
 * - `collecting`: ended; its logs are on their way
 * - `leaving`: logs safe; the pod is being deleted
 */
export type AttemptPhase = "creating" | "looking" | "unbound" | "bound" | "collecting" | "leaving";

export interface Attempt {
  readonly position: number;
  readonly name: string;
  readonly number: number;
  phase: AttemptPhase;
  /** Empty until the pod was seen. */
  uid: string;
  isGated: boolean;
  /** Ever bound to a node: a terminating pod that never was still counts as pending. */
  wasBound: boolean;
  /** Last view, for the harvest. */
  pod: PodView | null;
  end: End | null;
  /** What its end was found to be when it came: a halt that comes later does not take it back. */
  verdict: Verdict | null;
  /** After `leaving`: run the item again? */
  willRetry: boolean;
  /** Monotonic ms of its create, of when it was seen on a node, to run, to have ended; -Infinity where it was not, or says nothing. */
  sentAt: number;
  boundAt: number;
  ranAt: number;
  endedAt: number;
  /** When to send the POST again (monotonic ms); Infinity while an answer is awaited. */
  resendAt: number;
  resends: number;
  /** A create of it was never answered: its pod may be in the cluster. */
  isUnclear: boolean;
  /** The last answer was that a quota is full. */
  isOverQuota: boolean;
  /** Monotonic ms at which a pod that was deleted should have gone by all rights; Infinity if nobody deleted it, or it was told. */
  overdueAt: number;
  isOverdueTold: boolean;
  /** Since when its node is known not to answer (monotonic ms); Infinity while it does. */
  lostSince: number;
  /** The watch has told that its pod is gone. */
  isVanished: boolean;
  /** Its pod's object was deleted although nobody knows whether its containers have ended. */
  isGivenUp: boolean;
  stuck: Stuck | null;
  stuckSince: number;
  /** Monotonic ms since when only sidecars run; 0 if not. */
  sidecarsSince: number;
}

/** Extra attempts used up. */
export interface Budget {
  app: number;
  infra: number;
}

/** What earlier calls left behind about an item that is to run now. */
export interface Prior {
  /** Highest attempt number that was ever begun. */
  readonly attempt: number;
  /** An attempt was begun and has no end: its pod may exist. */
  readonly isOpen: boolean;
  /** UIDs whose logs are safe already. */
  readonly ended: readonly string[];
  /**
   * Pods of attempts up to this one have nothing more to say, whatever their UIDs: the verdict of the last of them stood there
   * as this call began, and its end was not written down. Absent as a rule.
   */
  readonly homeUpTo?: number;
  readonly budget: Budget;
}

/** Settings of one run. */
export interface StepConfig {
  readonly schedule: ScheduleOptions;
  readonly run: string;
  readonly length: number;
  name(position: number): string;
  hash(position: number): string;
  find(name: string): number;
}

export interface State {
  readonly config: StepConfig;
  /** One of ITEM per position. */
  readonly items: Uint8Array;
  readonly counts: Int32Array;
  readonly attempts: Map<number, Attempt>;
  readonly prior: Map<number, Prior>;
  /** Retries in order of `due` (monotonic ms); `number` is the attempt to be made. */
  readonly retries: { position: number; number: number; due: number }[];
  /** First position that may still be waiting. */
  cursor: number;
  /** False until the first list has come: nothing is created before. */
  isSynced: boolean;
  isDraining: boolean;
  isKilling: boolean;
  halted: string;
  /** Earliest time of the next create, by `--rate` and `--delay`. */
  nextCreateAt: number;
  /** Quota: nothing new before this time, unless a pod ends. */
  quotaUntil: number;
  quotaReason: string;
  /** Since when no node takes the pods that wait, and none of ours runs (monotonic ms); Infinity if that is not so. */
  unplacedSince: number;
  /** Why creates are put off or not answered, after two tries of one of them; empty once a pod was made. */
  createTrouble: string;
  /** When a container of ours was last seen to have started (monotonic ms); -Infinity if never. */
  ranAt: number;
  /** How fast the nodes start what they are given. */
  readonly starts: Starts;
  /** Positions of items to be tried again whose pods could not start, since then. */
  readonly unstarted: Set<number>;
  /** Why the disk took no log when one was stored last: nothing new until it has taken one. Empty if it did. */
  diskReason: string;
  /** Why the journal cannot be written: nothing new until it can. Empty if it can. */
  journalReason: string;
  holdReason: string;
  /** Why the API server cannot be asked for anything; empty if it can. */
  lostReason: string;
  /** It is the login. */
  isLoginRefused: boolean;
  /** Failures alike at the very start: reason → count, until something else happens. */
  readonly alike: Map<string, number>;
  /** The server has let a pod of the run in: what it refuses then, it refuses for its own sake. */
  isLetIn: boolean;
  readonly noticed: Set<string>;
  /** `--max-pending auto`; null: the cap is fixed. */
  readonly window: PendingWindow | null;
  readonly meter: Meter;
  /** UIDs known when the list that is under way was asked for: only these can be missing from it. */
  readonly listing: Set<string>;
  /** By UID: pods that are no attempt of this call and are being deleted: the call waits for the answers. */
  readonly leftovers: Map<string, PodView>;
  /** UID → finalizer of pods that are deleted, and that it keeps. */
  readonly held: Map<string, string>;
  /** When the last of them has had its time to go (monotonic ms). */
  heldUntil: number;
  /** Positions of items that `--halt now` has given up before it knew of a pod: a create of theirs may land yet. */
  readonly dropped: Set<number>;
  /** By position: the last view of a pod of an item that has another one under way. */
  readonly twins: Map<number, PodView>;
}

/** A fresh state: all items wait, save those with a verdict. */
export function createState(
  config: StepConfig,
  isSkipped: (position: number) => boolean,
  prior: Map<number, Prior>,
): State {
  const items = new Uint8Array(config.length);
  const counts = new Int32Array(Object.keys(ITEM).length);
  for (let position = 0; position < config.length; position++) {
    const code = isSkipped(position) ? ITEM.skipped : ITEM.waiting;
    items[position] = code;
    counts[code] = (counts[code] ?? 0) + 1;
  }
  return {
    config,
    items,
    counts,
    attempts: new Map(),
    prior,
    retries: [],
    cursor: 0,
    isSynced: false,
    isDraining: false,
    isKilling: false,
    halted: "",
    nextCreateAt: 0,
    quotaUntil: 0,
    quotaReason: "",
    unplacedSince: Infinity,
    createTrouble: "",
    ranAt: -Infinity,
    starts: makeStarts(),
    unstarted: new Set(),
    diskReason: "",
    journalReason: "",
    holdReason: "",
    lostReason: "",
    isLoginRefused: false,
    alike: new Map(),
    isLetIn: false,
    noticed: new Set(),
    window: config.schedule.isPendingAuto ? openWindow(config.schedule.maxPending, 0) : null,
    meter: makeMeter(),
    listing: new Set(),
    leftovers: new Map(),
    held: new Map(),
    heldUntil: -Infinity,
    dropped: new Set(),
    twins: new Map(),
  };
}

/** A fresh attempt about to be created. */
export function newAttempt(position: number, name: string, number: number): Attempt {
  return {
    position,
    name,
    number,
    phase: "creating",
    uid: "",
    isGated: false,
    wasBound: false,
    pod: null,
    end: null,
    verdict: null,
    willRetry: false,
    sentAt: -Infinity,
    boundAt: -Infinity,
    ranAt: -Infinity,
    endedAt: -Infinity,
    resendAt: Infinity,
    resends: 0,
    isUnclear: false,
    isOverQuota: false,
    overdueAt: Infinity,
    isOverdueTold: false,
    lostSince: Infinity,
    isVanished: false,
    isGivenUp: false,
    stuck: null,
    stuckSince: 0,
    sidecarsSince: 0,
  };
}

/** The only way an item changes its place. */
export function setItem(state: State, position: number, code: number): void {
  const old = state.items[position] ?? 0;
  state.counts[old] = (state.counts[old] ?? 0) - 1;
  state.counts[code] = (state.counts[code] ?? 0) + 1;
  state.items[position] = code;
}
