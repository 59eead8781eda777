// The scheduler against a small simulated cluster, for the tests of this room: answers are lost or late, requests land
// twice, events are skipped and doubled, lists are old when they come, the program is killed and started anew from files
// and journal. The same seed gives the same run.

import assert from "node:assert/strict";
import type { ScheduleOptions } from "../cli/options.ts";
import type { PodView } from "../cluster/pod.ts";
import type { CreateOutcome, WatchEvent } from "../cluster/pods.ts";
import { endRecord } from "./end_record.ts";
import type { Action, StepEvent } from "./scheduler/event.ts";
import { nextTick } from "./scheduler/fill.ts";
import { type Known, priorAfter } from "./ledger.ts";
import { createState, type State } from "./scheduler/state.ts";
import { isDone, step } from "./scheduler/step.ts";
import { container, pod } from "./scheduler/test_pods.ts";

/** What the server and the files have seen in the end. */
export interface Seen {
  readonly state: State;
  /** Pods that are left. */
  readonly left: readonly string[];
  /** Verdicts written, by position; a collect that is asked for again writes again. */
  readonly verdicts: ReadonlyMap<number, readonly string[]>;
  /** The most unbound pods at once, and of these such as landed after their item had moved on. */
  readonly peak: number;
  readonly ended: readonly { readonly name: string; readonly uid: string; readonly reason: string }[];
}

/** @param killRate chance of a kill, per round */
export function simulate(count: number, seed: number, schedule: ScheduleOptions, killRate = 0): Seen {
  const draw = random(seed);
  const name = (position: number) => `pod-${position}`;
  const hash = (position: number) => `hash of ${name(position)}`;
  const server = new Map<string, PodView>();
  const twins = new Set<string>();
  const verdicts = new Map<number, string[]>();
  const safe = new Set<string>();
  const journal = new Map<number, Known>();
  const ended: { name: string; uid: string; reason: string }[] = [];
  let now = 0;
  let uids = 0;
  let peak = 0;
  /** No watch event reaches the program before. */
  let watchFrom = 0;
  /** What is on its way; of it, what is on its way to the server outlives the program. */
  let later: { at: number; event?: StepEvent; land?: () => void; isImmortal?: boolean }[] = [];
  let state = start();

  function start(): State {
    const isSkipped = (position: number) => verdicts.has(position);
    const prior = new Map([...journal].filter(([position]) => !isSkipped(position)));
    const find = (text: string) => Number(text.slice(4));
    return createState({ schedule, run: "r", length: count, name, hash, find }, isSkipped, prior);
  }

  const send = (event: StepEvent, most = 50) => later.push({ at: now + draw() * most, event });
  const watch = (event: WatchEvent, most: number) => {
    for (let times = draw() < 0.05 ? 2 : 1; times > 0; times--) {
      later.push({ at: Math.max(watchFrom, now + draw() * most), event: { kind: "watch", event } });
    }
  };

  function make(position: number, attempt: number, isTwin: boolean): PodView {
    const made = pod(name(position), `uid-${uids++}`, { attempt, hash: hash(position) });
    server.set(made.name, made);
    if (isTwin) twins.add(made.uid);
    let unbound = 0;
    for (const { nodeName, uid } of server.values()) if (nodeName === "" && !twins.has(uid)) unbound++;
    peak = Math.max(peak, unbound);
    watch({ kind: "changed", pod: made }, 20);
    return made;
  }

  function create(position: number, number: number): CreateOutcome {
    const dice = draw();
    if (dice < 0.03) {
      const land = () => void (server.has(name(position)) || make(position, number, true));
      later.push({ at: now + draw() * 3_000, land, isImmortal: true });
    }
    if (dice < 0.06) return { kind: "unclear", reason: "lost" };
    if (server.has(name(position))) return { kind: "exists" };
    if (dice < 0.1) {
      return { kind: "later", reason: "busy", isQuota: dice < 0.07, retryAfterMilliseconds: null };
    }
    const made = make(position, number, false);
    // the answer itself may be lost although the pod exists
    return draw() < 0.1 ? { kind: "unclear", reason: "cut" } : { kind: "made", pod: made };
  }

  function act(action: Action): void {
    if (action.kind === "create") {
      const { position, number } = action.attempt;
      const intent = { kind: "intent", name: name(position), attempt: number, at: 0 } as const;
      if (action.isFirstSend) journal.set(position, priorAfter(journal.get(position), intent));
      send({ kind: "created", position, number, outcome: create(position, number) });
    } else if (action.kind === "look") {
      const { position, number } = action.attempt;
      send({ kind: "looked", position, number, pod: server.get(name(position)) ?? null });
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
      const view = server.get(action.name);
      const isOurs = view?.uid === action.uid;
      // a pod of an item that has its verdict may be a request that landed late: what it says is nobody's
      const isLate = verdicts.has(Number(action.name.slice(4))) && twins.has(action.uid);
      const isGivenUp = action.isForced === true && schedule.nodeLostTimeoutSeconds !== null;
      assert.ok(
        isGivenUp || safe.has(action.uid) || isLate,
        `DELETE of ${action.name} before its log was safe`,
      );
      if (isOurs) {
        server.delete(action.name);
        watch({ kind: "gone", pod: view }, 50);
      }
      const { position, uid } = action;
      send({ kind: "removed", position, uid, outcome: isOurs ? "accepted" : "gone" });
    } else if (action.kind === "record") {
      const { position, number, uid, pod, end } = action.attempt;
      const whole = { name: name(position), hash: "", index: position, attempt: number, uid, pod, end };
      const record = endRecord(whole, [], action.isFinal);
      journal.set(position, priorAfter(journal.get(position), record));
      ended.push({ name: name(position), uid, reason: end?.reason ?? "" });
    }
  }

  /** One move of the cluster itself. */
  function live(): void {
    const views = [...server.values()];
    const view = views[Math.floor(draw() * views.length)];
    if (!view || view.phase === "Succeeded" || view.phase === "Failed") return;
    const isSilent = schedule.nodeLostTimeoutSeconds !== null && view.phase === "Running" &&
      (view.isNodeLost ? draw() < 0.998 : draw() < 0.2);
    // nothing is heard of a silent node's pods but, at its beginning and end, that it is silent
    if (isSilent && view.isNodeLost) return;
    if (draw() < 0.03) {
      server.delete(view.name);
      return watch({ kind: "gone", pod: view }, 50);
    }
    const fails = Number(view.name.slice(4)) % 7 === 3;
    const next: PodView = isSilent || view.isNodeLost
      ? { ...view, isNodeLost: isSilent }
      : view.nodeName === ""
      ? { ...view, nodeName: "n" }
      : view.phase === "Pending"
      ? { ...view, phase: "Running", containers: [container({ state: "running" })] }
      : {
        ...view,
        phase: fails ? "Failed" : "Succeeded",
        containers: [container({ state: "terminated", exitCode: fails ? 3 : 0 })],
      };
    server.set(next.name, next);
    if (draw() > 0.1) watch({ kind: "changed", pod: next }, 20); // else only the next list tells
  }

  function list(): void {
    later.push({ at: now, event: { kind: "watch", event: { kind: "listing" } } });
    const take = () => {
      const event: WatchEvent = { kind: "listed", pods: [...server.values()] };
      const at = now + draw() * 100;
      if (!state.isSynced) {
        // a watch begins where its list has ended
        later = later.filter((entry) => entry.event?.kind !== "watch");
        watchFrom = at;
      }
      later.push({ at, event: { kind: "watch", event } });
    };
    later.push({ at: now + 10 + draw() * 100, land: take });
  }

  list();
  for (let round = 0; round < 200_000 && !(later.length === 0 && isDone(state, now)); round++) {
    now += 5;
    live();
    if (round % 200 === 0) list();
    if (draw() < killRate) {
      later = later.filter(({ isImmortal }) => isImmortal);
      state = start();
      list();
    }
    const due = later.filter((entry) => entry.at <= now);
    later = later.filter((entry) => entry.at > now);
    for (const { land } of due) land?.();
    const events = due.flatMap(({ event }) => event ?? []);
    for (const action of step(state, events, now)) act(action);
    if (due.length === 0 && later.length === 0 && server.size === 0 && nextTick(state, now) > now + 5) {
      now = Math.min(nextTick(state, now), now + 400_000);
    }
  }
  return { state, left: [...server.keys()], verdicts, peak, ended };
}

/** A sequence of numbers from a seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
