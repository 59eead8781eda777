// Any text that an item may have, through the list reader and the template, to the pod as JSON and as YAML: it comes out
// byte for byte, and the pod's structure stays what the template's author wrote.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import type { Source } from "../../lib/cli/options.ts";
import type { ItemList } from "../../lib/items/item.ts";
import { readItems } from "../../lib/items/read.ts";
import { expand } from "../../lib/local/expand.ts";
import { compileTemplate } from "../../lib/template/compile.ts";
import type { Stamp } from "../../lib/template/template.ts";
import { yamlText } from "../../lib/template/yaml_text.ts";

const TEMPLATE = `apiVersion: v1
kind: Pod
metadata:
  name: job-{{.Index}}
  annotations:
    item: {{.Item}}
    both: 'a {{.Item}} b <<.Item>>'
spec:
  containers:
  - name: main
    image: busybox
    workingDir: "/x/{{.Item}}"
    command: [sh, -c, 'echo "$1"', sh, {{.Item}}, '{{.Item}}', "{{.Item}}"]
    args:
    - |
      first {{.Item}}
      last $(HOME) $$ $\${{.Item}}
    - >-
      folded
      {{.Item}}
    env:
    - {name: OWN, value: <<.Item>>}
    tty: true
`;

const STAMP: Stamp = { run: "r", attempt: 1, namespace: "n", hasEnv: true, timeoutSeconds: null };

/** What means something to YAML, JSON, shells, Go templates, the kubelet or a terminal. */
const TRAPS = [
  ..."{{.Item}} {{.Index}} <<.Item>> {{ }} {{if}} $(HOME) $$(A) $$ $ ${A} %s %06d \\ \\n \\u0000 \" ' ` ''' \"\"\""
    .split(" "),
  ..."yes no on off true null ~ 017 1e3 1_000 0x1F 12:30 2024-01-01 - -- --- ... ? : # & * ! | > % @ [ ] { } , ="
    .split(" "),
  "\t",
  "\u000b",
  "\u0001",
  "\u001b[31m",
  "\u007f",
  "\u0085",
  "\u00a0",
  "\u2028",
  "\u202e",
  "\ufeff",
  "\ufffd",
  "\uE000\uE001",
  "é",
  "e\u0301",
  "漢字",
  "\u{1F600}",
  " # x",
  ": y",
  " - z",
];

const piece = fc.oneof(
  fc.constantFrom(...TRAPS),
  fc.string({ unit: "grapheme" }),
  fc.string({ unit: "binary" }),
);
const text = fc.array(piece, { maxLength: 6 }).map((parts) =>
  parts.join("").toWellFormed().replaceAll("\0", "\u0001")
);

function streamOf(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      if (bytes.length > 0) controller.enqueue(bytes);
      controller.close();
    },
  });
}

function read(content: string, source: Source, isNulSeparated = false): Promise<ItemList> {
  return readItems(
    { source, format: null, isNulSeparated, range: null, sample: null },
    { stdin: streamOf(new TextEncoder().encode(content)), seed: 1 },
  );
}

/** A value with every string emptied. */
function shape(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shape);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shape(member)]));
}

const template = compileTemplate(TEMPLATE, { file: "pod.yaml", delims: null, columns: null });

/** As the kubelet hands them to the container. */
const seen = (word: string) => expand(word, new Map([["HOME", "/root"]]));

function check(list: ItemList, texts: readonly string[], usual: unknown): void {
  assert.equal(list.length, texts.length);
  for (const [at, value] of texts.entries()) {
    const item = list.at(at);
    assert.equal(item.value.text, value);
    assert.deepEqual(template.problems(item, STAMP), []);
    const json = template.manifest(item, STAMP);
    const pod = JSON.parse(json);
    assert.deepEqual(shape(pod), usual);
    const [container] = pod.spec.containers;
    assert.equal(pod.metadata.name, `job-${at}`);
    assert.equal(pod.metadata.annotations.item, value);
    assert.equal(pod.metadata.annotations.both, `a ${value} b ${value}`);
    assert.equal(container.workingDir, `/x/${value}`);
    assert.deepEqual(container.command.map(seen), ["sh", "-c", 'echo "$1"', "sh", value, value, value]);
    assert.equal(seen(container.args[0]), `first ${value}\nlast /root $ $${value}\n`);
    assert.equal(seen(container.args[1]), `folded ${value}`);
    const variables = new Map<string, string>(
      container.env.map((entry: { name: string; value: string }) => [entry.name, seen(entry.value)]),
    );
    assert.equal(variables.get("QUPODS_ITEM"), value);
    assert.equal(variables.get("OWN"), value);
    if (at % 10 === 0) assert.deepEqual(parse(yamlText(json), { version: "1.1" }), pod);
  }
}

Deno.test("10,000 items of any text reach the container byte for byte and change nothing of the pod", async () => {
  const usual = shape(
    JSON.parse(
      template.manifest((await read("x\0", { kind: "file", path: "-", isJson: false }, true)).at(0), STAMP),
    ),
  );
  const file: Source = { kind: "file", path: "-", isJson: false };
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 100, maxLength: 100 }), async (texts) => {
      const full = texts.filter((value) => value !== "");
      const unmarked = full[0]?.startsWith("\ufeff") ? full.slice(1) : full;
      check(await read(unmarked.map((value) => `${value}\0`).join(""), file, true), unmarked, usual);
    }),
    { numRuns: 50 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 50, maxLength: 50 }), async (texts) => {
      check(await read(JSON.stringify(texts), { ...file, isJson: true }), texts, usual);
      const lines = texts.map((value) => value.replace(/[\n\r]/g, " ")).filter((line) => line.trim() !== "");
      const unmarked = lines[0]?.startsWith("\ufeff") ? lines.slice(1) : lines;
      check(await read(unmarked.join("\n"), file), unmarked, usual);
    }),
    { numRuns: 50 },
  );
});
