import assert from "node:assert/strict";
import { systemClock } from "../clock.ts";
import type { Pods } from "../cluster/pods.ts";
import { openResults } from "../results/open.ts";
import { OPTIONS } from "../results/test_folder.ts";
import { container, pod } from "../run/scheduler/test_pods.ts";
import { makeFakeKubelet } from "./fake_kubelet.ts";
import { makeHarvest } from "./make.ts";

const ended = (name: string) =>
  pod(name, `u-${name}`, {
    phase: "Succeeded",
    containers: [container({ state: "terminated", exitCode: 0, startedAt: "2026-01-01T00:00:00Z" })],
  });

Deno.test("a hundred logs that cannot be read do not hold up one that can", async () => {
  const dir = await Deno.makeTempDir();
  const kubelet = makeFakeKubelet();
  kubelet.write("a line\n");
  kubelet.end();
  const pods: Pods = {
    ...kubelet.pods,
    log: (name, options) =>
      name === "good"
        ? kubelet.pods.log(name, options)
        : Promise.resolve({ kind: "failed", message: "502: the node does not answer" }),
    get: (name) => Promise.resolve(ended(name)),
  };
  {
    await using results = await openResults(dir, OPTIONS);
    // sleeps that nobody ends
    const asleep = { ...systemClock, sleep: (_: number, signal?: AbortSignal) => never(signal) };
    await using harvest = makeHarvest({ pods, results, clock: asleep });
    const stop = new AbortController();
    const order = { verdict: "succeeded", reason: "", signal: stop.signal } as const;
    const stuck = Array.from({ length: 100 }, (_, nth) => harvest.collect(ended(`bad-${nth}`), order));
    const { kind } = await harvest.collect(ended("good"), order);
    assert.equal(kind, "stored");
    stop.abort();
    await Promise.allSettled(stuck);
  }
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a hundred pods that went, and whose streams stay open, do not hold up a log that can be read", async () => {
  const dir = await Deno.makeTempDir();
  const kubelet = makeFakeKubelet();
  kubelet.write("a line\n");
  const leaving = (name: string) => ({ ...ended(name), deletionTimestamp: "2026-01-01T00:00:01Z" });
  const running = (name: string) =>
    pod(name, `u-${name}`, {
      nodeName: "n",
      phase: "Running",
      containers: [container({ state: "running", startedAt: "2026-01-01T00:00:00Z" })],
    });
  const pods: Pods = {
    ...kubelet.pods,
    maxStreams: 200,
    log: (name, options) =>
      name === "good"
        ? kubelet.pods.log(name, { ...options, follow: false })
        : options.follow
        ? kubelet.pods.log(name, options)
        : Promise.resolve({ kind: "gone" }),
    get: () => Promise.resolve(null),
  };
  {
    await using results = await openResults(dir, OPTIONS);
    const asleep = { ...systemClock, sleep: (_: number, signal?: AbortSignal) => never(signal) };
    await using harvest = makeHarvest({ pods, results, clock: asleep, perNode: 200 });
    const stop = new AbortController();
    const order = { verdict: "succeeded", reason: "", signal: stop.signal } as const;
    const names = Array.from({ length: 100 }, (_, nth) => `gone-${nth}`);
    for (const name of names) harvest.observe(running(name));
    assert.equal(harvest.streams, 100);
    const stuck = names.map((name) => harvest.collect(leaving(name), order));
    const { kind } = await harvest.collect(ended("good"), order);
    assert.equal(kind, "stored");
    stop.abort();
    await Promise.allSettled(stuck);
  }
  await Deno.remove(dir, { recursive: true });
});

function never(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((_, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
}
