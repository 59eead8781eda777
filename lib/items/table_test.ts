import assert from "node:assert/strict";
import { UsageError } from "../errors.ts";
import type { SourceText } from "./source.ts";
import { readTable } from "./table.ts";

function sourceOf(text: string): SourceText {
  return { name: "sweep.csv", bytes: new TextEncoder().encode(text) };
}

Deno.test("readTable() makes columns fields and keeps line numbers over quoted line ends", async () => {
  const list = await readTable(sourceOf('lr , name\r\n0.10,"a\r\nb"\r\n\r\n2, x \n'), ",");
  assert.deepEqual(list.columns, ["lr", "name"]);
  assert.deepEqual(list.notes, ["1 blank line dropped"]);
  assert.deepEqual([...list.at(0).fields], [["lr", { text: "0.10" }], ["name", { text: "a\r\nb" }]]);
  assert.deepEqual(list.at(0).value, { text: '{"lr":"0.10","name":"a\\r\\nb"}' });
  assert.equal(list.at(0).origin, "sweep.csv:2");
  assert.deepEqual(list.at(1).fields.get("name"), { text: " x " });
  assert.equal(list.at(1).origin, "sweep.csv:5");
});

Deno.test("readTable() takes the column item for the item", async () => {
  const list = await readTable(sourceOf('__proto__\titem\n1\t"a\tb"\n\t\n'), "\t");
  assert.equal(list.at(0).value.text, "a\tb");
  assert.equal(list.at(0).fields.get("__proto__")?.text, "1");
  assert.equal(list.at(1).value.text, "");
  assert.equal(list.length, 2);
});

Deno.test("readTable() knows no columns of a file with nothing in it, and those of one with a header alone", async () => {
  assert.equal((await readTable(sourceOf(""), ",")).columns, null);
  assert.deepEqual((await readTable(sourceOf("a,b\n"), ",")).columns, ["a", "b"]);
});

Deno.test("readTable() names the line of what is wrong", async () => {
  const cases: [string, RegExp][] = [
    ["a,b\n1,2\n3\n", /^Cannot read sweep\.csv:3 as it has 1 value for 2 columns \(a, b\)\. Write/],
    ["a,b\n1,2,3\n", /sweep\.csv:2 as it has 3 values for 2 columns/],
    ["\na,,b\n", /sweep\.csv:2 as column 2 has no name/],
    ["a,b, a\n", /sweep\.csv:1 as columns 1 and 3 are both named a\. Rename/],
    [
      'a,b\n"1\n1",2\n3,"x\ny\n',
      /row that begins at sweep\.csv:4 as a double quote is opened but never closed/,
    ],
    ['a,b\n1,x"y\n', /begins at sweep\.csv:2 as a double quote stands within/],
    ['a,b\n1,"x"y\n', /begins at sweep\.csv:2 as text follows a closing/],
    ["a;b\n1;2\n", /sweep\.csv:1 as it is one column, and looks like several with ";" between.*tr ';' ','/],
    ["a\tb\n1\t2\n", /several with tabs between\. Write --format tsv/],
    ["a,b\r1,2\r3,4\r", /sweep\.csv:1 as its lines end in CR alone/],
  ];
  for (const [text, message] of cases) {
    await assert.rejects(readTable(sourceOf(text), ","), (error) => {
      assert(error instanceof UsageError, String(error));
      assert.match(error.message, message);
      return true;
    });
  }
});
