import assert from "node:assert/strict";
import { standingClock } from "../test_clock.ts";
import { tellIfSlow } from "./slow_input.ts";

Deno.test("tellIfSlow() says once that an input does not come to its end, and nothing of one that does", async () => {
  const clock = standingClock();
  let told = 0;
  const tell = () => void told++;
  const quick = Promise.withResolvers<string>();
  const quickEnd = tellIfSlow(quick.promise, tell, clock);
  await clock.pass(4_000);
  quick.resolve("list");
  assert.equal(await quickEnd, "list");
  assert.equal(clock.sleepers, 0);
  const slow = Promise.withResolvers<string>();
  const slowEnd = assert.rejects(tellIfSlow(slow.promise, tell, clock), /no such file/);
  await clock.pass(4_000);
  assert.equal(told, 0);
  await clock.pass(7_000);
  assert.equal(told, 1);
  slow.reject(new Error("no such file"));
  await slowEnd;
});
