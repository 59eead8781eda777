import assert from "node:assert/strict";
import type { Item, Scalar } from "../items/item.ts";
import type { Stamp } from "./template.ts";
import { compile, itemOf, podWith, render, STAMP } from "./test_template.ts";

Deno.test("manifest() adds our marks, and variables to every container before its own", () => {
  const text = podWith(
    "      env: [{name: A, value: '$(QUPODS_ITEM)'}]",
    "  initContainers: [{name: init, image: b}]\n",
    "  name: job-{{.Index}}\n  labels: {app: x}",
  );
  const pod = render(text, itemOf("a$(B)", { "lr.max": "$$" }), { ...STAMP, timeoutSeconds: 60 });
  const env = [
    { name: "QUPODS_ITEM", value: "a$$(B)" },
    { name: "QUPODS_INDEX", value: "3" },
    { name: "QUPODS_ATTEMPT", value: "2" },
    { name: "QUPODS_RUN", value: "r1" },
    { name: "QUPODS_VALUE_LR_MAX", value: "$$$$" },
  ];
  assert.deepEqual(pod.spec.initContainers[0].env, env);
  assert.deepEqual(pod.spec.containers[0].env, [...env, { name: "A", value: "$(QUPODS_ITEM)" }]);
  assert.deepEqual(pod.metadata.labels, { app: "x", "qupods.dev/run": "r1" });
  assert.match(pod.metadata.annotations["qupods.dev/item"], /^3 2 [0-9a-f]{64} main$/);
  assert.equal(pod.metadata.namespace, "default");
  assert.equal(pod.spec.restartPolicy, "Never");
  assert.equal(pod.spec.activeDeadlineSeconds, 60);
  const bare = render(podWith(), itemOf("x"), { ...STAMP, hasEnv: false });
  assert.equal(bare.spec.containers[0].env, undefined);
});

Deno.test("manifest() doubles the dollars of values where the kubelet expands, and the author's nowhere", () => {
  const text = podWith("      args: ['$(HOME) {{.Item}} ${{.Item}}']\n      workingDir: '{{.Item}}'");
  const [container] = render(text, itemOf("(A) $(B) $$")).spec.containers;
  assert.deepEqual(container.args, ["$(HOME) (A) $$(B) $$$$ $$(A) $$(B) $$$$"]);
  assert.equal(container.workingDir, "(A) $(B) $$");
});

Deno.test("hash() depends neither on attempt nor run nor on anything added", () => {
  const template = compile(podWith("      args: ['{{.Attempt}}{{.Run}}{{.Item}}']"));
  const hashes = [1, 2].map((attempt) =>
    JSON.parse(
      template.manifest(itemOf("x"), { ...STAMP, attempt, run: `r${attempt}`, hasEnv: attempt === 1 }),
    )
      .metadata.annotations["qupods.dev/item"].split(" ")[2]
  );
  assert.deepEqual(hashes, [template.hash(itemOf("x")), template.hash(itemOf("x"))]);
  assert.notEqual(template.hash(itemOf("y")), template.hash(itemOf("x")));
});

Deno.test("hash() gives a pod and its item the hash that log directories of before hold", () => {
  const template = compile(
    `apiVersion: v1\nkind: Pod\nmetadata: {name: "a-{{.Index}}"}\n` +
      `spec: {containers: [{name: c, image: i, args: ["{{.Item}}", "{{.Run}}{{.Attempt}}"]}]}\n`,
  );
  const item = (text: string, fields: [string, Scalar][], parts: string[]): Item => ({
    index: 3,
    value: { text },
    fields: new Map(fields),
    parts,
    origin: "x",
  });
  assert.deepEqual([
    template.hash(item(`a "b"\\ \u00fc\ud83d\ude00\u0001`, [], [])),
    template.hash(item("x", [["k", { text: "v" }]], [])),
    template.hash(item("x y", [], ["x", "y"])),
  ], [
    "f337a265a92a91d2f1e6a1a9e54c17a7d741dd24124c44774be20e45814adba9",
    "76c6547bf04351700219e59ab6d3f19c58cf584775bdce948540516aba0a19f3",
    "85b184f5334cc228b0d82942c6e1b867f31a88603248c5d14087d3a22dd2d920",
  ]);
});

Deno.test("manifest() fills in each stamp, whichever came before", () => {
  const text = podWith("      args: ['{{.Attempt}}{{.Run}}{{.Item}}']");
  const stamps: Stamp[] = [
    STAMP,
    { ...STAMP, attempt: 3 },
    { ...STAMP, run: "r2" },
    { ...STAMP, namespace: "" },
    { ...STAMP, timeoutSeconds: 7 },
    { ...STAMP, hasEnv: false },
    STAMP,
  ];
  const template = compile(text);
  const found = stamps.map((stamp) => template.manifest(itemOf("x"), stamp));
  assert.deepEqual(found, stamps.map((stamp) => compile(text).manifest(itemOf("x"), stamp)));
  assert.equal(new Set(found).size, stamps.length - 1);
});

Deno.test("manifest() gives an item whose deadline is null the one of --timeout", () => {
  const text = podWith("", "  activeDeadlineSeconds: {{.t}}\n");
  const deadline = (json: string, timeoutSeconds: number | null) => {
    const item = { ...itemOf("x"), fields: new Map([["t", { text: json, json }]]) };
    return render(text, item, { ...STAMP, timeoutSeconds }).spec.activeDeadlineSeconds;
  };
  assert.deepEqual([deadline("null", 7), deadline("60", 7), deadline("null", null)], [7, 60, null]);
});

Deno.test("hash() sees an item that reaches the pod only as a variable, and not its place in the list", () => {
  const template = compile(podWith("      args: ['$(QUPODS_ITEM)']", "", "  name: job-{{.1}}"));
  const hashOf = (text: string, index: number) => template.hash({ ...itemOf(text), index });
  assert.notEqual(hashOf("x", 0), hashOf("y", 0));
  assert.equal(hashOf("x", 0), hashOf("x", 1));
});
