import assert from "node:assert/strict";
import { type Gate, makeGate } from "./gate.ts";

/** Starts `count` pieces of work that end when told to. */
function fill(gate: Gate, count: number): { started: () => number; end: () => Promise<void> } {
  let started = 0;
  const holds: (() => void)[] = [];
  const all = Array.from({ length: count }, () =>
    gate.run(async () => {
      started++;
      const hold = Promise.withResolvers<void>();
      holds.push(hold.resolve);
      await hold.promise;
    }));
  return {
    started: () => started,
    async end() {
      while (holds.length > 0) {
        holds.shift()?.();
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await Promise.all(all);
    },
  };
}

async function rounds(gate: Gate, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await gate.run(() => Promise.resolve());
}

Deno.test("run() starts no more than the limit, and all in the end", async () => {
  const gate = makeGate(3, 3);
  const work = fill(gate, 10);
  await rounds(makeGate(1, 1), 3);
  assert.equal(work.started(), 3);
  await work.end();
  assert.equal(work.started(), 10);
});

Deno.test("run() raises the limit by one after a clean round, up to the cap", async () => {
  const gate = makeGate(2, 4);
  await rounds(gate, 2);
  assert.equal(gate.limit, 3);
  await rounds(gate, 3);
  assert.equal(gate.limit, 4);
  await rounds(gate, 50);
  assert.equal(gate.limit, 4);
});

Deno.test("run() gives its place back when work throws", async () => {
  const gate = makeGate(1, 1);
  await assert.rejects(gate.run(() => Promise.reject(new Error("no"))), /no/);
  assert.equal(await gate.run(() => Promise.resolve(5)), 5);
});

Deno.test("slowDown() halves, never below one", async () => {
  const gate = makeGate(8, 40);
  for (const limit of [4, 2, 1, 1]) {
    await gate.run(() => Promise.resolve(gate.slowDown()));
    assert.equal(gate.limit, limit);
  }
});

Deno.test("run() tries more than was too much only after hundreds of clean answers, and takes such a step back", async () => {
  const gate = makeGate(8, 40);
  const refuse = () => gate.run(() => Promise.resolve(gate.slowDown()));
  await refuse();
  assert.equal(gate.limit, 4);
  await rounds(gate, 4 + 5 + 6);
  assert.equal(gate.limit, 7, "back to what had done");
  await rounds(gate, 399);
  assert.equal(gate.limit, 7);
  await rounds(gate, 1);
  assert.equal(gate.limit, 8);
  await refuse();
  assert.equal(gate.limit, 7, "one step back, no half");
  await refuse();
  assert.equal(gate.limit, 3, "what has done does no more");
});

Deno.test("run() comes back to the cap, ever faster, where what was too much is so no more", async () => {
  const gate = makeGate(8, 40);
  await gate.run(() => Promise.resolve(gate.slowDown()));
  await rounds(gate, 2_000);
  assert.equal(gate.limit, 40);
});

Deno.test("a server that has seats for ten is refused by one request in a hundred at most, and kept busy", async () => {
  const gate = makeGate(8, 40);
  let active = 0;
  let refused = 0;
  let held = 0;
  let count = 0;
  const work = () =>
    gate.run(async () => {
      count++;
      if (active >= 10) {
        refused++;
        gate.slowDown();
        return;
      }
      active++;
      held += active;
      await new Promise((resolve) => setTimeout(resolve, 0));
      active--;
    });
  await Promise.all(Array.from({ length: 1_500 }, work));
  assert.ok(refused / count <= 0.01, `${refused} of ${count} refused`);
  assert.ok(held / count >= 8, `${held / count} of 10 seats taken on average`);
});

Deno.test("slowDown() halves once for a burst of requests that were under way together", async () => {
  const gate = makeGate(8, 40);
  const go = Promise.withResolvers<void>();
  await Promise.all([
    ...Array.from({ length: 8 }, () => gate.run(() => go.promise.then(gate.slowDown))),
    Promise.resolve().then(go.resolve),
  ]);
  assert.equal(gate.limit, 4);
});

Deno.test("aside() gives a place to others while something is waited for, and gets in line again", async () => {
  const gate = makeGate(1, 1);
  const said: string[] = [];
  const news = Promise.withResolvers<void>();
  const first = gate.run(async () => {
    said.push("first waits");
    await gate.aside(() => news.promise);
    said.push("first goes on");
  });
  const second = gate.run(() => {
    said.push("second");
    news.resolve();
    return Promise.resolve();
  });
  await Promise.all([first, second]);
  assert.deepEqual(said, ["first waits", "second", "first goes on"]);
});
