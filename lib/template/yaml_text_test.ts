import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { parse } from "yaml";
import { yamlText } from "./yaml_text.ts";

Deno.test("yamlText() writes a pod as people do", () => {
  const pod = {
    kind: "Pod",
    metadata: { name: "a-1", labels: { "qupods.dev/run": "x" }, annotations: {} },
    spec: {
      containers: [{
        name: "main",
        command: ["sh", "-c", 'set -e\n\necho "$A"\n'],
        args: [],
        env: [{ name: "A", value: "yes" }, { name: "B", value: "017" }, { name: "C", value: "" }],
      }],
    },
  };
  assert.equal(
    yamlText(JSON.stringify(pod)),
    `kind: Pod
metadata:
  name: a-1
  labels:
    qupods.dev/run: x
  annotations: {}
spec:
  containers:
  - name: main
    command:
    - sh
    - "-c"
    - |
      set -e

      echo "$A"
    args: []
    env:
    - name: A
      value: "yes"
    - name: B
      value: "017"
    - name: C
      value: ""
`,
  );
});

Deno.test("yamlText() keeps a number's source text", () => {
  assert.equal(
    yamlText('{"a":1.0,"b":12345678901234567890,"c":[2e-5,[1],[]]}'),
    "a: 1.0\nb: 12345678901234567890\nc:\n- 2e-5\n- - 1\n- []\n",
  );
});

/** Texts that YAML of one version or the other takes for something else. */
const TRAPS = [
  ..."yes no on off y n Y N Yes TRUE null Null ~ - -- --- ... : ? ! & * # % @ ` | > [ ] { } , ' \"".split(
    " ",
  ),
  ..."e017 E5 017 0o17 0x1F 0b11 1_000 12:30:45 2024-01-01 1e400 1e3 .5 5. +1 -1 .inf .NaN << = a:b a: a#b"
    .split(
      " ",
    ),
  " a",
  "a ",
  "a #b",
  "a: b",
  "\t",
  "\n",
  "a\n",
  "a\n\n",
  "\na",
  "a\n b",
  " a\nb",
  "a\n  \nb",
  "a\tb\n\tc\n",
  "a\r\nb",
  "a\u0085b",
  "a\u2028b\nc",
  "\ufeffa",
  "a\n---\nb",
  "a\n...\n",
  "a\n# b\n",
  "é\n漢\u{1F600}\n",
  "\u0000\u0007\u001b[31m\u007f",
];

const text = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.string({ unit: "grapheme" }),
  fc.array(fc.constantFrom(...TRAPS, " ", "\n", "a")).map((parts) => parts.join("")),
);

Deno.test("yamlText() is read back as the same, by YAML 1.1 and 1.2", () => {
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      text,
      fc.boolean(),
      fc.constant(null),
      fc.integer(),
      tie("list"),
      tie("map"),
    ),
    list: fc.array(tie("tree"), { maxLength: 3 }),
    map: fc.dictionary(text, tie("tree"), { maxKeys: 3, noNullPrototype: true }),
  }));
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom("a", "b"), tree, { noNullPrototype: true }), (value) => {
      const json = JSON.stringify(value);
      const written = yamlText(json);
      for (const version of ["1.1", "1.2"] as const) {
        assert.deepEqual(parse(written, { version }), JSON.parse(json), written);
      }
    }),
    { numRuns: 500 },
  );
});

const hasKubectl = spawnSync("kubectl", ["version", "--client"]).status === 0;

Deno.test({
  name: `kubectl reads yamlText() as it was meant${hasKubectl ? "" : " (skipped: no kubectl on PATH)"}`,
  ignore: !hasKubectl,
  fn() {
    const args = [...TRAPS, ...fc.sample(text, { numRuns: 300, seed: 1 })];
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a" },
      spec: { containers: [{ name: "a", args }] },
    };
    const { stdout, stderr } = spawnSync("kubectl", ["label", "--local", "-o", "json", "-f", "-", "a=b"], {
      input: yamlText(JSON.stringify(pod)),
      encoding: "utf8",
    });
    assert.notEqual(stdout, "", stderr);
    assert.deepEqual(JSON.parse(stdout).spec.containers[0].args, args);
  },
});
