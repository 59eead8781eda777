// What the tests of this room start from.

import type { EndRecord } from "../results/record.ts";
import type { Outcome, Status } from "../run/status.ts";

export function status(changes: Partial<Status> = {}): Status {
  return {
    waiting: 0,
    pending: 0,
    gated: 0,
    running: 0,
    harvesting: 0,
    succeeded: 0,
    failed: 0,
    skipped: 0,
    blocked: 0,
    retrying: 0,
    hold: "",
    ...changes,
  };
}

export function outcome(changes: Partial<Outcome> = {}): Outcome {
  return {
    status: status(),
    kind: "complete",
    why: "",
    open: [],
    incompleteLogs: 0,
    unprovenLogs: 0,
    podsLeft: 0,
    podsHeld: 0,
    heldBy: "",
    bottleneck: "",
    ...changes,
  };
}

export function endRecord(changes: Partial<EndRecord> = {}): EndRecord {
  return {
    kind: "end",
    name: "shard-0",
    hash: "",
    index: 0,
    attempt: 1,
    uid: "u",
    verdict: "failed",
    isFinal: true,
    class: "app",
    reason: "exit code 3",
    exitCode: 3,
    signal: null,
    node: "node-1",
    createdAt: 1_000,
    startedAt: 2_000,
    finishedAt: 14_000,
    logs: [],
    ...changes,
  };
}
