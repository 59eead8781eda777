import assert from "node:assert/strict";
import fc from "fast-check";
import { makeVerdicts } from "./verdict_table.ts";

const fail = (name: string): never => {
  throw new Error(`both of ${name}`);
};
const of = (lines: readonly string[]) =>
  makeVerdicts(new TextEncoder().encode(lines.map((line) => `${line}\n`).join("")), fail);

Deno.test("makeVerdicts() has just what a map of the same names has", () => {
  const name = fc.stringMatching(/^[a-z.]{1,4}$/);
  const line = fc.tuple(name, fc.constantFrom(".log", ".err", "", "/", ".log/", ".txt"));
  fc.assert(fc.property(fc.array(line, { maxLength: 60 }), fc.array(name), (lines, others) => {
    const known = new Map<string, string>();
    const kept: string[] = [];
    for (const [stem, suffix] of lines) {
      const whole = stem + suffix;
      const isVerdict = /^[^.].*\.(log|err)$/.test(whole);
      const verdict = whole.endsWith(".log") ? "succeeded" : "failed";
      if (isVerdict && (known.get(whole.slice(0, -4)) ?? verdict) !== verdict) continue;
      if (isVerdict) known.set(whole.slice(0, -4), verdict);
      kept.push(whole);
    }
    const verdicts = of(kept);
    assert.equal(verdicts.size, known.size);
    assert.deepEqual([...verdicts.names()].sort(), [...known.keys()].sort());
    for (const each of [...known.keys(), ...others]) assert.equal(verdicts.of(each), known.get(each) ?? null);
  }));
});

Deno.test("makeVerdicts() tells of a name with both verdicts, and takes no name that ends early for one", () => {
  assert.throws(() => of(["a.log", "b.log", "a.err"]), /both of a$/);
  const verdicts = of(["a.log.log", "a.log.err.log", ".log", "x.err", "é.log"]);
  assert.deepEqual(["a.log", "a", "", "x", "x.err", "a.log.err"].map(verdicts.of), [
    "succeeded",
    null,
    null,
    "failed",
    null,
    "succeeded",
  ]);
  const torn = makeVerdicts(new TextEncoder().encode("a.log\nb.log"), fail);
  assert.deepEqual([torn.size, torn.of("b")], [1, null]);
});
