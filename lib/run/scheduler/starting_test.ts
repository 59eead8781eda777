import assert from "node:assert/strict";
import type { PodView } from "../../cluster/pod.ts";
import { nextTick } from "./fill.ts";
import { LEAST_STARTING } from "./starting.ts";
import type { State } from "./state.ts";
import { changed, container, listed, pod, scheduler, stored } from "./test_pods.ts";

const RUNNING: Partial<PodView> = {
  nodeName: "n",
  phase: "Running",
  containers: [container({ state: "running", startedAt: "2026-01-01T00:00:00Z" })],
};
const ENDED: Partial<PodView> = {
  nodeName: "n",
  phase: "Succeeded",
  containers: [container({ state: "terminated", exitCode: 0, startedAt: "2026-01-01T00:00:00Z" })],
};

type Say = ReturnType<typeof scheduler>["say"];
const see = (name: string, view: Partial<PodView>) => changed(pod(name, `uid-${name}`, view));

/** The scheduler binds all that is sent, at once, until nothing more is. */
function bindAll(state: State, say: Say, now: number): number {
  for (let round = 0; round < 10_000; round++) {
    const sent = [...state.attempts.values()].filter(({ phase }) => phase === "creating");
    if (sent.length === 0) break;
    say(now, ...sent.map(({ name }) => see(name, { nodeName: "n" })));
  }
  return bound(state).length;
}

/** They end, and their logs and the answers to their DELETE come at once. */
function end(say: Say, names: readonly string[], now: number): void {
  say(now, ...names.map((name) => see(name, ENDED)));
  for (const name of names) {
    const position = Number(name.slice(4));
    say(now, stored(position, `uid-${name}`));
    say(now, { kind: "removed", position, uid: `uid-${name}`, outcome: "gone" });
  }
}

function bound(state: State): string[] {
  return [...state.attempts.values()].filter(({ phase }) => phase === "bound").map(({ name }) => name);
}

Deno.test("nodes that start nothing get 500 pods, and it is said what is waited for", () => {
  const { state, say } = scheduler(5_000, { maxPending: 64 });
  say(0, listed());
  const count = bindAll(state, say, 10);
  assert.ok(count >= LEAST_STARTING && count < LEAST_STARTING + 64, `${count} bound`);
  assert.match(state.holdReason, /^nodes have 5\d\d pods to start$/);
  say(5_010);
  assert.equal(state.meter.held.starting, 5_000);
});

Deno.test("each pod that starts makes room for another one", () => {
  const { state, say } = scheduler(5_000, { maxPending: 64 });
  say(0, listed());
  const over = bindAll(state, say, 10) - LEAST_STARTING;
  const some = bound(state).slice(0, over + 1);
  const words = say(1_000, ...some.map((name) => see(name, RUNNING)));
  assert.equal(words.filter((word) => word.startsWith("create")).length, 64);
});

Deno.test("a fleet of pods that run for hours, and whose images take a minute, doubles as often", () => {
  const { state, say } = scheduler(50_000, { maxPending: 64 });
  say(0, listed());
  const sizes = [];
  for (let minute = 0; minute < 6; minute++) {
    bindAll(state, say, minute * 60_000);
    sizes.push(bound(state).length);
    say(minute * 60_000 + 59_999, ...bound(state).map((name) => see(name, RUNNING)));
  }
  for (const [minute, size] of sizes.entries()) {
    const before = sizes[minute - 1] ?? LEAST_STARTING / 2;
    assert.ok(size >= 1.75 * before && size <= 2.1 * before, `${sizes}`);
  }
});

Deno.test("pods that wait ever longer for their start do not raise the cap", () => {
  const { state, say } = scheduler(50_000, { maxPending: 64 });
  say(0, listed());
  // 50 start a second, the first of them within a second: who comes later waits for all before
  const unstarted = () => [...state.attempts.values()].filter(({ ranAt }) => ranAt === -Infinity);
  for (let second = 1; second <= 120; second++) {
    bindAll(state, say, 1_000 * second);
    say(1_000 * (second + 1), ...unstarted().slice(0, 50).map(({ name }) => see(name, RUNNING)));
  }
  assert.ok(unstarted().length < LEAST_STARTING + 64, `${unstarted().length} wait`);
});

Deno.test("a pod that an earlier call had on a node says nothing of how long a start takes", () => {
  const { state, say } = scheduler(3);
  say(0, listed(pod("pod-0", "uid-pod-0", { nodeName: "n" }), pod("pod-1", "uid-pod-1")));
  say(1_000, see("pod-1", { nodeName: "n" }));
  say(2_000, see("pod-0", RUNNING), see("pod-1", RUNNING));
  assert.deepEqual(state.meter.start, { sum: 1_000, count: 1 });
});

Deno.test("short pods on nodes that start many at once are held back no more once that is known", () => {
  // 100 a second, each 20 s from its node to its start, and over at once: 2,000 wait to be started, as a rule
  const { state, say } = scheduler(60_000, { maxPending: 10 });
  say(0, listed());
  const due: { names: string[]; at: number }[] = [];
  let least = Infinity;
  for (let now = 100; now <= 180_000; now += 100) {
    const names = [...state.attempts.values()].filter(({ phase }) => phase === "creating").map(({ name }) =>
      name
    );
    say(now, ...names.map((name) => see(name, { nodeName: "n" })));
    due.push({ names, at: now + 20_000 });
    if (due[0]?.at === now) end(say, due.shift()?.names ?? [], now);
    if (now > 130_000) least = Math.min(least, bound(state).length);
  }
  assert.ok(least >= 1_950, `${least} wait at least, after two minutes`);
});

Deno.test("pods that cannot start are no crowd: what else waits goes on after five minutes", () => {
  const { state, say } = scheduler(5_000, { maxPending: 64 });
  say(0, listed());
  bindAll(state, say, 10);
  assert.deepEqual(say(20), [], "held");
  const [first = "", ...others] = bound(state);
  say(30, see(first, RUNNING));
  assert.ok(nextTick(state, 30) <= 300_010, "it wakes by itself");
  const words = say(300_011);
  assert.equal(words.filter((word) => word.startsWith("create")).length, 64);
  assert.ok(others.length >= LEAST_STARTING - 1);
});

Deno.test("images that cannot be pulled are no crowd", () => {
  const { state, say } = scheduler(5_000, { maxPending: 64 });
  say(0, listed());
  bindAll(state, say, 10);
  const [first = "", ...others] = bound(state);
  const containers = [container({ reason: "ImagePullBackOff", message: "Back-off pulling image" })];
  say(20, ...others.map((name) => see(name, { nodeName: "n", containers })));
  assert.match(state.holdReason, /cannot start, all for ErrImagePull/);
  say(30, see(first, RUNNING));
  assert.equal(state.holdReason, "");
});

Deno.test("a number given for --max-running is taken as it is", () => {
  const { state, say } = scheduler(5_000, { maxPending: 64, maxRunning: 3_000 });
  say(0, listed());
  assert.equal(bindAll(state, say, 10), 3_000);
});

Deno.test("at the end of the list nothing is held, whatever waits", () => {
  const { state, say } = scheduler(LEAST_STARTING, { maxPending: 64 });
  say(0, listed());
  assert.equal(bindAll(state, say, 10), LEAST_STARTING);
  assert.equal(state.holdReason, "");
});
