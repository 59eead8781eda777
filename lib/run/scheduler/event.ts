// What the scheduler is told, and what it answers. Plain data on both sides, so that any order of events can be tried.

import type { PodView } from "../../cluster/pod.ts";
import type { CreateOutcome, RemoveOutcome, WatchEvent } from "../../cluster/pods.ts";
import type { Collected } from "../../harvest/harvest.ts";
import type { Verdict } from "../../results/record.ts";
import type { Attempt } from "./state.ts";

export type StepEvent =
  | { readonly kind: "watch"; readonly event: WatchEvent }
  /** `number` is the attempt's: an answer may come after its attempt has ended and another has begun. */
  | {
    readonly kind: "created";
    readonly position: number;
    readonly number: number;
    readonly outcome: CreateOutcome;
  }
  /** Answer to `look`: the pod that has the name, or null; `number` as of `created`. */
  | {
    readonly kind: "looked";
    readonly position: number;
    readonly number: number;
    readonly pod: PodView | null;
  }
  | {
    readonly kind: "collected";
    readonly position: number;
    readonly uid: string;
    readonly result: Collected;
  }
  | {
    readonly kind: "removed";
    readonly position: number;
    readonly uid: string;
    readonly outcome: RemoveOutcome;
  }
  /** The journal cannot be written; null: it can again. */
  | { readonly kind: "disk"; readonly reason: string | null }
  /** Time has passed. */
  | { readonly kind: "tick" }
  /** Start nothing new, leave what runs. */
  | { readonly kind: "drain" }
  /** `--halt now`: save what there is, delete all of ours. */
  | { readonly kind: "kill" };

export type Action =
  /** Journal the intent, then POST. */
  | { readonly kind: "create"; readonly attempt: Attempt; readonly isFirstSend: boolean }
  | { readonly kind: "look"; readonly attempt: Attempt }
  /** Tell the harvest about a pod that runs. */
  | { readonly kind: "observe"; readonly pod: PodView }
  | {
    readonly kind: "collect";
    readonly attempt: Attempt;
    readonly pod: PodView | null;
    readonly verdict: Verdict | null;
  }
  /**
   * DELETE with this UID. `position` is -1 for a leftover that is no attempt of this call. `isForced`: without waiting for
   * the node's word that its containers have ended. `isUnseen`: the watch has told that it is gone, which it also does where
   * somebody has taken its label away; then it is not ours any more.
   */
  | {
    readonly kind: "remove";
    readonly position: number;
    readonly name: string;
    readonly uid: string;
    readonly isForced?: boolean;
    readonly isUnseen?: boolean;
  }
  /** Write the end of an attempt into the journal and tell the user. */
  | {
    readonly kind: "record";
    readonly attempt: Attempt;
    readonly result: Collected;
    readonly isFinal: boolean;
  }
  /** The item stays without a verdict. */
  | { readonly kind: "open"; readonly position: number; readonly name: string; readonly reason: string }
  | { readonly kind: "notice"; readonly level: "info" | "warning"; readonly text: string };
