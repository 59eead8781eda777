import assert from "node:assert/strict";
import fc from "fast-check";
import type { JournalRecord } from "../results/record.ts";
import { endRecord } from "./end_record.ts";
import { makeLedger, priorAfter, restoreLedger } from "./ledger.ts";
import { changed, listed, pod, scheduler } from "./scheduler/test_pods.ts";
import { doubt, end, intent, ITEMS, number, planOf } from "./test_past.ts";

Deno.test("a ledger taken up from its summary knows what one that has read all knows, wherever it was cut", async () => {
  const plan = await planOf("x");
  const record = fc.tuple(fc.nat(ITEMS.length - 1), fc.integer({ min: 1, max: 3 }), fc.nat(5)).map(
    ([position, attempt, kind]): [number, JournalRecord] => [
      position,
      kind === 0
        ? intent(plan, position, attempt)
        : kind === 4
        ? doubt(plan, position, attempt)
        : kind === 5
        ? number(plan, position, attempt)
        : end(plan, position, attempt, kind !== 1, ...(kind === 3 ? ["other", "incomplete"] as const : [])),
    ],
  );
  const positions = fc.uniqueArray(fc.nat(ITEMS.length - 1));
  fc.assert(fc.property(fc.array(record), fc.nat(), positions, (records, cut, again) => {
    const whole = makeLedger(plan, () => true);
    const before = makeLedger(plan, (position) => position < 3);
    records.forEach(([position, each], at) => {
      whole.take(position, each);
      if (at < cut) before.take(position, each);
    });
    before.settle((position) => position > 0);
    const after = restoreLedger(plan, JSON.parse(JSON.stringify(before.content())));
    assert.ok(after);
    for (const [position, each] of records.slice(cut)) after.take(position, each);
    const missing = new Set(again.filter((position) => after.isForgotten(position)));
    after.recollect(missing);
    for (const [position, each] of records) if (missing.has(position)) after.take(position, each);
    const open = new Map(after.announced());
    ITEMS.forEach((_, position) => {
      assert.deepEqual(open.get(position), whole.prior(position)?.announced ?? undefined);
      assert.equal(after.isChanged(position), whole.isChanged(position));
      assert.deepEqual(after.doubtful(position), whole.doubtful(position));
      if (again.includes(position) || !after.isForgotten(position)) {
        assert.deepEqual(after.prior(position), whole.prior(position));
      }
    });
  }));
});

Deno.test("an end of an earlier attempt does not make a ledger forget that a later one was announced", async () => {
  const plan = await planOf("x");
  const ledger = makeLedger(plan, () => false);
  for (const each of [end(plan, 6, 1, true), intent(plan, 6, 2), end(plan, 6, 1, false)]) {
    ledger.take(6, each);
  }
  assert.deepEqual([...ledger.announced()].map(([position, { attempt }]) => [position, attempt]), [[6, 2]]);
  ledger.take(6, end(plan, 6, 2, false));
  assert.deepEqual([...ledger.announced()], []);
});

Deno.test("restoreLedger() takes no summary of a list of another length, nor anything else", async () => {
  const plan = await planOf("x");
  const long = await planOf("x", [...ITEMS, ..."klmnopqrst"]);
  for (const content of [null, 3, {}, { forgotten: "", changed: "", prior: [], doubtful: [] }]) {
    assert.equal(restoreLedger(plan, content), null);
  }
  assert.equal(restoreLedger(long, makeLedger(plan, () => false).content()), null);
});

Deno.test("what Ctrl-C or --halt now has cut off takes nothing from an item's budgets", () => {
  const { state, say } = scheduler(1);
  say(0, listed());
  say(1, changed(pod("pod-0", "u0", { nodeName: "n", phase: "Running" })));
  say(2, { kind: "drain" }, { kind: "kill" });
  const { name, uid, number: attempt, pod: view = null, end: how = null } = state.attempts.get(0) ?? {};
  assert.ok(name && uid && attempt);
  const record = endRecord({ name, hash: "h", index: 0, attempt, uid, pod: view, end: how }, [], false);
  assert.deepEqual(priorAfter(undefined, record).budget, { app: 0, infra: 0 });
});
