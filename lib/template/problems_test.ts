import assert from "node:assert/strict";
import type { Item } from "../items/item.ts";
import { compile, itemOf, json, podWith, STAMP } from "./test_template.ts";

Deno.test("problems() names the item, the place and what to write", () => {
  const long = "a".repeat(300);
  const cases: readonly [string, Item, RegExp][] = [
    [
      podWith("      args: ['{{.lr}}']"),
      itemOf("x", { rl: "1" }),
      /^list:4: pod.yaml:9:15: .*no key "lr"; did you mean .rl/,
    ],
    [
      podWith("      args: ['{{.n}}']"),
      itemOf("x", { n: json("null") }),
      /the value is null; write \| default/,
    ],
    [podWith("      tty: {{.n}}"), itemOf("x", { n: "yes" }), /tty: "yes" is not true or false/],
    [podWith("", "  priority: {{.n}}\n"), itemOf("x", { n: json("1.5") }), /"1.5" is no whole number/],
    [podWith("      resources: {limits: {cpu: '{{.n}}x'}}"), itemOf("x", { n: "1" }), /"1x" is no quantity/],
    [podWith().replace("busybox", "{{.Item}}"), itemOf("a b"), /"a b" is no image/],
    [
      podWith("", "", "  name: a-{{.Index}}\n  labels: {k: '{{.Item}}'}"),
      itemOf("a b"),
      /:5:15: metadata.labels.k: "a b" is no label value/,
    ],
    [podWith("      args: ['{{.Run}}']"), itemOf("x", { Run: "1" }), /item's key Run; write {{.Values.Run}}/],
    [
      podWith("      args: ['{{.Item}}']"),
      itemOf("x".repeat(131_072)),
      /an argument of container main has 131073/,
    ],
    [
      podWith(`      args: ['${"漢".repeat(44_000)}']`),
      itemOf("x"),
      /an argument of container main has 132001/,
    ],
    [podWith(), itemOf("x".repeat(131_060)), /variable QUPODS_ITEM has 131073 bytes.*use --no-env/],
    [podWith("      args: ['{{.Item | printf \"%d\"}}']"), itemOf("x"), /"x" is no whole number/],
    [podWith("      args: ['{{.Item | printf \"%.1f\"}}']"), itemOf("x"), /"x" is no number/],
    [podWith("      args: ['{{.3}}']"), itemOf("x"), /has 2 parts/],
    [
      podWith("      args: ['{{.learningrate}}']"),
      itemOf("x", { "learning rate": "1" }),
      /did you mean \.Values\["learning rate"\]\?/,
    ],
    [podWith("", "", "  name: '{{.Item}}'"), itemOf("A_b"), /pod name "A_b" .*{{.Item \| slug}}/],
    [podWith("", "", "  name: '{{.Item}}'"), itemOf("a.".repeat(8_000_000) + "!"), /16000001 characters/],
    [podWith("", "", "  name: '{{.Item}}'"), itemOf(long), /300 characters.*room for 210/],
    [podWith("      args: ['{{.Item}}']"), itemOf("x".repeat(1_100_000)), /the API server takes 1048576/],
    [podWith("      args: ['{{.Item}}']"), itemOf("a\0b"), /NUL/],
    [podWith(), itemOf("x", { "a-b": "1", "a.b": "2" }), /would both be the variable QUPODS_VALUE_A_B/],
  ];
  for (const [text, item, message] of cases) {
    const template = compile(text);
    const found = template.problems(item, STAMP);
    assert.equal(found.length, 1, found.join("\n"));
    assert.match(template.hash(item), /^[0-9a-f]{64}$/, "what is wrong is told by problems() alone");
    assert.match(found[0] ?? "", message);
    assert.ok(found[0]?.startsWith("list:4: "));
  }
});

Deno.test("problems() tells all that is wrong with an item", () => {
  const text = podWith("      args: ['{{.gone}}']\n", "", "  name: a-{{.Item}}\n  labels: {k: '{{.Item}}'}");
  const found = compile(text.replace("busybox", "{{.Item}}")).problems(itemOf("B c"), STAMP);
  assert.equal(found.length, 4, found.join("\n"));
  for (const part of [/no key "gone"/, /no label value/, /is no image/, /pod name "a-B c"/]) {
    assert.ok(found.some((line) => part.test(line)), String(part));
  }
});

Deno.test("problems() looks at what is made of the pod's name, if there is one", () => {
  const named = (name: string) => compile(podWith("", "", `  name: ${name}\n  labels: {k: 'run-{{.Name}}'}`));
  const [long, ...others] = named("{{.Item}}").problems(itemOf("n".repeat(60)), STAMP);
  assert.match(long ?? "", /"run-n{60}" is no label value/);
  assert.deepEqual(others, []);
  const unnamed = named('{{.Item | printf "%d"}}').problems(itemOf("x"), STAMP);
  assert.equal(unnamed.length, 1, unnamed.join("\n"));
});

Deno.test("problems() finds nothing wrong with what the server takes", () => {
  const rows: readonly [string, Item][] = [
    [podWith("      args: ['{{.Item}}']"), itemOf("x".repeat(131_059))],
    [podWith("      args: ['{{.Item}}']"), itemOf("$".repeat(131_059))],
    [podWith("      tty: {{.n}}"), itemOf("x", { n: json("null") })],
    [podWith("      tty: {{.n}}"), itemOf("x", { n: "false" })],
    [podWith("", "  activeDeadlineSeconds: {{.n}}\n"), itemOf("x", { n: "60" })],
    [podWith("      resources: {limits: {cpu: {{.n}}, memory: '{{.n}}Gi'}}"), itemOf("x", { n: "1.5" })],
    [
      podWith(
        "",
        "  initContainers: [{name: i, image: b, restartPolicy: Always, restartPolicyRules: " +
          "[{action: Restart, exitCodes: {operator: In, values: [42]}}]}]\n",
      ),
      itemOf("x"),
    ],
    [podWith("      resources: {limits: {nvidia.com/gpu: {{.Index}}}}"), itemOf("x")],
    [podWith("", "", "  name: a-{{.Index}}\n  labels: {k: '{{.Item}}', i: {{.Index}}}"), itemOf("")],
    [podWith("", "", "  name: a-{{.Index}}\n  labels: {k: 'run-{{.Name}}'}"), itemOf("x")],
  ];
  for (const [text, item] of rows) assert.deepEqual(compile(text).problems(item, STAMP), []);
});
