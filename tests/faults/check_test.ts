import assert from "node:assert/strict";
import { check, type Evidence } from "./check.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const fate = { script: {}, log: bytes("all of it"), verdict: "log", mayLoseLog: false } as const;
const made = [{ uid: "u", name: "a", fate }];

function judge(files: Record<string, string>, more: Partial<Evidence> = {}): string[] {
  return check({
    names: ["a"],
    made,
    blocked: [],
    exit: 0,
    left: [],
    offences: [],
    peakUnbound: 3,
    maxPending: 3,
    read: (path) => files[path] === undefined ? null : bytes(files[path]),
    list: () => [],
    ...more,
  });
}

Deno.test("check() has nothing against a run that went well", () => {
  assert.deepEqual(judge({ "a.log": "all of it" }), []);
});

const others = { helper: bytes("help") };
const withHelper = [{ uid: "u", name: "a", fate: { ...fate, others } }];
const rotated = [{ uid: "u", name: "a", fate: { ...fate, log: bytes("1\n2\n3\n"), mayLoseLog: true } }];

Deno.test("check() takes a line that was cut, and what came after its lost rest, if it is told; not a line that never was", () => {
  const long = [{
    uid: "u",
    name: "a",
    fate: { ...fate, log: bytes("one 1\ntwo 2\nthree\n"), mayLoseLog: true },
  }];
  const told = { made: long, known: () => ["unproven"] };
  assert.deepEqual(judge({ "a.log": "one three\n" }, told), []);
  assert.equal(judge({ "a.log": "six three\n" }, told).length, 1);
  assert.equal(judge({ "a.log": "one three\n" }, { ...told, known: () => ["followed"] }).length, 1);
});

Deno.test("check() finds another container's log in the attempt's folder, and takes lines that are told to be missing", () => {
  const folders: Record<string, string[]> = { "a.d": ["1"], "a.d/1": ["helper.log"] };
  const list = (path: string) => folders[path] ?? [];
  const files = { "a.log": "all of it", "a.d/1/helper.log": "help" };
  assert.deepEqual(judge(files, { made: withHelper, list }), []);
  assert.deepEqual(
    judge({ "a.log": "1\n3\n" }, { made: rotated, known: () => ["incomplete"], exit: 3 }),
    [],
  );
});

for (
  const [what, wrong, expected] of [
    ["no verdict", judge({}), /a has 0 verdicts/],
    ["two verdicts", judge({ "a.log": "all of it", "a.err": "all of it" }), /a has 2 verdicts/],
    ["a log cut short", judge({ "a.log": "all of" }), /no log of a pod that deserves it/],
    [
      "a missing log of another container",
      judge({ "a.log": "all of it" }, { made: withHelper }),
      /a\.d does not/,
    ],
    [
      "a missing line that is not told",
      judge({ "a.log": "1\n3\n" }, { made: rotated, known: () => ["followed"] }),
      /lacks lines and is called followed/,
    ],
    [
      "a missing line of which nobody knows",
      judge({ "a.log": "1\n3\n" }, { made: rotated }),
      /lacks lines and is called nothing at all/,
    ],
    [
      "a log that is known to be incomplete, and an exit status that does not say so",
      judge({ "a.log": "1\n3\n" }, { made: rotated, known: () => ["incomplete"] }),
      /exit status 0, not 3/,
    ],
    [
      "an exit status that says that text is lost, where none is",
      judge({ "a.log": "1\n2\n3\n" }, { made: rotated, known: () => ["followed"], exit: 3 }),
      /exit status 3, not 0/,
    ],
    [
      "lines out of order",
      judge({ "a.log": "3\n1\n" }, { made: rotated, known: () => ["incomplete"], exit: 3 }),
      /no log of a pod that deserves it/,
    ],
    [
      "a stranger's log that is not told",
      judge({ "a.log": "foreign" }, {
        made: rotated,
        strangers: bytes("foreign"),
        known: () => ["proven"],
      }),
      /a\.log holds a stranger's log/,
    ],
    ["the wrong verdict", judge({ "a.err": "all of it" }, { exit: 1 }), /no log of a pod that deserves it/],
    ["a temporary file", judge({ "a.log": "all of it" }, { list: () => ["stage.1"] }), /stage\.1/],
    ["a pod that is left", judge({ "a.log": "all of it" }, { left: ["a"] }), /pods are left: a/],
    ["a cap exceeded", judge({ "a.log": "all of it" }, { peakUnbound: 4 }), /4 pods were unbound/],
    ["a wrong exit status", judge({ "a.log": "all of it" }, { exit: 1 }), /exit status 1, not 0/],
    ["an offence", judge({ "a.log": "all of it" }, { offences: ["DELETE x"] }), /DELETE x/],
    [
      "a verdict of a blocked item",
      judge({ "a.log": "all of it" }, { blocked: ["a"], exit: 3 }),
      /blocked and/,
    ],
  ] as const
) {
  Deno.test(`check() sees ${what}`, () => {
    assert.equal(wrong.length, 1, wrong.join("; "));
    assert.match(wrong[0] ?? "", expected);
  });
}
