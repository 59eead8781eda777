// A share of the fault rig for the gate: every kind of fault and kill once. `deno task faults` runs more of it.

import assert from "node:assert/strict";
import { FAULTS, VERBS } from "./faults.ts";
import { measureLife, runByName } from "./runs.ts";

/** Runs that once failed, and what it was. */
const ONCE_FAILED: readonly (readonly [name: string, what: string])[] = [
  ["kill:183", "a pod whose log was home stayed in the cluster, as the next call found nothing to do"],
  ["kill:131", "the tape of a log that was home stayed among the temporary files"],
  ["kills:9", "a folder that was made just before a kill was never fsynced into its parent"],
  ["http:create:page 404:1", "a proxy's page was taken for the API's refusal of the pod"],
  ["http:create:twice:3", "a pod that a doubled request had made was deleted without its log"],
  ["http:watch:skips:7", "an event that never came held the run for ever"],
];

for (const [name, what] of ONCE_FAILED) {
  Deno.test(`the fault rig: ${name} (${what})`, async () => {
    assert.deepEqual((await runByName(name)).wrong, []);
  });
}

Deno.test("the fault rig: a run is the same again, and notices what goes wrong", async () => {
  const [first, second] = [await runByName("kills:3"), await runByName("kills:3")];
  assert.deepEqual(first, second);
  assert.ok(first.lives > 1 && first.requests > 10);
});

Deno.test("the fault rig: killed at every eighth point of an item's life", async () => {
  const { points } = await measureLife();
  assert.ok(points > 100);
  for (let point = 1; point <= points; point += 8) {
    assert.deepEqual((await runByName(`kill:${point}`)).wrong, [], `kill:${point}`);
  }
});

for (const verb of VERBS) {
  if (verb === "log") continue;
  Deno.test(`the fault rig: each thing that can happen to ${verb} requests`, async () => {
    for (const fault of FAULTS[verb]) {
      const report = await runByName(`http:${verb}:${fault}:1`);
      assert.deepEqual(report.wrong, [], `http:${verb}:${fault}:1`);
      assert.ok(report.faults > 0 || verb !== "list", `${fault} never happened`);
    }
  });
}
