import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { compileTemplate } from "./compile.ts";

/** A scalar as it is written, and what kubectl makes of it. */
const SCALARS: readonly [string, unknown][] = [
  ["yes", true],
  ["no", false],
  ["on", true],
  ["Off", false],
  ["y", true],
  ["n", false],
  ["true", true],
  ["~", null],
  ["null", null],
  ["", null],
  ["017", 15],
  ["0o17", 15],
  ["1_000", 1000],
  ["0b11", 3],
  ["0x1F", 31],
  ["089", 89],
  ["1.50", 1.5],
  ["1e3", 1000],
  ["12:30:45", "12:30:45"],
  ["2024-01-01", "2024-01-01"],
  ["2024-01-01T00:00:00Z", "2024-01-01T00:00:00Z"],
  ["500m", "500m"],
  ["1Gi", "1Gi"],
  ["'yes'", "yes"],
  ['"017"', "017"],
  ["!!str 17", "17"],
  ["-5", -5],
  ["+5", 5],
  [".5", 0.5],
  ["a:b", "a:b"],
  ["1e400", "1e400"],
  ["-017", -15],
  ["0O17", 15],
  ["0X1F", 31],
  ["-0b11", -3],
  ["0x_1", 1],
  ["1__0", 10],
  ["_1", "_1"],
  [".", "."],
  ["1.", 1],
  ["-0", 0],
  ["nULL", "nULL"],
  ["tRue", "tRue"],
  ["NaN", "NaN"],
  ["190:20:30", "190:20:30"],
  ["9223372036854775807", 9223372036854775807],
  ['!!int "17"', 17],
  ["!!str yes", "yes"],
  ["{yes: 1, 017: 2, 1.50: 3}", { true: 1, 15: 2, 1.5: 3 }],
  ["|\n      a\n       b\n", "a\n b\n"],
  [">-\n      a\n      b\n\n      c", "a b\nc"],
  ["'a\n      b'", "a b"],
  ['"a\\\n      b\\u00e9"', "abé"],
];

function pod(name: string): string {
  const lines = SCALARS.map(([source], at) => `    s${at}: ${source}\n`).join("");
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\nspec:\n  containers: [{name: a, image: b}]\n  x:\n${lines}`;
}

Deno.test("compileTemplate() reads scalars as kubectl does", () => {
  const template = compileTemplate(pod("a-{{.Index}}"), { file: "f", delims: null, columns: null });
  const item = { index: 0, value: { text: "" }, fields: new Map(), parts: [], origin: "l:1" };
  const stamp = { run: "r", attempt: 1, namespace: "d", hasEnv: false, timeoutSeconds: null };
  const { x } = JSON.parse(template.manifest(item, stamp)).spec;
  assert.deepEqual(x, Object.fromEntries(SCALARS.map(([, value], at) => [`s${at}`, value])));
});

const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;

Deno.test({
  name: `the table of scalars is kubectl's own${hasKubectl ? "" : " (skipped: no kubectl on PATH)"}`,
  ignore: !hasKubectl,
  fn() {
    // `label --local` prints what it read without asking a server; `create --dry-run=client` needs one.
    const { stdout, stderr } = spawnSync("kubectl", ["label", "--local", "-o", "json", "-f", "-", "a=b"], {
      input: pod("a"),
      encoding: "utf8",
    });
    assert.notEqual(stdout, "", stderr);
    const { x } = JSON.parse(stdout).spec;
    assert.deepEqual(x, Object.fromEntries(SCALARS.map(([, value], at) => [`s${at}`, value])));
  },
});
