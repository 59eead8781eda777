// Laws of the scheduler that must hold for all orders of events, checked at the simulated server and in the files, not in the
// scheduler's own books.

import assert from "node:assert/strict";
import { simulate } from "../simulation.ts";
import { ITEM } from "./state.ts";
import { SCHEDULE } from "./test_pods.ts";

const AUTO = { ...SCHEDULE, maxPending: 64, isPendingAuto: true };

for (
  const [what, schedule, killRate, seeds] of [
    ["nothing dies", SCHEDULE, 0, 120],
    ["the program is killed", SCHEDULE, 0.004, 250],
    ["the cap adapts", AUTO, 0.004, 60],
  ] as const
) {
  Deno.test(`step() gives every item exactly one verdict and leaves no pod, whatever is lost, late or doubled; ${what}`, () => {
    for (let seed = 1; seed <= seeds; seed++) {
      const { state, left, verdicts, peak } = simulate(40, seed, schedule, killRate);
      const open = [ITEM.waiting, ITEM.open, ITEM.retrying, ITEM.blocked].map((code) => state.counts[code]);
      assert.deepEqual(open, [0, 0, 0, 0], `seed ${seed}: waiting, open, retrying, blocked`);
      assert.equal(verdicts.size, 40, `seed ${seed}`);
      for (const [position, seen] of verdicts) {
        // a collect may be asked for again after a full disk, but never for another verdict
        assert.equal(new Set(seen).size, 1, `seed ${seed}, item ${position}: ${seen}`);
      }
      assert.deepEqual(left, [], `seed ${seed}: pods left`);
      assert.ok(peak <= schedule.maxPending, `seed ${seed}: ${peak} unbound pods at the server`);
    }
  });
}

Deno.test("step() gives every item exactly one verdict and leaves no pod where nodes fall silent, some for good", () => {
  let lost = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const schedule = { ...SCHEDULE, infraRetries: 1000, nodeLostTimeoutSeconds: 2 };
    const { state, left, verdicts, ended } = simulate(40, seed, schedule, seed % 2 === 0 ? 0.002 : 0);
    assert.equal(verdicts.size, 40, `seed ${seed}`);
    assert.deepEqual(left, [], `seed ${seed}: pods left`);
    assert.equal(state.attempts.size, 0, `seed ${seed}`);
    for (const seen of verdicts.values()) assert.equal(new Set(seen).size, 1, `seed ${seed}: ${seen}`);
    lost += ended.filter(({ reason }) => reason.startsWith("node lost")).length;
  }
  assert.ok(lost > 60, `${lost} pods were given up`);
});

Deno.test("step() retries application failures as often as asked and infrastructure failures apart from them", () => {
  const { state, ended } = simulate(14, 5, { ...SCHEDULE, retries: 2, infraRetries: 1000 });
  const attempts = ended.filter(({ name }) => name === "pod-3").length;
  assert.ok(attempts >= 3, `${attempts} attempts`);
  assert.equal(state.counts[ITEM.failed], 2);
});
