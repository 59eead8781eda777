import assert from "node:assert/strict";
import { ITEMS, planOf } from "./test_past.ts";

Deno.test("makePlan() finds the same pods whether they were judged now or before", async () => {
  const plan = await planOf("x");
  const judged = await planOf("x", ITEMS, plan.identity);
  for (const each of [plan, judged]) {
    ITEMS.forEach((item, position) => assert.equal(each.find(`p-${item}`), position));
    assert.equal(each.find("p-zz"), -1);
  }
  await assert.rejects(planOf("x", ["a", "a"], plan.identity), /taken by/, "another list is judged");
});
