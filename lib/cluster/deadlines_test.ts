import assert from "node:assert/strict";
import { makeDeadlines } from "./deadlines.ts";

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

Deno.test("makeDeadlines() calls back each in its time, whatever the order in which they were set", async () => {
  const deadlines = makeDeadlines();
  const called: string[] = [];
  const began = performance.now();
  await Promise.all(
    [90, 30, 60].map((milliseconds) =>
      new Promise<void>((resolve) =>
        deadlines.set(milliseconds, () => {
          assert.ok(performance.now() - began >= milliseconds - 1);
          called.push(String(milliseconds));
          resolve();
        })
      )
    ),
  );
  assert.deepEqual(called, ["30", "60", "90"]);
});

Deno.test("makeDeadlines() calls nobody back whose deadline was met, and those that are left all the same", async () => {
  const deadlines = makeDeadlines();
  const called: string[] = [];
  const meetEarly = deadlines.set(20, () => called.push("early"));
  deadlines.set(40, () => called.push("late"));
  const meetLast = deadlines.set(60_000, () => called.push("last"));
  meetEarly();
  meetEarly();
  await later(80);
  assert.deepEqual(called, ["late"]);
  meetLast(); // else a timer is left, which the test runner tells
});

Deno.test("makeDeadlines() may set another when it calls back", async () => {
  const deadlines = makeDeadlines();
  const second = Promise.withResolvers<void>();
  deadlines.set(10, () => deadlines.set(10, second.resolve));
  await second.promise;
});

Deno.test("makeDeadlines() holds a time that is longer than a timer can", async () => {
  const deadlines = makeDeadlines();
  let isCalled = false;
  const meet = deadlines.set(30 * 24 * 3600 * 1000, () => isCalled = true);
  await later(20);
  meet();
  assert.equal(isCalled, false);
});
