import assert from "node:assert/strict";
import type { CancelOutcome } from "../run/cancel.ts";
import { renderCancelled } from "./cancel_summary.ts";

const facts = { logdir: "QUJOBS", again: "qupods cancel QUJOBS" };
const nothing: CancelOutcome = {
  succeeded: 0,
  failed: 0,
  retried: 0,
  cut: 0,
  unstarted: 0,
  leftover: 0,
  left: [],
  isInterrupted: false,
};

Deno.test("renderCancelled() says what was deleted, what was kept of it, and what is left", () => {
  const left = Array.from({ length: 12 }, (_, i) => ({ name: `p${i}`, reason: "bad\x1b[31m" }));
  const lines = renderCancelled({ ...nothing, succeeded: 2, cut: 3, left }, facts);
  assert.equal(lines[0], "qupods: 5 pods deleted");
  assert.ok(lines.includes("  2 had succeeded: QUJOBS/NAME.log"));
  assert.ok(lines.includes("  3 cut off while running: partial logs in QUJOBS/NAME.d, items open"));
  assert.ok(lines.includes("  left: p0: bad\\x1b[31m"));
  assert.ok(lines.includes("  … and 2 more are left"));
  assert.ok(lines.includes("  to try again: qupods cancel QUJOBS"));
  assert.equal(lines.at(-1), "  the qupods command of the run runs open items again");
});

Deno.test("renderCancelled() tells an empty cluster from an interruption", () => {
  assert.deepEqual(renderCancelled(nothing, facts), [
    "qupods: no pod of the run is in the cluster, nothing to cancel",
  ]);
  assert.match(
    renderCancelled({ ...nothing, isInterrupted: true }, facts)[0] ?? "",
    /interrupted, 0 pods deleted/,
  );
});
