import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../errors.ts";
import { type Selection, selectItems } from "./select.ts";

function indicesOf(selection: Selection): number[] {
  return Array.from({ length: selection.length }, (_, position) => selection.indexAt(position));
}

Deno.test("selectItems() takes inclusive ranges in the list's order, each item once", () => {
  const cases: [string | null, number[]][] = [
    [null, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ["0", [0]],
    ["5-7,9", [5, 6, 7, 9]],
    ["9,2-4,3-5,0", [0, 2, 3, 4, 5, 9]],
    ["0-9", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]],
    ["1,2,4", [1, 2, 4]],
    ["8-", [8, 9]],
    ["1 , 9-", [1, 9]],
  ];
  for (const [range, indices] of cases) assert.deepEqual(indicesOf(selectItems(10, range, null, 1)), indices);
  assert.deepEqual(selectItems(10, "5-7,9", null, 1).notes, ["range 5-7,9: 4 of 10 items"]);
  assert.throws(() => selectItems(10, "5-7", null, 1).indexAt(3), RangeError);
  assert.equal(selectItems(0, null, null, 1).length, 0);
});

Deno.test("selectItems() refuses ranges that do not lie within the list", () => {
  const cases: [number, string, RegExp][] = [
    [
      10,
      "5-10",
      /^Cannot take --range 5-10 as the list has no index 10: its 10 items are 0 to 9\. Write --range 5-9/,
    ],
    [10, "12", /Write --range 0-9/],
    [0, "0", /it is empty/],
    [10, "7-5", /runs backwards: `7-5`/],
    [10, "a", /what is no index: `a`/],
    [10, "10-", /no index 10/],
    [10, "99999999999999999999", /no index/],
    [10, "", /no index/],
    [10, "1,", /is no index/],
    [10, "-1", /is no index/],
  ];
  for (const [length, range, message] of cases) {
    assert.throws(() => selectItems(length, range, null, 1), (error) => {
      assert(error instanceof UsageError);
      assert.match(error.message, message);
      return true;
    });
  }
});

Deno.test("selectItems() draws a sample that its seed decides, from the range", () => {
  const first = selectItems(1000, "100-299", 20, 7);
  assert.deepEqual(indicesOf(first), indicesOf(selectItems(1000, "100-299", 20, 7)));
  assert.notDeepEqual(indicesOf(first), indicesOf(selectItems(1000, "100-299", 20, 8)));
  assert(indicesOf(first).every((index) => index >= 100 && index < 300));
  assert.equal(first.notes[1], "sample: 20 of 200 items, drawn with seed 7");
  // The numbers themselves must stay: a resumed run draws again with the seed it saved.
  assert.deepEqual(indicesOf(selectItems(100, null, 5, 42)), [18, 23, 29, 61, 93]);
});

Deno.test("selectItems() draws each item once, in order, never more than there are", () => {
  fc.assert(fc.property(fc.nat(200), fc.nat(250), fc.nat(), (length, sample, seed) => {
    const indices = indicesOf(selectItems(length, null, sample, seed));
    assert.equal(indices.length, Math.min(length, sample));
    assert.deepEqual(indices, [...new Set(indices)].sort((a, b) => a - b));
    assert(indices.every((index) => index < length));
  }));
});

Deno.test("selectItems() draws every item about equally often", () => {
  const counts = new Array<number>(10).fill(0);
  for (let seed = 0; seed < 5000; seed++) {
    for (const index of indicesOf(selectItems(10, null, 3, seed))) counts[index] = (counts[index] ?? 0) + 1;
  }
  assert(counts.every((count) => count > 1300 && count < 1700), counts.join(" "));
});
