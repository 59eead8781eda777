import assert from "node:assert/strict";
import type { PodView } from "../../cluster/pod.ts";
import type { Pods } from "../../cluster/pods.ts";
import { container, pod } from "../../run/scheduler/test_pods.ts";
import { makeFakeKubelet } from "../fake_kubelet.ts";
import { makeFollowed } from "./followed.ts";
import { openSpool } from "../tape/spool.ts";
import { type StandingClock, standingClock } from "../../test_clock.ts";

const running = (uid: string) =>
  pod(uid, uid, {
    nodeName: "n",
    phase: "Running",
    containers: [container({ state: "running", startedAt: "2026-01-01T00:00:00Z" })],
  });
const ended = (uid: string): PodView => ({
  ...running(uid),
  containers: [container({ state: "terminated", exitCode: 0 })],
});

/** Logs that are followed by a clock that stands; `maxStreams` as of the transport. */
async function bench(
  maxStreams: number,
  work: (
    followed: ReturnType<typeof makeFollowed>,
    clock: StandingClock,
  ) => Promise<void>,
): Promise<void> {
  const clock = standingClock();
  const pods: Pods = { ...makeFakeKubelet().pods, maxStreams };
  const dir = await Deno.makeTempDir();
  const open = (view: PodView) => Promise.resolve(openSpool(`${dir}/${view.uid}`, false));
  const followed = makeFollowed(pods, clock, 32, open);
  try {
    await work(followed, clock);
  } finally {
    await followed.close();
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("observe() follows at once, until containers are seen to be brief: then what runs on for a second", async () => {
  await bench(500, async (followed, clock) => {
    const { signal } = new AbortController();
    for (let at = 0; at < 16; at++) {
      followed.observe(running(`u${at}`));
      assert.equal(followed.streams, 1);
      await clock.pass(300);
      followed.observe(ended(`u${at}`));
      await followed.take(ended(`u${at}`), "main", signal);
      assert.equal(followed.streams, 0);
    }
    followed.observe(running("leaving"), true);
    assert.ok(followed.has("leaving", "main"), "what it still says goes with it");
    await followed.take(ended("leaving"), "main", signal);
    followed.observe({ ...running("deleted"), deletionTimestamp: "2026-01-01T00:00:01Z" });
    assert.ok(followed.has("deleted", "main"), "so with one that somebody else deletes");
    await followed.take(ended("deleted"), "main", signal);
    followed.observe(running("brief"));
    followed.observe(running("long"));
    assert.equal(followed.streams, 0);
    await clock.pass(500);
    followed.observe(ended("brief"));
    assert.equal(await followed.take(ended("brief"), "main", signal), null);
    await clock.pass(800);
    assert.equal(followed.streams, 1);
    assert.ok(followed.has("long", "main"));
    followed.observe(ended("long"));
    followed.observe(running("next"));
    assert.ok(followed.has("next", "main"), "one that was not brief: the next is followed at once again");
  });
});

Deno.test("observe() learns nothing from containers that were taken away", async () => {
  await bench(500, async (followed, clock) => {
    for (let at = 0; at < 20; at++) {
      followed.observe({ ...running(`u${at}`), deletionTimestamp: "2026-01-01T00:00:01Z" });
      await clock.pass(100);
      followed.observe({ ...ended(`u${at}`), deletionTimestamp: "2026-01-01T00:00:01Z" });
      await followed.take(ended(`u${at}`), "main", new AbortController().signal);
    }
    followed.observe(running("next"));
    assert.ok(followed.has("next", "main"));
  });
});

Deno.test("observe() opens the cut streams of a node again, all of them, once one of them is answered", async () => {
  const clock = standingClock();
  const kubelet = makeFakeKubelet();
  const asked = new Map<string, number>();
  let isSilent = false;
  const pods: Pods = {
    ...kubelet.pods,
    log(name, options) {
      asked.set(name, (asked.get(name) ?? 0) + 1);
      if (isSilent) return Promise.resolve({ kind: "failed", message: "no route to the node" });
      return kubelet.pods.log(name, options);
    },
  };
  const dir = await Deno.makeTempDir();
  const open = (view: PodView) => Promise.resolve(openSpool(`${dir}/${view.uid}`, false));
  const followed = makeFollowed(pods, clock, 32, open);
  const names = ["a", "b", "c", "d"];
  for (const name of names) followed.observe(running(name));
  await clock.pass(100);
  isSilent = true;
  kubelet.cut();
  await clock.pass(100_000);
  const tries = () => names.map((name) => asked.get(name) ?? 0);
  const before = tries();
  await clock.pass(10_000);
  const whileSilent = tries().reduce((sum, count, at) => sum + count - (before[at] ?? 0), 0);
  assert.ok(whileSilent <= 4, `${whileSilent} requests in 10 s to a node that is silent`);
  followed.observe({ ...running("a"), deletionTimestamp: "2026-01-01T00:00:01Z" });
  const [first = 0] = tries();
  await clock.pass(20_000);
  const ofLeaving = (asked.get("a") ?? 0) - first;
  assert.ok(ofLeaving >= 9 && ofLeaving <= 13, `${ofLeaving} requests in 20 s for what will be taken away`);
  isSilent = false;
  const opened = kubelet.followed;
  await clock.pass(2_100);
  assert.equal(kubelet.followed - opened, 4);
  await followed.close();
  await Deno.remove(dir, { recursive: true });
});

Deno.test("observe() does not let streams that end at once, and others that are refused, call each other up for ever", async () => {
  const clock = standingClock();
  const kubelet = makeFakeKubelet();
  let requests = 0;
  const pods: Pods = {
    ...kubelet.pods,
    log(name) {
      requests++;
      const body = ReadableStream.from([new TextEncoder().encode("too many open files\n")]);
      return Promise.resolve(
        name === "refused" ? { kind: "failed", message: "500" } : { kind: "stream", body },
      );
    },
  };
  const dir = await Deno.makeTempDir();
  const open = (view: PodView) => Promise.resolve(openSpool(`${dir}/${view.uid}`, false));
  const followed = makeFollowed(pods, clock, 32, open);
  for (const name of ["refused", "a", "b", "c"]) followed.observe(running(name));
  await clock.pass(120_000);
  assert.ok(requests < 100, `${requests} requests in two minutes`);
  await followed.close();
  await Deno.remove(dir, { recursive: true });
});

Deno.test("observe() follows what found no room as soon as there is some", async () => {
  await bench(1, async (followed, clock) => {
    followed.observe(running("first"));
    followed.observe(running("second"));
    assert.ok(!followed.has("second", "main"));
    followed.observe(ended("first"));
    await followed.take(ended("first"), "main", new AbortController().signal);
    await clock.pass(1_500);
    assert.ok(followed.has("second", "main"));
    await followed.take(ended("second"), "main", new AbortController().signal);
    await clock.pass(1_500);
    assert.ok(!followed.has("second", "main"), "nothing is followed that nobody wants to know of");
  });
});
