import assert from "node:assert/strict";
import { systemClock } from "../lib/clock.ts";
import { openScripted, type PodScript, type ScriptedCluster } from "./scripted_kubelet.ts";

const PODS = "/api/v1/namespaces/ns/pods";

function manifest(name: string, spec: Record<string, unknown> = {}): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "main", image: "i" }], ...spec },
  });
}

/** Lets all microtasks pass. */
function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

async function play(cluster: ScriptedCluster): Promise<void> {
  await cluster.transport.fetch(PODS, { method: "POST", body: manifest("a") });
  await settle();
}

Deno.test("openScripted() lets two thousand pods pass in a moment, each seen by a watch", async () => {
  await using cluster = openScripted((_, nth) => ({ exitCode: nth % 2, log: `line ${nth}\n` }), systemClock);
  const watch = await cluster.transport.fetch(`${PODS}?watch=1`, { isStream: true });
  const began = performance.now();
  for (let i = 0; i < 2000; i++) {
    await cluster.transport.fetch(PODS, { method: "POST", body: manifest(`p${i}`) });
  }
  await settle();
  let ended = 0;
  let rest = "";
  for await (const text of (watch.body ?? new ReadableStream()).pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (/"phase":"(Succeeded|Failed)"/.test(line)) ended++;
    if (ended >= 2000) break;
  }
  assert.equal(ended, 2000);
  assert.ok(performance.now() - began < 5000);
  assert.equal(await (await cluster.transport.fetch(`${PODS}/p7/log`)).text(), "line 7\n");
});

for (
  const [what, script, expected] of [
    ["evicted", { phase: "Failed", reason: "Evicted", exitCode: 137 }, ["Failed", "Evicted", "Error", 137]],
    ["out of memory", { exitCode: 137, containerReason: "OOMKilled" }, [
      "Failed",
      undefined,
      "OOMKilled",
      137,
    ]],
    ["stuck", { waiting: { reason: "ErrImagePull" } }, ["Pending", undefined, "ErrImagePull", undefined]],
    ["endless", { runSeconds: Infinity }, ["Running", undefined, undefined, undefined]],
  ] as const satisfies readonly (readonly [string, PodScript, readonly unknown[]])[]
) {
  Deno.test(`openScripted() plays a pod that is ${what}`, async () => {
    await using cluster = openScripted(() => script, systemClock);
    await play(cluster);
    const { status } = cluster.store.get("ns", "a");
    const state = status.containerStatuses?.[0]?.state;
    assert.deepEqual(
      [
        status.phase,
        status.reason,
        (state?.terminated ?? state?.waiting)?.reason,
        state?.terminated?.exitCode,
      ],
      expected,
    );
  });
}

for (const vanishes of ["unbound", "running", "ended"] as const) {
  Deno.test(`openScripted() plays a pod that vanishes ${vanishes}`, async () => {
    await using cluster = openScripted(() => ({ vanishes }), systemClock);
    await play(cluster);
    assert.equal(cluster.store.size, 0);
  });
}

Deno.test("openScripted() ends a deleted pod with 143, and holds a gated one until it is released", async () => {
  await using cluster = openScripted(() => ({ runSeconds: Infinity }), systemClock);
  await play(cluster);
  const seen: (number | undefined)[] = [];
  cluster.store.listen(({ pod }) => seen.push(pod.status.containerStatuses?.[0]?.state.terminated?.exitCode));
  await cluster.transport.fetch(`${PODS}/a`, { method: "DELETE" });
  await settle();
  assert.deepEqual([cluster.store.size, seen.at(-1)], [0, 143]);
  const { pod } = cluster.store.create("ns", manifest("g", { schedulingGates: [{ name: "kueue" }] }));
  await settle();
  assert.equal(cluster.store.get("ns", "g").spec.nodeName, undefined);
  cluster.release(pod);
  await settle();
  assert.equal(cluster.store.get("ns", "g").status.phase, "Running");
  assert.deepEqual(cluster.peak, { pending: 1, running: 1 });
});

Deno.test("openScripted() sleeps its delays on the given clock", async () => {
  const sleeps: number[] = [];
  const clock = {
    ...systemClock,
    sleep: (milliseconds: number) => Promise.resolve(void sleeps.push(milliseconds)),
  };
  await using cluster = openScripted(() => ({ bindSeconds: 1, startSeconds: 2, runSeconds: 3 }), clock);
  await play(cluster);
  assert.deepEqual(sleeps, [1000, 2000, 3000]);
  assert.equal(cluster.store.get("ns", "a").status.phase, "Succeeded");
});
