// A law: whatever clusters, pods, items and logs say, no control character of theirs reaches the terminal.

import assert from "node:assert/strict";
import type { RunEvent } from "../run/status.ts";
import { renderCancelled } from "./cancel_summary.ts";
import { retryLine, shellLine } from "./command_line.ts";
import { renderLive, renderPlain, renderStart } from "./render.ts";
import { openScreen } from "./screen.ts";
import { renderSummary } from "./summary.ts";
import { endRecord, outcome, status } from "./test_facts.ts";

const CONTROLS = [...Array(32).keys(), 0x7f, ...Array.from({ length: 32 }, (_, i) => 0x80 + i)]
  .map((code) => String.fromCharCode(code)).join("");
const EVIL = `a${CONTROLS}\u202e\u2066\u2028\x1b]0;title\x07\x1b[2Jz`;

/** What a terminal would act upon, or a reader be misled by; our own line breaks are none of it. */
const UNSAFE = new RegExp("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069]");

function assertSafe(text: string, what: string): void {
  assert.ok(text.includes("z"), `${what} is not shown`);
  assert.doesNotMatch(text, UNSAFE, what);
}

Deno.test("no text of a cluster, an item or a log reaches the terminal raw: events and the line in between", () => {
  const events: RunEvent[] = [
    { kind: "notice", level: "warning", text: EVIL },
    { kind: "notice", level: "info", text: EVIL },
    { kind: "open", name: EVIL, reason: EVIL },
    { kind: "detail", text: EVIL },
    { kind: "ended", record: endRecord({ name: EVIL, reason: EVIL, node: EVIL, isFinal: false }) },
  ];
  let text = "";
  const clock = { now: () => 0, monotonic: () => 0, sleep: () => Promise.withResolvers<void>().promise };
  const write = (bytes: Uint8Array) => void (text += new TextDecoder().decode(bytes));
  const options = { isTerminal: false, width: () => 80, write, clock, bar: null, hasColor: false };
  using screen = openScreen({ ...options, isQuiet: false, isVerbose: true });
  for (const event of events) {
    text = "";
    screen.event(event);
    assertSafe(text, JSON.stringify(event));
  }
  const facts = { total: 1, elapsedMilliseconds: 0, rate: 0, etaSeconds: null };
  const held = status({ hold: EVIL });
  for (const line of [renderPlain(held, facts), renderLive(held, facts, 1000)]) {
    assertSafe(line, "the live line");
  }
});

Deno.test("no text of a cluster, an item or a log reaches the terminal raw: beginning and end", () => {
  const facts = {
    wallMilliseconds: 1e6,
    logdir: EVIL,
    retryCommand: retryLine([EVIL]),
    isLocal: false,
    resumeCommand: shellLine([EVIL]),
    openCommand: null,
  };
  const failures = [{
    reason: EVIL,
    count: 1,
    names: [EVIL],
    log: { file: EVIL, lines: [EVIL, EVIL.slice(0, 40)] },
  }];
  const shown = (changes: Parameters<typeof outcome>[0], groups: typeof failures = []) =>
    renderSummary({ ...facts, failures: groups, outcome: outcome(changes) });
  const open = [{ name: EVIL, reason: EVIL }];
  const cancelled = {
    ...{ succeeded: 0, failed: 0, retried: 0, cut: 0, unstarted: 0, leftover: 0, isInterrupted: false },
    left: open,
  };
  for (
    const lines of [
      shown({ open, incompleteLogs: 1, unprovenLogs: 1, status: status({ failed: 1 }) }, failures),
      shown({ kind: "halted", why: EVIL }),
      shown({ kind: "interrupted", status: status({ waiting: 1 }) }),
      shown({ bottleneck: EVIL }),
      renderStart({
        ...{ total: 1, skipped: 1, skippedFailed: 1, maxPending: 3, isPendingAuto: false, maxRunning: 5 },
        where: EVIL,
        notes: [EVIL],
      }),
      renderCancelled(cancelled, { logdir: EVIL, again: shellLine([EVIL]) }),
    ]
  ) {
    for (const line of lines) assert.doesNotMatch(line, UNSAFE);
    assertSafe(lines.join(""), lines.join());
  }
});
