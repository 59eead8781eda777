// The protobuf that qupods asks for against the JSON that everybody reads: the same pods in both forms, at the same versions,
// come to the same views. It holds the tables of lib/cluster/protobuf to the server's own.

import assert from "node:assert/strict";
import { connect } from "../../lib/cluster/connect.ts";
import { isProtobuf, readKind, readStatus } from "../../lib/cluster/answer.ts";
import { createOutcome, removeOutcome } from "../../lib/cluster/outcome.ts";
import type { ContainerView, PodView } from "../../lib/cluster/pod.ts";
import type { Answer, RequestOptions } from "../../lib/cluster/transport/transport.ts";
import { viewPod } from "../../lib/cluster/view.ts";
import { readEvents } from "../../lib/cluster/watch_events.ts";
import { MARK_ANNOTATION, RUN_LABEL } from "../../lib/marks.ts";
import { context, hasCluster, kubectl, kubectlTry } from "./cluster.ts";
import { until } from "./wait.ts";

const mark = `protobuf-${crypto.randomUUID().slice(0, 8)}`;

/** Pods in every state that can be had within seconds. */
const PODS: Readonly<Record<string, Record<string, unknown>>> = {
  fails: { containers: [box("main", "exit 3"), box("other", "sleep 2")] },
  killed: { containers: [box("main", "exit 137")] },
  initial: { initContainers: [box("first", "exit 4")], containers: [box("main", "true")] },
  sidecar: {
    initContainers: [{ ...box("proxy", "sleep 60"), restartPolicy: "Always" }],
    containers: [box("main", "echo hello; sleep 1")],
  },
  restarted: { restartPolicy: "OnFailure", containers: [box("main", "sleep 1; exit 5")] },
  odd: { containers: [{ ...box("main", "true"), image: "UPPER::case" }] },
  absent: {
    containers: [{ ...box("main", "true"), image: "nobody.invalid/nothing:1", imagePullPolicy: "Always" }],
  },
  mapless: { containers: [{ ...box("main", "true"), envFrom: [{ configMapRef: { name: "nothing" } }] }] },
  late: { activeDeadlineSeconds: 2, containers: [box("main", "sleep 60")] },
  unfit: { nodeSelector: { "qupods.dev/nowhere": "yes" }, containers: [box("main", "true")] },
  gated: { schedulingGates: [{ name: "qupods.dev/held" }], containers: [box("main", "true")] },
  leaving: { containers: [box("main", "trap '' TERM; sleep 60")], terminationGracePeriodSeconds: 5 },
};

/** How it is known that their states have been seen. */
const ENDS: Readonly<Record<string, (pod: PodView | undefined) => boolean>> = {
  fails: (pod) => main(pod)?.exitCode === 3,
  killed: (pod) => main(pod)?.exitCode === 137,
  initial: (pod) => pod?.phase === "Failed" && pod.containers[0]?.exitCode === 4,
  sidecar: (pod) => main(pod)?.exitCode === 0,
  restarted: (pod) => (main(pod)?.restarts ?? 0) > 0,
  odd: (pod) => main(pod)?.reason === "InvalidImageName",
  absent: (pod) => /^(ErrImagePull|ImagePullBackOff)$/.test(main(pod)?.reason ?? ""),
  mapless: (pod) => main(pod)?.reason === "CreateContainerConfigError",
  late: (pod) => pod?.reason === "DeadlineExceeded",
  unfit: (pod) => pod !== undefined && pod.schedulingMessage !== "",
  gated: (pod) => pod?.isGated === true,
  leaving: (pod) => pod !== undefined && pod.deletionTimestamp !== null,
};

function main(pod: PodView | undefined): ContainerView | undefined {
  return pod?.containers.find(({ name }) => name === "main");
}

function box(name: string, script: string): Record<string, unknown> {
  const env = [{ name: "QUPODS_ITEM", value: "größe $$1 ✓\tx" }, { name: "EMPTY", value: "" }];
  return { name, image: "busybox:1.36", command: ["sh", "-c", script], env };
}

function manifest(name: string, index: number): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${mark}-${name}`,
      labels: { [RUN_LABEL]: mark, empty: "" },
      annotations: { [MARK_ANNOTATION]: `${index} 1 ab main` },
      ...(name === "leaving" ? { finalizers: ["qupods.dev/held"] } : {}),
    },
    spec: { restartPolicy: "Never", terminationGracePeriodSeconds: 1, ...PODS[name] },
  });
}

async function open() {
  const link = await connect({
    kubectl: ["kubectl"],
    context,
    kubeconfig: null,
    namespace: null,
    transport: "proxy",
    requestTimeoutSeconds: 60,
    isLocal: false,
  }, null);
  const { namespace } = link;
  const transport = await link.open();
  const base = `/api/v1/namespaces/${namespace}/pods`;
  return {
    get: (path: string, options: RequestOptions = {}) => transport.fetch(base + path, options),
    async [Symbol.asyncDispose]() {
      await kubectlTry(
        "-n",
        namespace,
        "patch",
        "pod",
        `${mark}-leaving`,
        "-p",
        '{"metadata":{"finalizers":null}}',
      );
      await kubectl("-n", namespace, "delete", "pod", "-l", `${RUN_LABEL}=${mark}`, "--wait=false");
      await link[Symbol.asyncDispose]();
    },
  };
}

/** Both forms of one answer. */
const FORMS = [{}, { mayBeProtobuf: true }] as const;

Deno.test({
  name: "qupods sees in the server's protobuf what it sees in its JSON",
  ignore: !hasCluster,
  fn: async (test) => {
    await using cluster = await open();
    const selector = `labelSelector=${encodeURIComponent(`${RUN_LABEL}=${mark}`)}`;
    const both = async <T>(path: string, options: RequestOptions, read: (answer: Answer) => Promise<T>) => {
      const answers = await Promise.all(FORMS.map((form) => cluster.get(path, { ...options, ...form })));
      assert.deepEqual(answers.map(isProtobuf), [false, true], path);
      const [json, protobuf] = await Promise.all(answers.map(read));
      assert.deepEqual(protobuf, json, path);
      return json;
    };
    const listed = async (answer: Answer) => {
      const { metadata, items } = await readKind(answer, "PodList") as unknown as {
        readonly metadata: { readonly resourceVersion: string };
        readonly items: readonly unknown[];
      };
      return { version: metadata.resourceVersion, views: items.map(viewPod) };
    };

    const empty = await cluster.get(`?${selector}`, { mayBeProtobuf: true });
    const { version, views } = await listed(empty);
    assert.deepEqual(views, []);
    const watch =
      `?${selector}&watch=1&allowWatchBookmarks=true&timeoutSeconds=600&resourceVersion=${version}`;
    const watching = Promise.all(FORMS.map(async (form) => {
      const answer = await cluster.get(watch, { isStream: true, ...form });
      assert.equal(isProtobuf(answer), "mayBeProtobuf" in form);
      const events: { type: unknown; view: PodView }[] = [];
      for await (const { type, object } of readEvents(answer, () => {})) {
        // each watch is told of bookmarks in its own time
        if (type === "BOOKMARK") continue;
        const view = viewPod(object);
        events.push({ type, view });
        if (type === "DELETED" && view.name === `${mark}-gated`) break;
      }
      return events;
    }));

    await test.step("when they are made", async () => {
      for (const [index, name] of Object.keys(PODS).entries()) {
        const made = await cluster.get("", {
          method: "POST",
          body: manifest(name, index),
          mayBeProtobuf: true,
        });
        assert.ok(isProtobuf(made));
        const outcome = await createOutcome(made);
        assert.ok(outcome.kind === "made", JSON.stringify(outcome));
        assert.deepEqual([outcome.pod.name, outcome.pod.index, outcome.pod.itemText], [
          `${mark}-${name}`,
          index,
          "größe $1 ✓\tx",
        ]);
      }
    });
    await test.step("when they are refused", async () => {
      for (const body of [manifest("fails", 0), manifest("fails", 0).replace(mark, "A_b")]) {
        const outcome = await both("", { method: "POST", body }, createOutcome);
        assert.ok(outcome?.kind === "exists" || outcome?.kind === "refused", JSON.stringify(outcome));
      }
      await both(`/${mark}-nobody`, {}, readStatus);
      const body = JSON.stringify({ preconditions: { uid: "another" } });
      assert.equal(await both(`/${mark}-gated`, { method: "DELETE", body }, removeOutcome), "other");
    });
    await test.step("when they are deleted", async () => {
      const answer = await cluster.get(`/${mark}-leaving`, { method: "DELETE", mayBeProtobuf: true });
      assert.ok(isProtobuf(answer));
      assert.equal(await removeOutcome(answer), "accepted");
    });
    await test.step("whatever becomes of them", async () => {
      let missing: string[] = [];
      const areReached = async () => {
        const now = await listed(await cluster.get(`?${selector}`));
        await both(`?${selector}&resourceVersion=${now.version}&resourceVersionMatch=Exact`, {}, listed);
        const pods = new Map(now.views.map((view) => [view.name.slice(mark.length + 1), view]));
        missing = Object.keys(ENDS).filter((name) => !ENDS[name]?.(pods.get(name)));
        return missing.length === 0;
      };
      await until(areReached, 120, () => missing.join());
    });
    await test.step("event by event", async () => {
      const answer = await cluster.get(`/${mark}-gated`, { method: "DELETE" });
      assert.equal(await removeOutcome(answer), "accepted");
      const [json, protobuf] = await watching;
      assert.ok((json?.length ?? 0) > 3 * Object.keys(PODS).length);
      assert.deepEqual(protobuf, json);
    });
  },
});
