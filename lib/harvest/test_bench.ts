// A harvest on a fresh log directory and a kubelet of one log, for the tests of this room.

import type { Clock } from "../clock.ts";
import type { PodView } from "../cluster/pod.ts";
import { openResults } from "../results/open.ts";
import type { Results } from "../results/results.ts";
import { OPTIONS } from "../results/test_folder.ts";
import { container, pod } from "../run/scheduler/test_pods.ts";
import { type FakeKubelet, makeFakeKubelet } from "./fake_kubelet.ts";
import type { Collected, Harvest } from "./harvest.ts";
import { makeHarvest } from "./make.ts";

/** Sleeps take no time, but count. */
export function quickClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      now += milliseconds;
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
    },
  };
}

export const START = "2026-01-01T00:00:00Z";
export const running = pod("p", "u", {
  nodeName: "n",
  phase: "Running",
  containers: [container({ state: "running", startedAt: START })],
});
export const ended: PodView = {
  ...running,
  phase: "Succeeded",
  containers: [container({ state: "terminated", exitCode: 0, startedAt: START })],
};

export interface Bench {
  readonly dir: string;
  readonly kubelet: FakeKubelet;
  readonly harvest: Harvest;
  readonly results: Results;
  /** What the harvest has said. */
  readonly told: readonly string[];
  collect(pod?: PodView): Promise<Collected>;
  text(name: string): Uint8Array;
}

/** A harvest on a fresh directory; `work` is given everything, and nothing may be left under tmp if `isClean`. */
export async function bench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const kubelet = makeFakeKubelet();
  const told: string[] = [];
  {
    await using results = await open(dir);
    await using harvest = makeHarvest({
      pods: kubelet.pods,
      results,
      clock: quickClock(),
      patienceMilliseconds: 60_000,
      onTrouble: (text) => told.push(text),
    });
    const collect = (pod: PodView = ended) =>
      harvest.collect(pod, { verdict: "succeeded", reason: "r", signal: new AbortController().signal });
    await work({
      dir,
      kubelet,
      harvest,
      results,
      told,
      collect,
      text: (name) => Deno.readFileSync(`${dir}/${name}`),
    });
  }
  await Deno.remove(dir, { recursive: true });
}

export function open(dir: string): Promise<Results> {
  return openResults(dir, OPTIONS);
}

export const isVerdict = (name: string) => /\.(log|err)$/.test(name);

export const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

export function completeness(result: Collected): string {
  return result.kind === "stored" || result.kind === "lost"
    ? result.logs[0]?.completeness ?? ""
    : result.kind;
}
