import assert from "node:assert/strict";
import type { CreateOutcome } from "../../cluster/pods.ts";
import { podsLeft } from "./load.ts";
import type { StepEvent } from "./event.ts";
import { changed, container, listed, pod, scheduler } from "./test_pods.ts";

const answered = (position: number, outcome: CreateOutcome): StepEvent => ({
  kind: "created",
  position,
  number: 1,
  outcome,
});

Deno.test("podsLeft() counts what may be in the cluster, and nothing that the server has refused", () => {
  const { state, say } = scheduler(6, { maxPending: 6 });
  say(0, listed());
  assert.equal(podsLeft(state), 6, "no create is answered yet");
  say(
    1,
    answered(0, { kind: "made", pod: pod("pod-0", "u0") }),
    answered(1, { kind: "later", reason: "exceeded quota", isQuota: true, retryAfterMilliseconds: null }),
    answered(2, { kind: "unclear", reason: "timeout" }),
    answered(3, { kind: "refused", status: 422, reason: "Invalid", message: "no" }),
    answered(4, { kind: "made", pod: pod("pod-4", "u4") }),
    answered(5, { kind: "made", pod: pod("pod-5", "u5") }),
  );
  assert.equal(podsLeft(state), 4);
  const ended = { ...container({ state: "terminated", exitCode: 0 }), startedAt: "2026-01-01T00:00:00Z" };
  say(2, changed(pod("pod-4", "u4", { phase: "Succeeded", nodeName: "n", containers: [ended] })));
  assert.equal(podsLeft(state), 4, "one has ended, and is not home yet");
  say(3, { kind: "collected", position: 4, uid: "u4", result: { kind: "stored", logs: [] } });
  assert.equal(podsLeft(state), 3);
});
