import assert from "node:assert/strict";
import type { PodObject } from "./pod_object.ts";
import { type Local, openLocal } from "./local.ts";

const PODS = "/api/v1/namespaces/ns/pods";

function shell(script: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { name: "main", image: "alpine", command: ["sh", "-c", script], ...more };
}

async function create(local: Local, name: string, spec: Record<string, unknown>): Promise<PodObject> {
  const body = JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name }, spec });
  const response = await local.transport.fetch(PODS, { method: "POST", body });
  assert.equal(response.status, 201);
  return await response.json();
}

/** Reads a watch until the pod is as wanted (null once it is gone). */
async function until(
  local: Local,
  name: string,
  isSo: (pod: PodObject) => boolean,
  from = "",
): Promise<PodObject | null> {
  const query = `watch=1&fieldSelector=metadata.name%3D${name}&resourceVersion=${from}&timeoutSeconds=20`;
  const { body } = await local.transport.fetch(`${PODS}?${query}`, { isStream: true });
  let rest = "";
  for await (const text of (body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const { type, object } = JSON.parse(line);
      if (type === "DELETED") return null;
      if (isSo(object)) return object;
    }
  }
  throw new Error(`${name} did not get there in time`);
}

async function finish(local: Local, name: string): Promise<PodObject> {
  const pod = await until(local, name, ({ status }) => /Succeeded|Failed/.test(status.phase));
  assert.ok(pod);
  return pod;
}

async function log(local: Local, name: string, query = ""): Promise<string> {
  return await (await local.transport.fetch(`${PODS}/${name}/log?${query}`, { isStream: true })).text();
}

Deno.test("openLocal() runs a pod's command with its env, and keeps both outputs in order", async () => {
  await using local = openLocal();
  await create(local, "a", {
    containers: [shell(`echo "$1 $GREETING"; echo err >&2; printf %s 'end $(A) $$(WHO)'`, {
      args: ["sh", "$(WHO)"],
      env: [
        { name: "WHO", value: "you" },
        { name: "GREETING", value: "hi-$(WHO)" },
        { name: "NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      ],
    })],
  });
  const pod = await finish(local, "a");
  assert.equal(pod.status.phase, "Succeeded");
  assert.equal(pod.spec.nodeName, "local");
  const end = pod.status.containerStatuses?.[0]?.state.terminated;
  assert.deepEqual([end?.exitCode, end?.reason], [0, "Completed"]);
  const text = await log(local, "a");
  assert.equal(text, "you hi-you\nerr\nend $(A) $(WHO)");
});

Deno.test("openLocal() takes what is null for what is not there, as an API server does", async () => {
  await using local = openLocal();
  const spec = {
    initContainers: null,
    volumes: null,
    schedulingGates: null,
    activeDeadlineSeconds: null,
    terminationGracePeriodSeconds: null,
    containers: [shell("echo done", { env: null, volumeMounts: null, workingDir: null, resources: null })],
  };
  const manifest = JSON.stringify({ spec });
  assert.equal(local.notes(manifest).length, 1);
  assert.deepEqual(local.problems(manifest), []);
  await create(local, "a", spec);
  const pod = await finish(local, "a");
  assert.deepEqual([pod.status.phase, pod.spec.terminationGracePeriodSeconds], ["Succeeded", 30]);
});

Deno.test("openLocal() ends a pod that a defect of its own keeps from running, and tells of that at its end", async () => {
  const hostEnv = (name: string) => {
    if (name === "BROKEN") throw new Error("no such luck");
    return Deno.env.get(name);
  };
  const local = openLocal({ hostEnv });
  const env = [{ name: "BROKEN", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }];
  await create(local, "a", { containers: [shell("true", { env })] });
  const pod = await finish(local, "a");
  assert.equal(pod.status.message, "--local cannot run it: no such luck");
  await assert.rejects(async () => await local[Symbol.asyncDispose](), /no such luck/);
});

Deno.test("openLocal() takes an empty entry of args for an empty word", async () => {
  await using local = openLocal();
  const args = JSON.parse('["sh", "a", null, "b"]');
  await create(local, "a", { containers: [shell(`printf '<%s>' "$@"`, { args })] });
  await finish(local, "a");
  assert.equal(await log(local, "a"), "<a><><b>");
});

Deno.test("openLocal() tells exit codes, signals and commands that are not there", async () => {
  await using local = openLocal();
  await create(local, "code", { containers: [shell("exit 7")] });
  await create(local, "signal", { containers: [shell("kill -9 $$$$")] });
  await create(local, "absent", {
    containers: [{ name: "main", image: "i", command: ["no-such-command-here"] }],
  });
  await create(local, "image", { containers: [{ name: "main", image: "busybox" }] });
  await create(local, "mount", {
    volumes: [{ name: "v", emptyDir: {} }],
    containers: [shell("true", { volumeMounts: [{ name: "v", mountPath: "/no/such/folder" }] })],
  });
  const ends = await Promise.all(["code", "signal", "absent", "image", "mount"].map(async (name) => {
    const { status } = await finish(local, name);
    assert.equal(status.phase, "Failed");
    return status.containerStatuses?.[0]?.state.terminated;
  }));
  assert.deepEqual(ends.map((end) => end?.exitCode), [7, 137, 128, 128, 128]);
  assert.equal(ends[1]?.signal, 9);
  assert.match(ends[2]?.message ?? "", /executable file not found/);
  assert.match(ends[3]?.message ?? "", /image busybox has no command here: .* write command:/);
  assert.match(ends[4]?.message ?? "", /mountPath \/no\/such\/folder/);
  const response = await local.transport.fetch(`${PODS}/image/log`);
  assert.equal(response.status, 400);
  assert.equal((await response.json()).message, 'container "main" in pod "image" is terminated');
});

Deno.test("openLocal() runs init containers first, in order, and stops where one fails", async () => {
  await using local = openLocal();
  const inits = [shell("echo one", { name: "one" }), shell("exit 3", { name: "two" })];
  await create(local, "good", { initContainers: inits.slice(0, 1), containers: [shell("echo main")] });
  await create(local, "bad", { initContainers: inits, containers: [shell("echo main")] });
  const good = await finish(local, "good");
  assert.equal(good.status.phase, "Succeeded");
  assert.equal(await log(local, "good", "container=one"), "one\n");
  const bad = await finish(local, "bad");
  assert.equal(bad.status.phase, "Failed");
  assert.deepEqual(bad.status.initContainerStatuses?.map(({ state }) => state.terminated?.exitCode), [0, 3]);
  assert.equal(bad.status.containerStatuses?.[0]?.state.waiting?.reason, "PodInitializing");
});

Deno.test("openLocal() stops a sidecar once the others have ended", async () => {
  await using local = openLocal();
  await create(local, "a", {
    initContainers: [{ name: "side", image: "i", command: ["sleep", "60"], restartPolicy: "Always" }],
    containers: [shell("echo done")],
  });
  const { status } = await finish(local, "a");
  assert.equal(status.phase, "Succeeded");
  assert.equal(status.initContainerStatuses?.[0]?.state.terminated?.signal, 15);
});

Deno.test("openLocal() ends a pod at its deadline, children and all", async () => {
  await using local = openLocal();
  await create(local, "a", { activeDeadlineSeconds: 1, containers: [shell("sleep 60 & sleep 60")] });
  const { status } = await finish(local, "a");
  assert.deepEqual([status.phase, status.reason], ["Failed", "DeadlineExceeded"]);
});

Deno.test("openLocal() kills a deleted pod, with SIGKILL after the grace, and then forgets it", async () => {
  await using local = openLocal();
  const { metadata } = await create(local, "a", { containers: [shell('trap "" TERM; echo up; sleep 60')] });
  await until(local, "a", ({ status }) => status.phase === "Running");
  const reader = (await local.transport.fetch(`${PODS}/a/log?follow=true`, { isStream: true })).body
    ?.getReader();
  assert.equal(new TextDecoder().decode((await reader?.read())?.value), "up\n");
  const stale = JSON.stringify({ preconditions: { resourceVersion: metadata.resourceVersion } });
  const refused = await local.transport.fetch(`${PODS}/a`, { method: "DELETE", body: stale });
  assert.deepEqual([refused.status, (await refused.json()).reason], [409, "Conflict"]);
  const body = JSON.stringify({ preconditions: { uid: metadata.uid }, gracePeriodSeconds: 1 });
  const answer = await local.transport.fetch(`${PODS}/a`, { method: "DELETE", body });
  const { metadata: { resourceVersion } }: PodObject = await answer.json();
  const states: (number | undefined)[] = [];
  const gone = await until(local, "a", ({ status }) => {
    states.push(status.containerStatuses?.[0]?.state.terminated?.exitCode);
    return false;
  }, resourceVersion);
  assert.equal(gone, null);
  assert.equal(states.at(-1), 137);
  assert.equal((await reader?.read())?.done, true);
  const after = await local.transport.fetch(`${PODS}/a`);
  assert.equal((await after.json()).reason, "NotFound");
});

Deno.test("openLocal() takes what a cluster has elsewhere from the shell, and refuses at once what is nowhere", async () => {
  const shellEnv: Record<string, string> = { PATH: Deno.env.get("PATH") ?? "", TOKEN: "from $(HOME)" };
  await using local = openLocal({ hostEnv: (name) => shellEnv[name] });
  const from = (name: string, kind: string, more = {}) => ({
    name,
    valueFrom: { [kind]: { name: "db", key: "k", ...more } },
  });
  const env = [from("TOKEN", "secretKeyRef"), from("MAY", "configMapKeyRef", { optional: true })];
  const script = 'printf "%s|%s|%s" "$TOKEN" "${MAY-unset}" "$HOSTNAME"';
  const good = { containers: [shell(script, { env })] };
  assert.deepEqual(local.problems(JSON.stringify({ spec: good })), []);
  await create(local, "good", good);
  await finish(local, "good");
  assert.equal(await log(local, "good"), "from $(HOME)|unset|good");
  const bad = {
    containers: [
      shell("true", {
        env: [from("PASSWORD", "secretKeyRef")],
        envFrom: [{ configMapRef: { name: "all" } }],
      }),
    ],
  };
  assert.deepEqual(local.problems(JSON.stringify({ spec: bad })), [
    "container main: env PASSWORD comes from Secret db: --local has none; export PASSWORD in this shell, or write value:",
    "container main: envFrom takes ConfigMap all: --local has none; write env:, or set optional: true",
  ]);
  await create(local, "bad", bad);
  assert.equal((await finish(local, "bad")).status.phase, "Failed");
});

Deno.test("openLocal() leaves no process behind when it is closed", async () => {
  const local = openLocal();
  await create(local, "a", { containers: [shell("echo $$$$; exec sleep 61")] });
  await until(local, "a", ({ status }) => status.phase === "Running");
  const reader = (await local.transport.fetch(`${PODS}/a/log?follow=true`)).body?.getReader();
  const pid = Number(new TextDecoder().decode((await reader?.read())?.value));
  await local[Symbol.asyncDispose]();
  await reader?.cancel();
  assert.throws(() => Deno.kill(-pid, "SIGCONT"));
  await assert.rejects(local.transport.fetch("/version"), { name: "TransportError" });
});

Deno.test("notes() names what is ignored, once each", async () => {
  await using local = openLocal();
  const lines = local.notes(JSON.stringify({
    spec: {
      nodeSelector: { gpu: "yes" },
      containers: [shell("true", {
        resources: { limits: { cpu: 1 } },
        volumeMounts: [{ name: "d", mountPath: "/data" }],
      })],
    },
  }));
  assert.equal(lines.length, 4);
  assert.match(lines.join("\n"), /alpine[^]*limits[^]*\/data[^]*nodeSelector/);
});
