// Pods that fail in all the ways a node, a template or somebody else can make them fail.

import assert from "node:assert/strict";
import { hasCluster, hasHollow, kubectl, kubectlTry } from "./cluster.ts";
import { place } from "./harness.ts";
import { held } from "./held.ts";
import { observe } from "./observe.ts";
import { light } from "./templates.ts";
import { until } from "./wait.ts";

/** One template for all: what an item does not say is harmless. */
const TEMPLATE = `
apiVersion: v1
kind: Pod
metadata: {name: "MARK-{{.name}}", labels: {e2e: MARK}}
spec:
  terminationGracePeriodSeconds: 1
  activeDeadlineSeconds: {{.deadline | default 600}}
  containers:
  - name: main
    image: '{{.image | default "busybox:1.36"}}'
    command: ["{{.command | default "sh"}}", "-c", "{{.script | default "echo fine"}}"]
    resources: {limits: {memory: 32Mi}}
    volumeMounts: [{name: map, mountPath: /map}]
    env:
    - name: FROM_MAP
      valueFrom: {configMapKeyRef: {name: '{{.map | default "kube-root-ca.crt"}}', key: ca.crt}}
  volumes: [{name: map, configMap: {name: '{{.volume | default "kube-root-ca.crt"}}'}}]
`;

Deno.test({
  name:
    "qupods gives every kind of failure its reason, its log, and no second try unless it was nobody's fault",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    await folder.write("pod.yaml", TEMPLATE);
    await folder.write(
      "items.json",
      JSON.stringify([
        { name: "ok" },
        { name: "code", script: "echo no; exit 5" },
        { name: "oom", script: "echo big; tail /dev/zero" },
        { name: "late", script: "echo slow; sleep 100", deadline: 3 },
        { name: "signal", script: "echo dies; sh -c 'kill -9 $$'; exit $?" },
        { name: "command", command: "/no/such" },
        { name: "map", map: "no-such-map" },
        { name: "image", image: "UPPER:::case" },
        { name: "pull", image: "127.0.0.1:1/none:1" },
        { name: "volume", volume: "no-such-map" },
      ]),
    );
    const end = await folder.qupods(
      [
        "-j",
        "items.json",
        "--pending-timeout",
        "20s",
        "--infra-retries",
        "0",
        "--max-pending",
        "10",
        "pod.yaml",
      ],
    );
    assert.equal(end.code, 1, end.stderr);
    assert.deepEqual(folder.verdicts(), [
      "code.err",
      "command.err",
      "image.err",
      "late.err",
      "map.err",
      "ok.log",
      "oom.err",
      "pull.err",
      "signal.err",
      "volume.err",
    ]);
    const log = (name: string) => folder.read(`QUJOBS/MARK-${name}.err`);
    assert.equal(log("code"), "no\n");
    assert.match(log("oom"), /^big\n/);
    assert.equal(log("late"), "slow\n");
    // the shell's own "Killed" comes over the other pipe: no order between the two is promised
    assert.match(log("signal"), /^dies\n/m);
    assert.match(log("command"), /^qupods: .*exit code 128.*no such file or directory/);
    assert.match(log("map"), /^qupods: CreateContainerConfigError: configmap "no-such-map" not found\n$/);
    assert.match(log("image"), /^qupods: InvalidImageName: /);
    assert.match(log("pull"), /^qupods: ErrImagePull: /);
    assert.match(log("volume"), /^qupods: ContainerCreating: nothing has started on .*kubectl describe pod/);
    assert.match(end.stderr, /exit code 137/);
    const isOneOfMany = true;
    await held("exit-code", { end, folder, item: "code", isOneOfMany });
    await held("oom", { end, folder, item: "oom", isOneOfMany });
    await held("no-command", { end, folder, item: "command", isOneOfMany });
    await held("config-missing", { end, folder, item: "map", isOneOfMany });
    await held("not-started", { end, folder, item: "volume", isOneOfMany });
    await held("image-name", { end, folder, item: "image", isOneOfMany });
    await held("image-pull", { end, folder, item: "pull", isOneOfMany });
    assert.deepEqual([...watch.uids.values()].filter((uids) => uids.length > 1), []);
    assert.deepEqual(await folder.pods(), []);
  },
});

Deno.test({
  name: "qupods stops after a few pods that all fail alike: image name, image, ConfigMap",
  ignore: !hasCluster,
  fn: async () => {
    const rows = [
      [{ image: "UPPER:::case" }, /the first 3 pods all failed alike: InvalidImageName/],
      [
        { image: "127.0.0.1:1/none:1" },
        /3 pods cannot start, all for ErrImagePull: nothing new is created.*the first 3 pods all failed alike: ErrImagePull/s,
      ],
      [
        { map: "no-such-map" },
        /3 pods cannot start, all for CreateContainerConfigError.*all failed alike: CreateContainerConfigError: configmap/s,
      ],
    ] as const;
    await Promise.all(rows.map(async ([item, words]) => {
      await using folder = await place();
      await using watch = await observe(folder.mark);
      await folder.write("pod.yaml", TEMPLATE);
      const items = Array.from({ length: 40 }, (_, index) => ({ name: `n${index}`, ...item }));
      await folder.write("items.json", JSON.stringify(items));
      const end = await folder.qupods(
        ["-j", "items.json", "--pending-timeout", "20s", "--infra-retries", "0", "--rate", "2", "pod.yaml"],
      );
      assert.match(end.stderr, words);
      if ("map" in item) await held("alike", { end, folder, item: "n0" });
      assert.equal(end.code, 3, end.stderr);
      assert.ok(watch.uids.size < 20, `${watch.uids.size} pods were made`);
      assert.ok(folder.verdicts().length >= 3);
      assert.deepEqual(await folder.pods(), []);
    }));
  },
});

Deno.test({
  name: "qupods runs an item again that was preempted, and one whose node was taken from it",
  ignore: !hasHollow,
  fn: async () => {
    await using folder = await place();
    await using watch = await observe(folder.mark);
    const { mark } = folder;
    await folder.write(
      "node.yaml",
      `
apiVersion: v1
kind: Node
metadata: {name: MARK, labels: {e2e: MARK}, annotations: {qupods.dev/hollow: "true"}}
spec: {taints: [{key: qupods.dev/hollow, effect: NoSchedule}]}
status: {addresses: [{type: Hostname, address: localhost}, {type: InternalIP, address: 127.0.0.1}]}
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: MARK}
value: 1000
preemptionPolicy: PreemptLowerPriority
---
apiVersion: v1
kind: Pod
metadata: {name: MARK-first, namespace: default, labels: {e2e: MARK-first}, annotations: {hollow/run: 4s}}
spec:
  priorityClassName: MARK
  nodeSelector: {e2e: MARK}
  tolerations: [{key: qupods.dev/hollow, operator: Exists}]
  containers: [{name: main, image: "busybox:1.36", resources: {requests: {cpu: 6k}}}]
`,
    );
    const [node, priority, pod] = folder.read("node.yaml").split("---");
    await folder.write("node.yaml", node ?? "");
    await folder.write("priority.yaml", priority ?? "");
    await folder.write("preemptor.yaml", pod ?? "");
    const make = (file: string) => kubectl("create", "-f", `${folder.path}/${file}`);
    try {
      await make("node.yaml");
      await make("priority.yaml");
      const template = light({ runSeconds: 6 }).replace("{qupods.dev/node: hollow}", "{e2e: MARK}")
        .replace("name: main,", "name: main, resources: {requests: {cpu: 6k}},");
      await folder.write("pod.yaml", template);
      const run = folder.start(["--backoff", "1s", "-v", "pod.yaml", ":::", "low"]);
      await until(async () => (await folder.pods()).some((line) => line.endsWith("Running")));
      await make("preemptor.yaml");
      await until(() => watch.uids.get(`${mark}-low`)?.length === 2);
      await until(async () => (await folder.pods()).some((line) => line.endsWith("Running")));
      await kubectl("taint", "node", mark, "e2e=gone:NoExecute");
      await until(() => watch.uids.get(`${mark}-low`)?.length === 3);
      await kubectl("taint", "node", mark, "e2e-");
      const end = await run.ended;
      assert.equal(end.code, 0, end.stderr);
      await held("preempted", { end, folder, item: "low" });
      await held("tainted", { end, folder, item: "low" });
      assert.deepEqual(folder.verdicts(), ["low.log"]);
    } finally {
      await kubectlTry("delete", "pod", `${mark}-first`, "-n", "default", "--grace-period=0", "--force");
      await kubectlTry("delete", "priorityclass", mark);
      await kubectlTry("delete", "node", mark);
    }
  },
});

Deno.test({
  name: "qupods deletes no pod whose label somebody took away, and says whose its name is",
  ignore: !hasCluster,
  fn: async () => {
    await using folder = await place();
    await folder.write("pod.yaml", light({ runSeconds: 30 }));
    const run = folder.start(["--backoff", "1s", "pod.yaml", ":::", "a"]);
    await until(async () => (await folder.pods()).some((line) => line.endsWith("Running")));
    const own = ["pods", "-A", "-l", `e2e=${folder.mark}`];
    await kubectl("label", ...own, "qupods.dev/run-");
    const end = await run.ended;
    assert.equal(end.code, 3, end.stderr);
    assert.match(
      end.stderr,
      /no verdict: \S+-a: a pod of this name exists and is not of qupods; it was not touched/,
    );
    const seen = await kubectl(
      "get",
      ...own,
      "-o",
      "jsonpath={.items[*].metadata.deletionTimestamp}{.items[*].status.phase}",
    );
    assert.match(seen, /^(Running|Succeeded)$/);
  },
});
