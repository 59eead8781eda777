// Any text that an item may have, and what is demanded of its way through the list reader and the template, to the pod as
// JSON and as YAML: it comes out byte for byte, and the pod's structure stays what the template's author wrote.

import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import type { Source } from "../../lib/cli/options.ts";
import type { ItemList } from "../../lib/items/item.ts";
import { readItems } from "../../lib/items/read.ts";
import { expand } from "../../lib/local/kubelet/expand.ts";
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

export const FILE = { kind: "file", path: "-", isJson: false } as const satisfies Source;

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
/** An item's text. */
export const text = fc.array(piece, { maxLength: 6 }).map((parts) =>
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

/** Reads a list as if it came in a pipe. */
export function read(content: string, source: Source, isNulSeparated = false): Promise<ItemList> {
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

/** The pod's tree with all scalars that the template chose emptied: no item may change it. */
export async function usualShape(): Promise<unknown> {
  const list = await read("x\0", FILE, true);
  return shape(JSON.parse(template.manifest(list.at(0), STAMP)));
}

/** @throws where an item is not in its pod as it was in the list */
export function check(list: ItemList, texts: readonly string[], usual: unknown): void {
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
