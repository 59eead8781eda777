// Clusters that let pods in only sometimes, or never: quotas, limit ranges, policies, pod security.

import assert from "node:assert/strict";
import { hasCluster, kubectl, kubectlTry } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { namespace } from "./namespace.ts";
import { light } from "./templates.ts";
import { until } from "./wait.ts";

Deno.test({
  name: "qupods waits while a quota is full, says so, and gets all items through it",
  ignore: !hasCluster,
  fn: async () => {
    await using space = await namespace();
    await using folder = await place(space.as);
    const hard = "{pods: 5}";
    await space.apply(
      `apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: five, namespace: ${space.name}}\nspec: {hard: ${hard}}\n`,
    );
    await until(async () =>
      (await kubectl("get", "quota", "five", "-n", space.name, "-o", "jsonpath={.status.hard}")) !== ""
    );
    await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 2 }));
    const end = await folder.qupods(["-b", "{1..20}", "pod.yaml"]);
    await held("quota", { end, folder, item: "0" });
    assert.match(
      end.stderr,
      /quota is full, waiting for room: .*exceeded quota: five, requested: pods=1, used: pods=5/,
    );
    assert.equal(folder.verdicts().length, 20);
    // four rounds of two seconds and what the machine needs: waiting is no thirty seconds a round
    assert.ok(end.seconds < 60, `${end.seconds} s`);
    assert.deepEqual(await folder.pods(), []);
  },
});

Deno.test({
  name:
    "qupods does not wait for room that a quota never has, neither with the first pod nor with a later one",
  ignore: !hasCluster,
  fn: async () => {
    await using space = await namespace();
    await using folder = await place(space.as);
    await space.apply(
      `apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: small, namespace: ${space.name}}\n` +
        "spec: {hard: {requests.cpu: 150m}}\n",
    );
    await until(async () =>
      (await kubectl("get", "quota", "small", "-n", space.name, "-o", "jsonpath={.status.hard}")) !== ""
    );
    await folder.write(
      "pod.yaml",
      light({ name: "MARK-{{.Item}}" })
        .replace("name: main,", 'name: main, resources: {requests: {cpu: "{{.Item}}"}},'),
    );
    const first = await folder.qupods(["pod.yaml", ":::", "200m", "100m"]);
    await held("not-let-in", { end: first });
    assert.match(first.stderr, /more than the quota ever gives, requests\.cpu=200m of 150m: /);
    assert.equal(await kubectl("get", "pods", "-n", space.name, "-o", "name"), "");
    const later = await folder.qupods(["pod.yaml", ":::", "100m", "200m", "1m", "120m"]);
    await held("beyond-quota", { end: later, folder, item: "200m" });
    assert.deepEqual(
      folder.verdicts(),
      ["100m.log", "120m.log", "1m.log", "200m.err"],
    );
  },
});

for (
  const [what, labels, extra, words] of [
    [
      "a limit range",
      "",
      "{max: {memory: 10Mi}, type: Container}",
      /Forbidden: .*maximum memory usage per Container is 10Mi/,
    ],
    [
      "pod security",
      "pod-security.kubernetes.io/enforce: restricted",
      "",
      /Forbidden: .*violates PodSecurity "restricted:latest"/,
    ],
  ] as const
) {
  Deno.test({
    name: `qupods says in preflight that ${what} does not let its pods in, and creates nothing`,
    ignore: !hasCluster,
    fn: async () => {
      await using space = await namespace(undefined, labels);
      await using folder = await place(space.as);
      if (extra !== "") {
        await space.apply(
          `apiVersion: v1\nkind: LimitRange\nmetadata: {name: r, namespace: ${space.name}}\nspec: {limits: [${extra}]}\n`,
        );
      }
      await folder.write(
        "pod.yaml",
        light().replace("name: main,", "name: main, resources: {limits: {memory: 20Mi}},"),
      );
      const end = await folder.qupods(["pod.yaml", ":::", "a", "b"]);
      await held("not-let-in", { end });
      assert.match(end.stderr, words);
      assert.equal(await kubectl("get", "pods", "-n", space.name, "-o", "name"), "");
    },
  });
}

Deno.test({
  name:
    "qupods gives an item that a policy denies its verdict, with the policy's words, and goes on with the others",
  ignore: !hasCluster,
  fn: async () => {
    await using space = await namespace();
    await using folder = await place(space.as);
    await space.apply(`
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: ${space.name}}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
  validations: [{expression: "!object.metadata.name.endsWith('-no')", message: "names that end with no are \\e[31mnot wanted"}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: ${space.name}}
spec:
  policyName: ${space.name}
  validationActions: [Deny]
  matchResources: {namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${space.name}}}}
`);
    try {
      // policies take effect a few seconds after they were made
      const test = ["run", "test-no", "-n", space.name, "--image=none", "--dry-run=server"];
      await until(async () => (await kubectlTry(...test)).code !== 0);
      await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}-{{.Item}}" }));
      const end = await folder.qupods([
        "pod.yaml",
        ":::",
        "a",
        "b",
        "no",
        "c",
        "d",
        "no",
        "e",
        "f",
        "no",
        "no",
        "no",
        "g",
      ]);
      await held("denied", { end, folder, item: "2-no" });
      assert.equal(folder.verdicts().filter((name) => name.endsWith(".log")).length, 7);
      assert.equal(folder.verdicts().filter((name) => name.endsWith("-no.err")).length, 5);
      assert.match(
        folder.read("QUJOBS/MARK-2-no.err"),
        /^qupods: .*names that end with no are \x1b\[31mnot wanted\n$/,
      );
      assert.match(end.stderr, /5×? .*names that end with no are \\x1b\[…mnot wanted/);
    } finally {
      for (const kind of ["validatingadmissionpolicybinding", "validatingadmissionpolicy"]) {
        await kubectl("delete", kind, space.name);
      }
    }
  },
});

Deno.test({
  name:
    "qupods waits when its right to create pods is taken away in mid-run, and goes on when it is given back",
  ignore: !hasCluster,
  fn: async () => {
    await using space = await namespace();
    await using folder = await place(space.as);
    await folder.write("pod.yaml", light({ name: "MARK-{{.Index}}", runSeconds: 1 }));
    const run = folder.start(["-b", "{1..20}", "--rate", "3", "pod.yaml"]);
    const allow = (verbs: string) =>
      kubectl(
        ...["patch", "role", "runner", "-n", space.name, "--type=json", "-p"],
        `[{"op": "replace", "path": "/rules/0/verbs", "value": ${verbs}}]`,
      );
    await until(async () => (await folder.pods()).length > 0);
    await allow('["get", "list", "watch", "delete"]');
    await run.says(/creates are put off: Forbidden: .*cannot create resource "pods".*; trying on/);
    await allow('["create", "get", "list", "watch", "delete"]');
    const end = await run.ended;
    await held("right-taken", { end, folder, item: "0" });
    assert.equal(folder.verdicts().length, 20);
  },
});
