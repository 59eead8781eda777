// A pod's way, timed: from its create to its node, from there until it runs. Feeds the meter, and the window of
// `--max-pending auto`. Part of the scheduler's step.

import type { PodView } from "../../cluster/pod.ts";
import { add } from "./meter.ts";
import { bound, strained } from "./pending_window.ts";
import { countStart } from "./starting.ts";
import type { Attempt, State } from "./state.ts";

/** Takes the times of a pod that is seen. What waited for a gate or for room says nothing of the scheduler's pace. */
export function timeWay(state: State, attempt: Attempt, pod: PodView, now: number): void {
  const { meter, window } = state;
  if (attempt.isGated || pod.schedulingMessage !== "") attempt.sentAt = -Infinity;
  if (pod.schedulingMessage !== "" && pod.nodeName === "" && window !== null) strained(window, now);
  if (pod.nodeName !== "" && !attempt.wasBound) {
    attempt.boundAt = now;
    add(meter.bind, attempt.sentAt, now);
    if (window !== null && attempt.sentAt !== -Infinity) bound(window, now - attempt.sentAt, now);
  }
  if (pod.phase === "Running" && attempt.ranAt === -Infinity) {
    attempt.ranAt = now;
    countStart(state.starts, attempt.boundAt, now);
    add(meter.start, attempt.boundAt, now);
  }
}
