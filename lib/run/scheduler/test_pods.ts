// Pods and scheduler states for the tests of this room.

import type { ScheduleOptions } from "../../cli/options.ts";
import type { PodView } from "../../cluster/pod.ts";
import type { CreateOutcome } from "../../cluster/pods.ts";
import type { Action, StepEvent } from "./event.ts";
import { createState, type Prior, type State } from "./state.ts";
import { step } from "./step.ts";

export const SCHEDULE: ScheduleOptions = {
  maxPending: 3,
  isPendingAuto: false,
  maxRunning: Infinity,
  rate: Infinity,
  delaySeconds: 0,
  retries: 0,
  infraRetries: 5,
  backoffSeconds: 10,
  backoffCapSeconds: 360,
  timeoutSeconds: null,
  pendingTimeoutSeconds: null,
  nodeLostTimeoutSeconds: null,
  halt: null,
  isNoWait: false,
  keep: "none",
};

/** A scheduler of `count` items pod-0, pod-1 … that has had its first list, and what it answers. */
export function scheduler(
  count: number,
  changes: Partial<ScheduleOptions> = {},
  prior = new Map<number, Prior>(),
): { readonly state: State; readonly say: (now: number, ...events: StepEvent[]) => string[] } {
  const name = (position: number) => `pod-${position}`;
  const state = createState(
    {
      schedule: { ...SCHEDULE, ...changes },
      run: "r",
      length: count,
      name,
      hash: (position) => `hash of ${name(position)}`,
      find: (text) => Number(text.slice(4)),
    },
    () => false,
    prior,
  );
  return { state, say: (now, ...events) => step(state, events, now).map(words) };
}

/** An action in words: `create pod-0`, `notice …`. */
function words(action: Action): string {
  if ("attempt" in action) return `${action.kind} ${action.attempt.name}`;
  if (action.kind === "notice") return `notice ${action.text}`;
  if (action.kind === "open") return `open ${action.name}: ${action.reason}`;
  if (action.kind === "observe") return `observe ${action.pod.name}`;
  return `remove ${action.name}${action.isForced ? " by force" : ""}`;
}

/** The watch's first list. */
export function listed(...pods: PodView[]): StepEvent {
  return { kind: "watch", event: { kind: "listed", pods } };
}

export function changed(view: PodView): StepEvent {
  return { kind: "watch", event: { kind: "changed", pod: view } };
}

/** The answer to the create of an attempt. */
export function created(position: number, outcome: CreateOutcome, number = 1): StepEvent {
  return { kind: "created", position, number, outcome };
}

/** The logs of an item's pod are safe. */
export function stored(position: number, uid: string): StepEvent {
  return { kind: "collected", position, uid, result: { kind: "stored", logs: [] } };
}

/** A pod as the server first shows it. */
export function pod(name: string, uid: string, changes: Partial<PodView> = {}): PodView {
  return {
    name,
    uid,
    resourceVersion: "1",
    run: "r",
    index: 0,
    attempt: 1,
    hash: `hash of ${name}`,
    phase: "Pending",
    nodeName: "",
    isGated: false,
    deletionTimestamp: null,
    deletionGraceSeconds: 0,
    finalizer: "",
    createdAt: "2026-01-01T00:00:00Z",
    startedAt: null,
    reason: "",
    message: "",
    disruption: "",
    disruptedAt: null,
    schedulingMessage: "",
    containers: [container({})],
    mainContainer: "main",
    isNodeLost: false,
    itemText: "",
    ...changes,
  };
}

export function container(changes: Partial<PodView["containers"][number]>): PodView["containers"][number] {
  return {
    name: "main",
    kind: "app",
    isDecider: true,
    state: "waiting",
    reason: "",
    message: "",
    exitCode: null,
    signal: null,
    startedAt: null,
    finishedAt: null,
    restarts: 0,
    ...changes,
  };
}
