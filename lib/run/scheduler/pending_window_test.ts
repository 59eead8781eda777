import assert from "node:assert/strict";
import fc from "fast-check";
import { bound, full, LEAST_PENDING, openWindow, strained } from "./pending_window.ts";

const MOST_PENDING = 64;

interface Scheduler {
  readonly podsPerSecond: number;
  /** To the scheduler and back, without its own work. */
  readonly wayMilliseconds: number;
  /** Pods a second that there are to start. */
  readonly offeredPerSecond?: number;
}

/** A scheduler that binds one pod after the other, and a client that always has another: what it makes of the second half. */
function simulate(
  scheduler: (now: number) => Scheduler,
  seconds: number,
): { rate: number; size: number; most: number } {
  const window = openWindow(MOST_PENDING, 0);
  const pending: { sentAt: number; boundAt: number }[] = [];
  let busyUntil = 0;
  let count = 0;
  let most = 0;
  let nextAt = 0;
  const half = seconds * 500;
  for (let now = 0; now < seconds * 1000; now++) {
    const { podsPerSecond, wayMilliseconds, offeredPerSecond = Infinity } = scheduler(now);
    while ((pending[0]?.boundAt ?? Infinity) <= now) {
      const pod = pending.shift();
      bound(window, now - (pod?.sentAt ?? 0), now);
      if (now > half) count++;
    }
    while (pending.length < window.size && nextAt <= now) {
      busyUntil = Math.max(busyUntil, now + wayMilliseconds / 2) + 1000 / podsPerSecond;
      pending.push({ sentAt: now, boundAt: busyUntil + wayMilliseconds / 2 });
      nextAt = Math.max(now - 10, nextAt + 1000 / offeredPerSecond);
    }
    if (pending.length >= window.size) full(window);
    if (now > half) most = Math.max(most, window.size);
  }
  return { rate: count / (seconds / 2), size: window.size, most };
}

Deno.test("the window keeps a scheduler busy, whatever its pace and the way to it, and its queue short", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5, max: 500 }),
      fc.integer({ min: 2, max: 200 }),
      (podsPerSecond, wayMilliseconds) => {
        const { rate, most } = simulate(() => ({ podsPerSecond, wayMilliseconds }), 100);
        const way = wayMilliseconds + 1000 / podsPerSecond;
        const possible = Math.min(podsPerSecond, MOST_PENDING / way * 1000);
        assert.ok(rate >= 0.9 * possible, `${rate}/s of ${possible}/s`);
        const fitting = podsPerSecond * way / 1000;
        assert.ok(most <= Math.max(8, 3 * fitting), `${most} places where ${fitting} fit`);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("the window follows a way that becomes longer, and a scheduler that becomes slower", () => {
  const longer = simulate((now) => ({ podsPerSecond: 100, wayMilliseconds: now < 60_000 ? 20 : 200 }), 200);
  assert.ok(longer.rate >= 90, `${longer.rate}/s`);
  const slower = simulate((now) => ({ podsPerSecond: now < 60_000 ? 400 : 20, wayMilliseconds: 50 }), 200);
  assert.ok(slower.rate >= 18 && slower.size <= 6, `${slower.rate}/s, ${slower.size} places`);
});

Deno.test("the window does not grow where it is not full", () => {
  const { most } = simulate(() => ({ podsPerSecond: 500, wayMilliseconds: 50, offeredPerSecond: 10 }), 60);
  assert.equal(most, LEAST_PENDING);
});

Deno.test("the window is halved by what came together once, and stays within its limits", () => {
  const window = openWindow(MOST_PENDING, 0);
  window.size = 40;
  for (let times = 0; times < 5; times++) strained(window, 100 + times);
  assert.equal(window.size, 20);
  strained(window, 1_200);
  assert.equal(window.size, 10);
  const event = fc.tuple(fc.constantFrom("bound", "full", "strained"), fc.nat(5_000), fc.nat(90_000));
  fc.assert(fc.property(fc.array(event, { maxLength: 300 }), (events) => {
    const any = openWindow(MOST_PENDING, 0);
    let now = 0;
    for (const [kind, pause, latency] of events) {
      now += pause;
      if (kind === "bound") bound(any, latency, now);
      else if (kind === "full") full(any);
      else strained(any, now);
      assert.ok(any.size >= LEAST_PENDING && any.size <= MOST_PENDING && Number.isInteger(any.size));
    }
  }));
});
