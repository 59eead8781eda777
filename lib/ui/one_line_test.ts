import assert from "node:assert/strict";
import fc from "fast-check";
import { clip, columnsOf, oneLine } from "./one_line.ts";

Deno.test("oneLine() shows every control instead of sending it", () => {
  const table = [
    ["plain é 漢", "plain é 漢"],
    ["\x1b[31mred", "\\x1b[31mred"],
    ["a\nb\tc\rd", "a\\nb\\tc\\x0dd"],
    ["\x9b1m", "\\x9b1m"],
    ["evil\u202etxt", "evil\\u202etxt"],
    ["\u061c", "\\u061c"],
    ["\u2028", "\\u2028"],
    ["\ud800", "\\ud800"],
  ] as const;
  for (const [text, shown] of table) assert.equal(oneLine(text), shown);
});

Deno.test("oneLine() leaves no control in any text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    assert.doesNotMatch(oneLine(text), /[\p{Cc}\p{Bidi_Control}\p{Cs}]/u);
  }));
});

Deno.test("columnsOf() counts wide characters twice and marks not at all", () => {
  assert.equal(columnsOf("abc"), 3);
  assert.equal(columnsOf("漢字"), 4);
  assert.equal(columnsOf("e\u0301"), 1);
  assert.equal(columnsOf("→ ·"), 3);
});

Deno.test("clip() never gives more columns than asked for", () => {
  assert.equal(clip("abcdef", 6), "abcdef");
  assert.equal(clip("abcdef", 4), "abc…");
  assert.equal(clip("漢字漢字", 4), "漢…");
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), fc.nat(40), (text, columns) => {
    assert.ok(columnsOf(clip(text, columns)) <= columns);
  }));
});
