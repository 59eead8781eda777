import assert from "node:assert/strict";
import { createRateMeter, etaSeconds } from "./rate.ts";

Deno.test("createRateMeter() forgets a slow start", () => {
  const meter = createRateMeter();
  for (let second = 0; second <= 600; second++) {
    meter.add(second * 1000, second < 300 ? 0 : (second - 300) * 10);
  }
  assert.equal(Math.round(meter.rate(600_000)), 10);
});

Deno.test("createRateMeter() reaches further back where items are slow", () => {
  const meter = createRateMeter();
  for (let second = 0; second <= 36_000; second++) meter.add(second * 1000, Math.floor(second / 600));
  const perHour = meter.rate(36_000_000) * 3600;
  assert.ok(perHour > 5 && perHour < 7, String(perHour));
});

Deno.test("createRateMeter() sinks while nothing gets done", () => {
  const meter = createRateMeter();
  meter.add(0, 0);
  meter.add(1000, 10);
  assert.equal(meter.rate(1000), 10);
  assert.equal(meter.rate(10_000), 1);
  assert.equal(createRateMeter().rate(5), 0);
});

Deno.test("etaSeconds() says nothing without a rate", () => {
  assert.equal(etaSeconds(10, 0), null);
  assert.equal(etaSeconds(10, 2), 5);
  assert.equal(etaSeconds(0, 0), 0);
});
