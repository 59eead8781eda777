import assert from "node:assert/strict";
import { UsageError } from "../errors.ts";
import { readBraces } from "./braces.ts";

function textsOf(pattern: string): string[] {
  const list = readBraces(pattern);
  return Array.from({ length: list.length }, (_, index) => list.at(index).value.text);
}

Deno.test("readBraces() expands as bash does", () => {
  const cases: [string, string][] = [
    ["plain", "plain"],
    ["x-{00..2}-{a,b}", "x-00-a x-00-b x-01-a x-01-b x-02-a x-02-b"],
    ["{8..10}", "8 9 10"],
    ["{08..10}", "08 09 10"],
    ["{3..1}", "3 2 1"],
    ["{0..10..5}", "0 5 10"],
    ["{0..9..4}", "0 4 8"],
    ["{10..0..-5}", "10 5 0"],
    ["{-01..1}", "-01 000 001"],
    ["{-1..1}", "-1 0 1"],
    ["{a..e..2}", "a c e"],
    ["{C..A}", "C B A"],
    ["{a,b{1..2},{x,y}z}", "a b1 b2 xz yz"],
    ["a{,b}c", "ac abc"],
    ["\\{a,b\\}\\,", "{a,b},"],
    ["{a\\,b,c\\}}", "a,b c}"],
    ["a,b", "a,b"],
    ["{7..7}", "7"],
  ];
  for (const [pattern, texts] of cases) assert.equal(textsOf(pattern).join(" "), texts, pattern);
});

Deno.test("readBraces() computes any item of a long series at once", () => {
  const list = readBraces("{0000000..0999999}{a..j}");
  assert.equal(list.length, 10_000_000);
  assert.equal(list.at(9_999_999).value.text, "0999999j");
  assert.equal(list.at(9_999_999).origin, "item 10000000 of -b");
});

Deno.test("readBraces() shows where a pattern is wrong", () => {
  const cases: [string, RegExp][] = [
    ["x{1..2", /^Cannot read -b 'x\{1\.\.2' as `\{` is never closed: character 2, .* Close it/],
    ["ab}", /`\}` closes no brace: character 3/],
    ["{a}", /`\{a\}` is neither a range nor a list/],
    ["{}", /neither/],
    ["{1...3}", /neither/],
    ["{1.5..3}", /neither/],
    ["{a..Z}", /neither/],
    ["{x,{1..}}", /character 4/],
    ["{1..5..0}", /its step is 0/],
    ["{1..99999999999999999}", /too large/],
    ["{0..9999}{0..9999}", /too many: more than 10000000/],
    ["{0..10000000}", /too many/],
  ];
  for (const [pattern, message] of cases) {
    assert.throws(() => readBraces(pattern), (error) => {
      assert(error instanceof UsageError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
