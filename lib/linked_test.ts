import assert from "node:assert/strict";
import { linkSignals } from "./linked.ts";

Deno.test("linkSignals() aborts with whichever of the others does first, for its reason, and not again", () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const linked = linkSignals(one.signal, undefined, other.signal);
  let aborts = 0;
  linked.signal.addEventListener("abort", () => aborts++);
  assert.equal(linked.signal.aborted, false);
  other.abort("the other");
  one.abort("the one");
  assert.deepEqual([linked.signal.reason, aborts], ["the other", 1]);
});

Deno.test("linkSignals() has aborted where one of the others had", () => {
  assert.equal(
    linkSignals(new AbortController().signal, AbortSignal.abort("before")).signal.reason,
    "before",
  );
});

Deno.test("linkSignals() aborts by itself, and leaves the others alone", () => {
  const other = new AbortController();
  const linked = linkSignals(other.signal);
  linked.abort("by itself");
  assert.deepEqual([linked.signal.reason, other.signal.aborted], ["by itself", false]);
  other.abort("late");
  assert.equal(linked.signal.reason, "by itself");
});

Deno.test("linkSignals() hears of nothing any more once it is released", () => {
  const other = new AbortController();
  const linked = linkSignals(other.signal);
  linked.release();
  other.abort("late");
  assert.equal(linked.signal.aborted, false);
});
