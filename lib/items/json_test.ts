import assert from "node:assert/strict";
import fc from "fast-check";
import { UsageError } from "../errors.ts";
import { readJsonArray, readJsonLines } from "./json.ts";
import type { SourceText } from "./source.ts";

function sourceOf(text: string): SourceText {
  return { name: "list", bytes: new TextEncoder().encode(text) };
}

function refusal(read: (source: SourceText) => unknown, text: string): string {
  try {
    read(sourceOf(text));
  } catch (error) {
    assert(error instanceof UsageError, String(error));
    return error.message;
  }
  return "accepted";
}

Deno.test("readJsonArray() keeps types and the numbers' source text", () => {
  const list = readJsonArray(
    sourceOf('[ "a\\u00e9\\n", 1.0, 2e-5,12345678901234567890, -0, true , [1.0, "x y"] ]\n'),
  );
  const values = Array.from({ length: list.length }, (_, index) => list.at(index).value);
  assert.deepEqual(values, [
    { text: "aé\n", json: '"aé\\n"' },
    { text: "1.0", json: "1.0" },
    { text: "2e-5", json: "2e-5" },
    { text: "12345678901234567890", json: "12345678901234567890" },
    { text: "-0", json: "-0" },
    { text: "true", json: "true" },
    { text: '[1.0,"x y"]', json: '[1.0,"x y"]' },
  ]);
  assert.equal(list.at(2).origin, "item 3 of list");
  assert.equal(list.columns, null);
});

Deno.test("readJsonArray() makes an object's keys fields, and its key item the item", () => {
  const list = readJsonArray(sourceOf(`[
    {"lr": 1.0, "__proto__": "p", "nested": {"b" : [1.50, null], "a": " x "}, "none": null, "é": false},
    {"item": 7.0, "x": "y"},
    {}
  ]`));
  const { value, fields } = list.at(0);
  assert.equal(
    value.text,
    '{"lr":1.0,"__proto__":"p","nested":{"b":[1.50,null],"a":" x "},"none":null,"é":false}',
  );
  assert.equal(value.json, value.text);
  assert.deepEqual([...fields], [
    ["lr", { text: "1.0", json: "1.0" }],
    ["__proto__", { text: "p", json: '"p"' }],
    ["nested", { text: '{"b":[1.50,null],"a":" x "}', json: '{"b":[1.50,null],"a":" x "}' }],
    ["none", { text: "null", json: "null" }],
    ["é", { text: "false", json: "false" }],
  ]);
  assert.deepEqual(list.at(1).value, { text: "7.0", json: "7.0" });
  assert.deepEqual(list.at(2).value, { text: "{}", json: "{}" });
});

Deno.test("readJsonLines() takes a value of many megabytes in an object", () => {
  const blob = 'a\\"\\\\'.repeat(4_000_000);
  const list = readJsonLines(sourceOf(`{ "blob" : "${blob}" }\n`));
  assert.equal(list.at(0).value.text, `{"blob":"${blob}"}`);
});

Deno.test("readJsonLines() takes one value a line and drops blank lines", () => {
  const list = readJsonLines(sourceOf('{"a":1}\r\n\n  "x"  \n[1]\n3'));
  assert.deepEqual(list.notes, ["1 blank line dropped"]);
  assert.deepEqual(
    Array.from({ length: list.length }, (_, index) => [list.at(index).value.text, list.at(index).origin]),
    [['{"a":1}', "list:1"], ["x", "list:3"], ["[1]", "list:4"], ["3", "list:5"]],
  );
});

Deno.test("readJsonArray() names place, item and expectation of what is wrong", () => {
  const cases: [string, string][] = [
    ["", "list:1:1 as it is not a JSON array: it is empty. Write"],
    ['\n {"a": 1}', "list:2:2 as it is not a JSON array: no `[` stands first. Write"],
    ["[1,\n é]", "list:2:2 as JSON: a JSON value was expected, not `é` (item 2 of list)"],
    ['["é" 2]', "list:1:6 as JSON: `,` or `]` was expected, not `2` (item 1 of list)"],
    ["[1,\n2,\n]", "list:2:2 as JSON: no comma was expected behind the last entry (item 2 of list)"],
    ["[[1,]]", "list:1:4 as JSON: no comma was expected behind the last entry"],
    ["[1", "list:1:3 as JSON: `,` or `]` was expected, but it ends here (item 1"],
    ["[1] 2", "list:1:5 as JSON: nothing more was expected"],
    ["[null]", "not `null` (item 1 of list)"],
    ["[nul]", "`null` was expected"],
    ["[True]", "a JSON value was expected, not `T`"],
    ['["a]', 'list:1:2 as JSON: a closing `"` was expected'],
    ['["a\nb"]', 'a closing `"` was expected'],
    ['["\t"]', "list:1:3 as JSON: control characters"],
    ['["\\x"]', "list:1:3 as JSON: one of"],
    ['["\\u12g4"]', "four hexadecimal digits"],
    ['["\\u0000"]', "a string without NUL"],
    ['["\\ud83d"]', "whole characters were expected"],
    ["[007]", "no leading zero"],
    ["[1.]", "a digit after `.` was expected, not `]`"],
    ["[-]", "a digit after `-`"],
    ["[1e+]", "a digit in the exponent"],
    ["[.5]", "a JSON value was expected, not `.`"],
    ["['a']", "a JSON value was expected, not `'`"],
    ["[NaN]", "not `N`"],
    ["[{a: 1}]", 'a key in `"` was expected, not `a`'],
    ['[{"a" 1}]', "`:` was expected, not `1`"],
    ['[{"a": 1,}]', "list:1:9 as JSON: no comma was expected behind the last entry"],
    ['[{"a": 1 "b"}]', "`,` or `}` was expected"],
    ['[1, {"a": 1, "\\u0061": 2}]', 'the key "a" stands twice in one object (item 2 of list)'],
    ['[{"x": {"é": 1, "é": 2}}]', 'the key "é" stands twice'],
    ['[{"__proto__": 1, "__proto__": 2}]', 'the key "__proto__" stands twice'],
    ["[".repeat(100_000), "at most 500 levels"],
  ];
  for (const [text, message] of cases) {
    const found = refusal(readJsonArray, text);
    assert(found.startsWith("Cannot read ") && found.includes(message), `${text.slice(0, 40)}\n${found}`);
  }
});

Deno.test("readJsonLines() ends every value with its line", () => {
  const cases: [string, string][] = [
    [
      '{\n"a": 1}',
      'list:1:2 as JSON: a key in `"` was expected, but it ends here (item 1 of list). Correct it there; jq -c . FILE',
    ],
    ["1\n\n1 2", "list:3:3 as JSON: the end of the line was expected, not `2` (item 2"],
    ["1\nabc", "list:2:1 as JSON: a JSON value was expected, not `a`"],
    ["null", "not `null`"],
    ['"a', "a closing"],
    ["tru\ne", "`true` was expected"],
  ];
  for (const [text, message] of cases) {
    const found = refusal(readJsonLines, text);
    assert(found.includes(message), `${text}\n${found}`);
  }
});

Deno.test("readJsonArray() takes just what JSON.parse takes, and means the same", () => {
  const token = fc.constantFrom(
    "[",
    "]",
    "{",
    "}",
    ",",
    ":",
    '"a"',
    '"b"',
    "1",
    "-0.5e3",
    "true",
    "nul",
    " ",
    "0",
    ".",
    "\\",
  );
  const isSame = (text: string) => {
    let parsed: unknown;
    try {
      parsed = JSON.parse(text);
    } catch {
      parsed = undefined;
    }
    const found = refusal(readJsonArray, text);
    if (!Array.isArray(parsed)) assert.notEqual(found, "accepted", text);
    else if (found !== "accepted") assert.match(found, /stands twice|half of|NUL/, text);
    else {
      const list = readJsonArray(sourceOf(text));
      assert.equal(list.length, parsed.length);
      for (const [index, entry] of parsed.entries()) {
        const { value, fields } = list.at(index);
        if (!fields.has("item")) assert.deepEqual(JSON.parse(value.json ?? ""), entry);
      }
    }
  };
  fc.assert(fc.property(fc.array(token, { maxLength: 12 }), (tokens) => isSame(`[${tokens.join("")}]`)), {
    numRuns: 1000,
  });
  fc.assert(fc.property(fc.array(fc.jsonValue().filter((value) => value !== null)), (value) => {
    isSame(JSON.stringify(value));
    isSame(JSON.stringify(value, null, 2));
  }));
});
