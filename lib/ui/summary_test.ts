import assert from "node:assert/strict";
import { renderSummary } from "./summary.ts";
import { outcome, status } from "./test_facts.ts";

const facts = {
  wallMilliseconds: 372_000,
  logdir: "QUJOBS",
  failures: [],
  retryCommand: "qupods --retry-failed -i shardlist p.yaml",
  isLocal: false,
  resumeCommand: "qupods -i shardlist p.yaml",
  openCommand: null,
};

Deno.test("renderSummary() counts, groups failures with a log's end, and says what to type", () => {
  const lines = renderSummary({
    ...facts,
    outcome: outcome({ status: status({ succeeded: 4990, failed: 10, skipped: 3 }) }),
    failures: [
      {
        reason: "exit code 3",
        count: 9,
        names: ["shard-000017", "shard-000021"],
        log: { file: "QUJOBS/shard-000017.err", lines: ["opening input", "no such\x1b[2J file"] },
      },
      { reason: "OOMKilled in container main", count: 1, names: ["shard-000099"], log: null },
    ],
  });
  assert.deepEqual(lines, [
    "qupods: 4990 succeeded · 10 failed · 3 skipped · 6m12s · logs in QUJOBS/",
    "  9× exit code 3: shard-000017, shard-000021, …",
    "    QUJOBS/shard-000017.err:",
    "    | opening input",
    "    | no such\\x1b[2J file",
    "  1× OOMKilled in container main: shard-000099",
    "to run the failed again: qupods --retry-failed -i shardlist p.yaml",
  ]);
});

Deno.test("renderSummary() is one line when all succeeded", () => {
  const lines = renderSummary({ ...facts, outcome: outcome({ status: status({ succeeded: 5 }) }) });
  assert.deepEqual(lines, ["qupods: 5 succeeded · 6m12s · logs in QUJOBS/"]);
});

Deno.test("renderSummary() says what held a run back, unless it was short", () => {
  const done = outcome({ status: status({ succeeded: 5 }), bottleneck: "the scheduler: all 3 …" });
  assert.equal(renderSummary({ ...facts, outcome: done }).at(-1), "held back by the scheduler: all 3 …");
  assert.equal(renderSummary({ ...facts, wallMilliseconds: 1_900, outcome: done }).length, 1);
});

Deno.test("renderSummary() names what keeps pods in the cluster", () => {
  const held = (podsHeld: number) =>
    renderSummary({ ...facts, outcome: outcome({ podsHeld, heldBy: "kueue.x-k8s.io/managed" }) })[1];
  const rest = "in the cluster until the finalizer kueue.x-k8s.io/managed is taken off";
  assert.equal(held(1), `  1 deleted pod stays ${rest} it, which is for whoever put it there`);
  assert.equal(held(3), `  3 deleted pods stay ${rest} them, which is for whoever put it there`);
});

Deno.test("renderSummary() tells a run with --rerun how to go on without running what is done once more", () => {
  const lines = renderSummary({
    ...facts,
    resumeCommand: "qupods --rerun -i shardlist p.yaml",
    openCommand: "qupods -i shardlist p.yaml",
    outcome: outcome({ kind: "interrupted", status: status({ succeeded: 5, waiting: 3 }) }),
  });
  assert.deepEqual(lines.slice(-2), [
    "to go on with the items that have no log: qupods -i shardlist p.yaml",
    "to run all again, those of this call too: qupods --rerun -i shardlist p.yaml",
  ]);
});

Deno.test("renderSummary() tells an interrupted run how to go on", () => {
  const lines = renderSummary({
    ...facts,
    outcome: outcome({
      kind: "interrupted",
      status: status({ succeeded: 5, running: 1, harvesting: 1, waiting: 8 }),
      podsLeft: 2,
    }),
  });
  assert.deepEqual(lines, [
    "qupods: 5 succeeded · 10 not finished · 6m12s · logs in QUJOBS/",
    "interrupted; 2 pods are left in the cluster, their logs come home when the run goes on",
    "to go on: qupods -i shardlist p.yaml",
  ]);
});

Deno.test("renderSummary() does not say of processes of this machine that they are left in a cluster", () => {
  const interrupted = (podsLeft: number) =>
    renderSummary({
      ...facts,
      isLocal: true,
      outcome: outcome({ kind: "interrupted", status: status({ harvesting: podsLeft }), podsLeft }),
    })[1];
  assert.equal(
    interrupted(3),
    "interrupted; the logs of 3 pods could not be kept, they run again when the run goes on",
  );
  assert.equal(
    interrupted(1),
    "interrupted; the log of 1 pod could not be kept, it runs again when the run goes on",
  );
});

Deno.test("renderSummary() names items without a verdict and logs that are not safe", () => {
  const open = Array.from(
    { length: 12 },
    (_, i) => ({ name: `s-${i}`, reason: "a foreign pod has the name" }),
  );
  const lines = renderSummary({
    ...facts,
    outcome: outcome({
      status: status({ succeeded: 5, blocked: 12 }),
      open,
      incompleteLogs: 1,
      unprovenLogs: 2,
    }),
  });
  assert.equal(lines[0], "qupods: 5 succeeded · 12 without a verdict · 6m12s · logs in QUJOBS/");
  assert.deepEqual(lines.slice(1), [
    "  12× no verdict: a foreign pod has the name: s-0, s-1, s-2, s-3, s-4, s-5, s-6, s-7, s-8, s-9, …",
    "  1 log incomplete: part of the text is known to be lost; QUJOBS/doubtful.tsv names it",
    "  2 logs unproven: text may be missing (rotated away, or the pod was deleted by somebody as it was read); QUJOBS/doubtful.tsv names them",
    "to go on: qupods -i shardlist p.yaml",
  ]);
});

Deno.test("renderSummary() says why a run was halted, and what --nowait leaves", () => {
  const halted = renderSummary({
    ...facts,
    outcome: outcome({
      kind: "halted",
      why: "3 items failed (--halt)",
      status: status({ failed: 3, waiting: 7 }),
    }),
  });
  assert.deepEqual(halted.slice(1), [
    "stopped early: 3 items failed (--halt)",
    "to go on: qupods -i shardlist p.yaml",
    "to run the failed again: qupods --retry-failed -i shardlist p.yaml",
  ]);
  const submitted = renderSummary({
    ...facts,
    outcome: outcome({ kind: "submitted", status: status({ running: 1 }) }),
  });
  assert.match(submitted[1] ?? "", /^submitted; 1 pod runs on, .* without --nowait/);
});
