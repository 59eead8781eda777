import assert from "node:assert/strict";
import fc from "fast-check";
import { columnsOf } from "./one_line.ts";
import { paintFor } from "./paint.ts";
import { renderLive, renderPlain, renderStart } from "./render.ts";
import { status } from "./test_facts.ts";

const facts = { total: 5000, elapsedMilliseconds: 182_000, rate: 12, etaSeconds: 320 };
const moment = status({ waiting: 3706, pending: 3, running: 88, succeeded: 1080, failed: 3, skipped: 120 });

Deno.test("renderLive() shows done, failed, running, pending, rate and ETA", () => {
  assert.equal(
    renderLive(moment, facts, 200),
    "1203/5000 done (24%) · 3 failed · 88 running · 3 pending · 12/s · ETA 5m20s",
  );
});

Deno.test("renderLive() drops parts from the right where the terminal is narrow", () => {
  assert.equal(renderLive(moment, facts, 60), "1203/5000 done (24%) · 3 failed · 88 running · 3 pending");
  assert.equal(renderLive(moment, facts, 40), "1203/5000 done (24%) · 3 failed");
  assert.equal(renderLive(moment, facts, 10), "1203/5000…");
});

Deno.test("renderLive() says why nothing starts, cut to what is left of the line", () => {
  const held = { ...moment, failed: 0, hold: "quota: exceeded quota: lab, requested: pods=1" };
  assert.equal(
    renderLive(held, facts, 78),
    "1200/5000 done (24%) · 88 running · 3 pending · quota: exceeded quota: lab, r…",
  );
});

Deno.test("renderLive() is never wider than the terminal, whatever it shows", () => {
  const count = fc.nat(2_000_000);
  const any = fc.record({
    pending: count,
    gated: count,
    running: count,
    failed: count,
    hold: fc.string({ unit: "grapheme" }),
  });
  fc.assert(fc.property(any, fc.integer({ min: 1, max: 120 }), (changes, width) => {
    const line = renderLive(status(changes), facts, width);
    assert.ok(columnsOf(line) <= width);
    assert.doesNotMatch(line, /\p{Cc}/u);
  }));
});

Deno.test("renderLive() does not count colours as columns", () => {
  const bare = renderLive(moment, facts, 60);
  const coloured = renderLive(moment, facts, 60, paintFor(true));
  assert.match(coloured, /31m3 failed/);
  assert.equal(coloured.replaceAll("\x1b[31m", "").replaceAll("\x1b[0m", ""), bare);
});

Deno.test("renderLive() shows 100% only when all is done, 0% only when nothing is", () => {
  const line = (succeeded: number) => renderLive(status({ succeeded }), { ...facts, total: 1000 }, 30);
  assert.match(line(0), /\(0%\)/);
  assert.match(line(1), /\(1%\)/);
  assert.match(line(999), /\(99%\)/);
  assert.match(line(1000), /\(100%\)/);
});

Deno.test("renderPlain() is one full line", () => {
  assert.equal(
    renderPlain(moment, facts),
    "qupods: 1203/5000 done (24%) · 3 failed · 88 running · 3 pending · 12/s · ETA 5m20s · 3m02s so far",
  );
});

Deno.test("renderStart() names place, items done before, and caps", () => {
  const start = {
    total: 5000,
    skipped: 120,
    skippedFailed: 0,
    where: "context plain, namespace lab",
    maxPending: 3,
    isPendingAuto: false,
    maxRunning: Infinity,
    notes: ["3 blank lines dropped"],
  };
  assert.deepEqual(renderStart(start), [
    "qupods: 5000 items → context plain, namespace lab · 120 done before (skipped) · at most 3 pending, running unlimited",
    "qupods: note: 3 blank lines dropped",
  ]);
  assert.deepEqual(
    renderStart({
      ...start,
      maxPending: 64,
      isPendingAuto: true,
      total: 1,
      skippedFailed: 7,
      maxRunning: 50,
      where: "\x1b[2J",
      notes: [],
    }),
    [
      "qupods: 1 item → \\x1b[2J · 120 done before (skipped, 7 of them failed: --retry-failed) · " +
      "at most 3 to 64 pending, at most 50 running",
    ],
  );
});
