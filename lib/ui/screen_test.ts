import assert from "node:assert/strict";
import { standingClock } from "../test_clock.ts";
import { openScreen, type ScreenOptions } from "./screen.ts";
import { endRecord, status } from "./test_facts.ts";

function open(changes: Partial<ScreenOptions> = {}) {
  const clock = standingClock();
  let text = "";
  const screen = openScreen({
    isTerminal: true,
    width: () => 80,
    write: (bytes) => {
      text += new TextDecoder().decode(bytes);
    },
    clock,
    isQuiet: false,
    isVerbose: false,
    bar: null,
    hasColor: false,
    ...changes,
  });
  const take = () => {
    const taken = text;
    text = "";
    return taken;
  };
  return { screen, clock, take };
}

const moment = status({ waiting: 90, running: 10 });

Deno.test("openScreen() redraws one line on a terminal, at most five times a second, and never scrolls", async () => {
  const { screen, clock, take } = open();
  for (let i = 0; i < 100; i++) {
    screen.update(moment);
    await clock.pass(10);
  }
  const text = take();
  assert.equal(text.split("\r\x1b[K0/100 done").length - 1, 5);
  assert.ok(!text.includes("\n"));
  screen.end(["bye"]);
  assert.equal(take(), "\r\x1b[Kbye\n");
});

Deno.test("openScreen() keeps the line one column short of the terminal's width", () => {
  const { screen, take } = open({ width: () => 21 });
  screen.update(moment);
  assert.equal(take(), "\r\x1b[K0/100 done (0%)");
  screen.end([]);
});

Deno.test("openScreen() goes on drawing while nothing happens", async () => {
  const { screen, clock, take } = open();
  screen.update(moment);
  take();
  await clock.pass(1_000);
  assert.match(take(), /^\r.*0\/100 done/);
  screen.end([]);
  take();
  await clock.pass(10_000);
  assert.equal(take(), "");
});

Deno.test("openScreen() writes a line every 30 s where there is no terminal, without escapes", async () => {
  const { screen, clock, take } = open({ isTerminal: false, hasColor: true });
  screen.start(["first"]);
  for (let second = 0; second < 29; second++) {
    screen.update({ ...moment, failed: 1 });
    await clock.pass(1_000);
  }
  assert.equal(take(), "first\n");
  await clock.pass(1_000);
  assert.equal(take(), "qupods: 1/101 done (1%) · 1 failed · 10 running · 0 pending · 30s so far\n");
  await clock.pass(30_000);
  assert.match(take(), /1m00s so far\n$/);
  screen.end(["last"]);
  assert.equal(take(), "last\n");
});

Deno.test("openScreen() obeys --bar and --no-bar", () => {
  const piped = open({ isTerminal: false, bar: true });
  piped.screen.update(moment);
  assert.ok(piped.take().startsWith("\r\x1b[K"));
  piped.screen.end([]);
  const bare = open({ bar: false });
  bare.screen.update(moment);
  assert.equal(bare.take(), "");
  bare.screen.end([]);
});

Deno.test("event() stands above the live line, which is drawn again", () => {
  const { screen, take } = open();
  screen.update(moment);
  take();
  screen.event({ kind: "notice", level: "warning", text: "image is\x1b[2J slow\nsecond" });
  assert.equal(
    take(),
    "\r\x1b[Kqupods: warning: image is\\x1b[2J slow\n  second\n" +
      "\r\x1b[K0/100 done (0%) · 10 running · 0 pending",
  );
  screen.end([]);
});

Deno.test("event() tells attempts and details only with -v", () => {
  const events = [{ kind: "ended", record: endRecord() }, {
    kind: "detail",
    text: "watch reconnected",
  }] as const;
  const short = open();
  for (const event of events) short.screen.event(event);
  assert.equal(short.take(), "");
  short.screen.end([]);
  const long = open({ isVerbose: true });
  for (const event of events) long.screen.event(event);
  assert.equal(long.take(), "shard-0 failed after 12s on node-1: exit code 3\nwatch reconnected\n");
  long.screen.end([]);
});

Deno.test("event() names ten items without a verdict and refers to the end for more", () => {
  const { screen, take } = open();
  for (let i = 0; i < 50; i++) screen.event({ kind: "open", name: `s-${i}`, reason: "foreign pod" });
  const lines = take().trimEnd().split("\n");
  assert.equal(lines.length, 11);
  assert.equal(lines[0], "qupods: no verdict: s-0: foreign pod");
  screen.end([]);
});

Deno.test("openScreen() is silent with -q but for warnings and the end", () => {
  const { screen, take } = open({ isQuiet: true });
  screen.start(["first"]);
  screen.update(moment);
  screen.event({ kind: "notice", level: "info", text: "hello" });
  assert.equal(take(), "");
  screen.event({ kind: "notice", level: "warning", text: "careful" });
  screen.end(["last"]);
  assert.equal(take(), "qupods: warning: careful\nlast\n");
});

Deno.test("openScreen() colours only where it may", () => {
  const coloured = open({ hasColor: true });
  coloured.screen.update({ ...moment, failed: 2 });
  assert.ok(coloured.take().includes("\x1b[31m2 failed\x1b[0m"));
  coloured.screen.end([]);
  const piped = open({ hasColor: true, isTerminal: false });
  assert.equal(piped.screen.paint.red("x"), "x");
  piped.screen.end([]);
});

Deno.test("openScreen() drops what a full disk has no room for, and goes on once there is some", () => {
  let isFull = true;
  let written = "";
  const write = (bytes: Uint8Array) => {
    if (isFull) throw Object.assign(new Error("No space left on device (os error 28)"), { code: "ENOSPC" });
    written += new TextDecoder().decode(bytes);
  };
  const { screen } = open({ write, isTerminal: false });
  screen.start(["a"]);
  isFull = false;
  screen.end(["b"]);
  assert.equal(written, "b\n");
});

Deno.test("openScreen() outlives the one who watches", () => {
  let calls = 0;
  const write = () => {
    calls++;
    throw new Deno.errors.BrokenPipe("gone");
  };
  const { screen } = open({ write });
  screen.start(["a"]);
  screen.update(moment);
  screen.end(["b"]);
  assert.equal(calls, 1);
});
