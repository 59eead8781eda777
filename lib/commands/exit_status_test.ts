import assert from "node:assert/strict";
import type { Outcome } from "../run/status.ts";
import { exitStatus } from "./exit_status.ts";

const outcome = (changes: Partial<Outcome>, failed = 0): Outcome => ({
  status: {
    waiting: 0,
    pending: 0,
    gated: 0,
    running: 0,
    harvesting: 0,
    succeeded: 1,
    failed,
    skipped: 0,
    blocked: 0,
    retrying: 0,
    hold: "",
  },
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
});

Deno.test("exitStatus() is 0 only if every item has succeeded, now or before", () => {
  const rows: [Outcome, number, number][] = [
    [outcome({}), 0, 0],
    [outcome({}, 2), 0, 1],
    [outcome({}), 3, 1],
    [outcome({ open: [{ name: "p", reason: "foreign" }] }, 2), 0, 3],
    [outcome({ incompleteLogs: 1 }), 0, 3],
    [outcome({ unprovenLogs: 1 }), 0, 0],
    [outcome({ kind: "halted" }, 1), 0, 3],
    [outcome({ kind: "interrupted" }, 1), 0, 143],
  ];
  for (const [end, skippedFailed, expected] of rows) {
    assert.equal(exitStatus(end, skippedFailed, 143), expected);
  }
});
