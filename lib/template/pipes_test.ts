import assert from "node:assert/strict";
import fc from "fast-check";
import { nearest } from "./names.ts";
import { compilePipe } from "./pipes.ts";
import { PipeFault, PipeProblem } from "./printf.ts";

function pipe(name: string, text: string, ...args: string[]): string | undefined {
  return compilePipe(name, args).apply({ text })?.text;
}

Deno.test("compilePipe() does what each pipe promises", () => {
  const cases: readonly [string, string, string, ...string[]][] = [
    ["printf", "7", "000007", "%06d"],
    ["printf", "007", "7", "%d"],
    ["printf", "-7", "-07", "%03d"],
    ["printf", "255", "ff", "%x"],
    ["printf", "255", "0xFF".toUpperCase(), "%#X"],
    ["printf", "0.1", "0.100", "%.3f"],
    ["printf", "1500", "1.500000e+03", "%e"],
    ["printf", "2e-5", "2e-05", "%g"],
    ["printf", "0.5", "0.5", "%g"],
    ["printf", "ab", "   ab", "%5s"],
    ["printf", "ab", "ab   |", "%-5s|"],
    ["printf", 'a"b', '"a\\"b"', "%q"],
    ["printf", "5", "5%", "%d%%"],
    ["printf", "12345678901234567890", "12345678901234567890", "%d"],
    ["basename", "a/b.tar.gz", "b.tar.gz"],
    ["basename", "/", "/"],
    ["dirname", "a/b", "a"],
    ["dirname", "a", "."],
    ["dirname", "/a", "/"],
    ["ext", "a.d/b.tar.gz", ".gz"],
    ["ext", "a.d/b", ""],
    ["ext", ".rc", ""],
    ["noext", "a.d/b.gz", "a.d/b"],
    ["noext", "a.d/b", "a.d/b"],
    ["lower", "aB", "ab"],
    ["upper", "aB", "AB"],
    ["json", 'a"', '"a\\""'],
    ["shquote", "it's", `'it'\\''s'`],
    ["shquote", "", "''"],
    ["shquote", "a/b.c", "a/b.c"],
    ["default", "", "x", "x"],
    ["default", "y", "y", "x"],
    ["slug", "abc-1", "abc-1"],
  ];
  for (const [name, text, expected, ...args] of cases) {
    assert.equal(pipe(name, text, ...args), expected, `${name} ${text}`);
  }
});

Deno.test("default leaves a value that there is as it is", () => {
  const given = { text: "1", json: '"1"' };
  assert.equal(compilePipe("default", ["http"]).apply(given), given);
  for (const value of [null, { text: "" }, { text: "null", json: "null" }]) {
    assert.deepEqual(compilePipe("default", ["http"]).apply(value), { text: "http" });
  }
});

Deno.test("slug gives labels that differ where the values do", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.string(), (one, other) => {
    assert.match(pipe("slug", one) ?? "", /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
    assert.equal(pipe("slug", one) === pipe("slug", other), one === other);
  }));
});

Deno.test("compilePipe() refuses what it does not know, and values that do not fit", () => {
  assert.throws(() => compilePipe("printf", ["%d %d"]), PipeFault);
  assert.throws(() => compilePipe("printf", ["%y"]), PipeFault);
  assert.throws(() => compilePipe("printf", ["50%"]), PipeFault);
  assert.throws(() => compilePipe("printf", []), PipeFault);
  assert.throws(() => compilePipe("quote", []), /shquote/);
  assert.throws(() => pipe("printf", "a", "%d"), PipeProblem);
  assert.throws(() => pipe("printf", "a", "%f"), PipeProblem);
});

Deno.test("nearest() finds the word that was meant, or none", () => {
  assert.equal(nearest("Itme", ["Item", "Index"]), "Item");
  assert.equal(nearest("item", ["Item", "Index"]), "Item");
  assert.equal(nearest("zebra", ["Item", "Index"]), null);
});
