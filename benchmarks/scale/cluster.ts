// A cluster on paper: an API server, a scheduler that binds one pod after the other, nodes with places, pods that take their
// time. Answers the scheduler's actions with events, at simulated time; counts what each costs.

import type { PodView } from "../../lib/cluster/pod.ts";
import type { Action, StepEvent } from "../../lib/run/scheduler/event.ts";
import { container, pod } from "../../lib/run/scheduler/test_pods.ts";
import { makeAgenda } from "./agenda.ts";

/** What is assumed; all times in milliseconds. */
export interface Assumptions {
  readonly nodes: number;
  /** Pods that fit on a node. */
  readonly places: number;
  readonly bindsPerSecond: number;
  /** From a request to the server, and from the server's change to the watch. */
  readonly wayMilliseconds: number;
  /** From the node to the start of the container. */
  readonly startMilliseconds: number;
  readonly runMilliseconds: number;
  /** CPU of one controller a pod: all that it does goes through one thread. */
  readonly clientMilliseconds: number;
}

/** What the cluster has seen. */
export interface Costs {
  posts: number;
  logs: number;
  deletes: number;
  /** Changes of pods: each is written to etcd once, and comes once over the watch. */
  changes: number;
  peakPending: number;
  peakPods: number;
}

export interface PaperCluster {
  readonly costs: Costs;
  act(action: Action, now: number): void;
  /** When something happens next. */
  next(): number;
  /** All that happens until then, as the scheduler hears of it. */
  advance(now: number): StepEvent[];
}

/** Streams that qupods follows at once; what is above is fetched at the end. */
const FOLLOWED = 500;

export function makeCluster(
  assumptions: Assumptions,
  hash: (position: number) => string,
  runId: string,
): PaperCluster {
  const { nodes, places, bindsPerSecond, wayMilliseconds: way } = assumptions;
  const agenda = makeAgenda<() => StepEvent | null>();
  const costs: Costs = { posts: 0, logs: 0, deletes: 0, changes: 0, peakPending: 0, peakPods: 0 };
  const waiting: PodView[] = [];
  let head = 0;
  const followed = new Set<string>();
  let free = nodes * places;
  let pods = 0;
  let unbound = 0;
  let schedulerFreeAt = 0;
  let clientFreeAt = 0;
  let uids = 0;
  let isBinding = false;

  /** The client's own work comes one after the other. */
  const client = (now: number, share: number): number =>
    clientFreeAt = Math.max(clientFreeAt, now) + share * assumptions.clientMilliseconds;
  const later = (at: number, happen: () => StepEvent | null) => agenda.add(at, happen);
  const tell = (at: number, pod: PodView, kind: "changed" | "gone" = "changed") => {
    costs.changes++;
    later(at + way, () => ({ kind: "watch", event: { kind, pod } }));
  };

  function bindNext(now: number): void {
    if (isBinding || head === waiting.length || free === 0) return;
    const pod = waiting[head++];
    if (pod === undefined) return;
    if (head > 4096) waiting.splice(0, head), head = 0;
    isBinding = true;
    free--;
    schedulerFreeAt = Math.max(schedulerFreeAt, now) + 1000 / bindsPerSecond;
    const at = schedulerFreeAt;
    later(at, () => {
      isBinding = false;
      unbound--;
      live({ ...pod, nodeName: `node-${pod.index % nodes}` }, at);
      bindNext(at);
      return null;
    });
  }

  function live(pod: PodView, at: number): void {
    tell(at, pod);
    const starting = at + assumptions.startMilliseconds / 2;
    later(starting, () => (tell(starting, pod), null));
    const begin = at + assumptions.startMilliseconds;
    const running: PodView = { ...pod, phase: "Running", containers: [container({ state: "running" })] };
    later(begin, () => (tell(begin, running), null));
    const end = begin + assumptions.runMilliseconds;
    const over: PodView = {
      ...running,
      phase: "Succeeded",
      containers: [container({ state: "terminated", exitCode: 0, reason: "Completed" })],
    };
    later(end, () => {
      tell(end, over);
      free++;
      bindNext(end);
      return null;
    });
  }

  return {
    costs,
    next: agenda.next,
    advance(now) {
      const events: StepEvent[] = [];
      // one after the other, as what happens may bring about more at the same moment
      for (let happen = agenda.take(now); happen !== undefined; happen = agenda.take(now)) {
        const event = happen();
        if (event !== null) events.push(event);
      }
      return events;
    },
    act(action, now) {
      if (action.kind === "create") {
        const { position, number, name } = action.attempt;
        costs.posts++;
        const at = client(now, 0.25) + way;
        later(at, () => {
          const pod = viewOf(name, `uid-${uids++}`, position, hash(position), runId);
          pods++;
          unbound++;
          costs.peakPods = Math.max(costs.peakPods, pods);
          costs.peakPending = Math.max(costs.peakPending, unbound);
          waiting.push(pod);
          tell(at, pod);
          if (free === 0) tell(at + way, { ...pod, schedulingMessage: "no node has room" });
          later(at + way, () => ({ kind: "created", position, number, outcome: { kind: "made", pod } }));
          bindNext(at);
          return null;
        });
      } else if (action.kind === "observe") {
        if (action.pod.phase !== "Running" || followed.size >= FOLLOWED || followed.has(action.pod.uid)) {
          return;
        }
        followed.add(action.pod.uid);
        costs.logs++;
      } else if (action.kind === "collect") {
        const { position, uid } = action.attempt;
        // a followed log is compared with its end, another is fetched and then compared
        costs.logs += followed.delete(uid) ? 1 : 2;
        const at = client(now, 0.5) + 2 * way;
        later(
          at,
          () => ({
            kind: "collected",
            position,
            uid,
            result: { kind: "stored", logs: [logOf(action.attempt.name)] },
          }),
        );
      } else if (action.kind === "remove") {
        const { name, position, uid } = action;
        costs.deletes++;
        const at = client(now, 0.25) + way;
        later(at, () => {
          pods--;
          const view = viewOf(name, uid, position, hash(position), runId);
          tell(at, { ...view, nodeName: "node", phase: "Succeeded" }, "gone");
          later(at + way, () => ({ kind: "removed", position, uid, outcome: "accepted" }));
          return null;
        });
      }
    },
  };
}

function logOf(name: string) {
  return { container: "main", file: `${name}.log`, bytes: 460, completeness: "proven" } as const;
}

function viewOf(name: string, uid: string, index: number, hash: string, run: string): PodView {
  return pod(name, uid, { run, index, hash });
}
