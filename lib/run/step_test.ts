// The scheduler against a small simulated cluster in random order: lost answers, late watches, vanished pods, relists.
// Every law that must hold for all orders is checked at the server, not in the scheduler's own books.

import assert from "node:assert/strict";
import type { ScheduleOptions } from "../cli/options.ts";
import type { PodView } from "../cluster/pod.ts";
import type { Action, StepEvent } from "./event.ts";
import { nextTick } from "./fill.ts";
import { createState, ITEM, type Prior } from "./state.ts";
import { isDone, step } from "./step.ts";
import { container, pod, SCHEDULE } from "./test_pods.ts";

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

interface Life {
  pod: PodView;
}

/** Runs `count` items to their end under faults drawn from `seed`; returns what the server and the files saw. */
function simulate(count: number, seed: number, schedule: ScheduleOptions, prior = new Map<number, Prior>()) {
  const draw = random(seed);
  const name = (position: number) => `pod-${position}`;
  const state = createState(
    {
      schedule,
      run: "r",
      length: count,
      name,
      hash: (position) => `hash of ${name(position)}`,
      find: (text) => Number(text.slice(4)),
    },
    () => false,
    prior,
  );
  const server = new Map<string, Life>();
  const verdicts = new Map<number, string[]>();
  const safe = new Set<string>();
  const ended: { name: string; uid: string }[] = [];
  let now = 0;
  let uids = 0;
  let peak = 0;
  const later: { at: number; event: StepEvent }[] = [];
  const send = (event: StepEvent, most = 50) => later.push({ at: now + draw() * most, event });
  const countUnbound = () => {
    let unbound = 0;
    for (const { pod } of server.values()) if (pod.nodeName === "") unbound++;
    peak = Math.max(peak, unbound);
  };
  const show = (view: PodView) => send({ kind: "watch", event: { kind: "changed", pod: view } }, 20);
  const act = (action: Action): void => {
    if (action.kind === "create") {
      const { position, name, number } = action.attempt;
      const dice = draw();
      if (dice < 0.05) {
        return void send({ kind: "created", position, number, outcome: { kind: "unclear", reason: "lost" } });
      }
      if (server.has(name)) {
        return void send({ kind: "created", position, number, outcome: { kind: "exists" } });
      }
      if (dice < 0.1) {
        const outcome = {
          kind: "later",
          reason: "busy",
          isQuota: dice < 0.06,
          retryAfterMilliseconds: null,
        } as const;
        return void send({ kind: "created", position, number, outcome });
      }
      const made = pod(name, `uid-${uids++}`, { attempt: number });
      server.set(name, { pod: made });
      countUnbound();
      show(made);
      // the answer itself may be lost although the pod exists
      send({
        kind: "created",
        position,
        number,
        outcome: draw() < 0.1 ? { kind: "unclear", reason: "cut" } : { kind: "made", pod: made },
      });
    } else if (action.kind === "look") {
      const { position, name } = action.attempt;
      send({ kind: "looked", position, pod: server.get(name)?.pod ?? null });
    } else if (action.kind === "collect") {
      const { position, uid } = action.attempt;
      if (draw() < 0.05) {
        return void send({ kind: "collected", position, uid, result: { kind: "disk", reason: "full" } });
      }
      if (action.verdict !== null) {
        verdicts.set(position, [...(verdicts.get(position) ?? []), action.verdict]);
      }
      safe.add(uid);
      send({ kind: "collected", position, uid, result: { kind: "stored", logs: [] } });
    } else if (action.kind === "remove") {
      const life = server.get(action.name);
      assert.ok(safe.has(action.uid), `DELETE of ${action.name} before its log was safe`);
      const isOurs = life?.pod.uid === action.uid;
      if (life && isOurs) {
        server.delete(action.name);
        send({ kind: "watch", event: { kind: "gone", pod: life.pod } });
      }
      send({
        kind: "removed",
        position: action.position,
        uid: action.uid,
        outcome: isOurs ? "accepted" : "gone",
      });
    } else if (action.kind === "record") {
      ended.push({ name: action.attempt.name, uid: action.attempt.uid });
    }
  };
  /** One move of the cluster itself. */
  const live = () => {
    const lives = [...server.values()];
    const life = lives[Math.floor(draw() * lives.length)];
    if (!life) return;
    const { pod } = life;
    if (pod.phase === "Succeeded" || pod.phase === "Failed") return;
    if (draw() < 0.03) {
      server.delete(pod.name);
      return void send({ kind: "watch", event: { kind: "gone", pod } });
    }
    const fails = Number(pod.name.slice(4)) % 7 === 3;
    if (pod.nodeName === "") life.pod = { ...pod, nodeName: "n" };
    else if (pod.phase === "Pending") {
      life.pod = { ...pod, phase: "Running", containers: [container({ state: "running" })] };
    } else {
      life.pod = {
        ...pod,
        phase: fails ? "Failed" : "Succeeded",
        containers: [container({ state: "terminated", exitCode: fails ? 3 : 0 })],
      };
    }
    if (draw() > 0.1) show(life.pod); // else the watch skips it: the next relist must mend that
  };
  const relist = () =>
    later.push({
      at: now,
      event: { kind: "watch", event: { kind: "listed", pods: [...server.values()].map((l) => l.pod) } },
    });
  relist();
  for (let round = 0; round < 200_000 && !(later.length === 0 && isDone(state)); round++) {
    now += 5;
    live();
    if (round % 200 === 0) relist();
    // each pod's own events keep their order, as a watch does; answers come in any order
    const due = later.filter((entry) => entry.at <= now);
    for (const entry of due) later.splice(later.indexOf(entry), 1);
    for (const action of step(state, due.map((entry) => entry.event), now)) act(action);
    if (due.length === 0 && nextTick(state, now) > now + 5 && server.size === 0 && later.length === 0) {
      now = Math.min(nextTick(state, now), now + 400_000);
    }
  }
  return { state, server, verdicts, peak, ended };
}

Deno.test("step() gives every item exactly one verdict and leaves no pod, whatever is lost or late", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const { state, server, verdicts, peak } = simulate(40, seed, SCHEDULE);
    assert.equal((state.counts[ITEM.succeeded] ?? 0) + (state.counts[ITEM.failed] ?? 0), 40, `seed ${seed}`);
    for (const [position, seen] of verdicts) {
      // a collect may be asked for again after a full disk, but never for another verdict
      assert.equal(new Set(seen).size, 1, `seed ${seed}, item ${position}: ${seen}`);
    }
    assert.equal(server.size, 0, `seed ${seed}: pods left`);
    assert.ok(peak <= SCHEDULE.maxPending, `seed ${seed}: ${peak} unbound pods at the server`);
  }
});

Deno.test("step() retries application failures as often as asked and infrastructure failures apart from them", () => {
  const { state, ended } = simulate(14, 5, { ...SCHEDULE, retries: 2, infraRetries: 1000 });
  const attempts = ended.filter(({ name }) => name === "pod-3").length;
  assert.ok(attempts >= 3, `${attempts} attempts`);
  assert.equal(state.counts[ITEM.failed], 2);
});
