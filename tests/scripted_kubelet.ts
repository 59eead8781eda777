// A kubelet that only plays: binds, starts and ends pods as a script says, without processes. With no delays it goes by
// microtasks, so that thousands of pods pass in a moment; delays are slept on the clock that is given.

import type { Clock } from "../lib/clock.ts";
import { makeApi } from "../lib/local/api/api.ts";
import { Logs } from "../lib/local/logs/logs.ts";
import {
  apiTime,
  isFinished,
  type PodObject,
  type PodStatus,
  withCondition,
} from "../lib/local/pod_object.ts";
import { containerStatuses, phaseOf, type Shown } from "../lib/local/kubelet/pod_status.ts";
import type { Change } from "../lib/local/store/history.ts";
import { Store } from "../lib/local/store/store.ts";
import { type LocalTransport, localTransport } from "../lib/local/transport.ts";

/** How one pod goes; everything may be left out: then it succeeds at once with an empty log. */
export interface PodScript {
  /** Seconds until it is bound; Infinity: never. */
  readonly bindSeconds?: number;
  /** Seconds from there until its containers run. */
  readonly startSeconds?: number;
  /** Seconds from there until they end; Infinity: until it is deleted. */
  readonly runSeconds?: number;
  /** Seconds it takes to go once it is deleted while it runs. */
  readonly stopSeconds?: number;
  readonly nodeName?: string;
  /** Of all containers, or by container. */
  readonly exitCode?: number | Readonly<Record<string, number>>;
  /** Of all containers, or by container. */
  readonly log?: string | Uint8Array | Readonly<Record<string, string | Uint8Array>>;
  /** Reason of the terminated state, such as `OOMKilled`. */
  readonly containerReason?: string;
  /** `status.phase`, `reason` and `message` at the end, such as `Failed`, `Evicted`. */
  readonly phase?: "Succeeded" | "Failed";
  readonly reason?: string;
  readonly message?: string;
  /** Reason of the condition DisruptionTarget. */
  readonly disruption?: string;
  /** Bound, but its containers wait for ever with this. */
  readonly waiting?: { readonly reason: string; readonly message?: string };
  /** Is taken away without being asked: before it is bound, while it runs, or once it has ended. */
  readonly vanishes?: "unbound" | "running" | "ended";
  /** Seconds from its end until then. */
  readonly lingerSeconds?: number;
  /** Never bound, and the scheduler says why. */
  readonly unschedulable?: string;
}

/** A cluster of scripted pods. */
export interface ScriptedCluster extends AsyncDisposable {
  readonly store: Store;
  readonly logs: Logs;
  readonly transport: LocalTransport;
  /** All pods ever created, in order. */
  readonly created: readonly PodObject[];
  /** The most pods that were unbound (gated ones not counted), and bound but not finished, at once. */
  readonly peak: { readonly pending: number; readonly running: number };
  /** Removes a pod's scheduling gates. */
  release(pod: PodObject): void;
}

/** Opens a cluster; `script` is asked once per created pod, `nth` counts from 0 over all pods. */
export function openScripted(
  script: (pod: PodObject, nth: number) => PodScript,
  clock: Clock,
): ScriptedCluster {
  const store = new Store({ clock });
  const logs = new Logs(clock);
  const transport = localTransport({ handle: makeApi(store, logs, clock) });
  const players = new Map<string, Player>();
  const created: PodObject[] = [];
  const end = new AbortController();
  const peak = { pending: 0, running: 0 };
  const counts = { pending: 0, running: 0 };
  const plays = new Set<Promise<void>>();
  const start = (task: () => Promise<void>) => {
    const play = Promise.resolve().then(task).catch((error: unknown) => {
      if (!end.signal.aborted) throw error;
    }).finally(() => plays.delete(play));
    plays.add(play);
  };
  store.listen(({ type, pod, before }: Change) => {
    if (before) tally(before, -1);
    if (type !== "DELETED") tally(pod, 1);
    const { uid } = pod.metadata;
    let player = players.get(uid);
    if (type === "ADDED") {
      player = new Player(pod, script(pod, created.length), store, logs, clock, end.signal);
      created.push(pod);
      players.set(uid, player);
    }
    if (type === "DELETED") {
      players.delete(uid);
      logs.drop(uid);
      return player?.cut();
    }
    if (!player) return;
    const played = player;
    if (pod.metadata.deletionTimestamp !== undefined) return start(() => played.stop());
    if (!pod.spec.schedulingGates?.length && !player.isStarted) {
      player.isStarted = true;
      start(() => played.play());
    }
  });
  return {
    store,
    logs,
    transport,
    created,
    peak,
    release(pod: PodObject): void {
      store.update(pod, (current) => ({
        ...current,
        spec: { ...current.spec, schedulingGates: [] },
        status: { ...current.status, conditions: [] },
      }));
    },
    async [Symbol.asyncDispose](): Promise<void> {
      end.abort();
      await Promise.all(plays);
      await transport[Symbol.asyncDispose]();
      await logs[Symbol.asyncDispose]();
    },
  };

  function tally(pod: PodObject, by: number): void {
    if (pod.spec.schedulingGates?.length || isFinished(pod)) return;
    const kind = pod.spec.nodeName ? "running" : "pending";
    counts[kind] += by;
    peak[kind] = Math.max(peak[kind], counts[kind]);
  }
}

class Player {
  isStarted = false;
  #isStopped = false;
  readonly #shown = new Map<string, Shown>();
  readonly #cut = new AbortController();

  constructor(
    readonly pod: PodObject,
    readonly script: PodScript,
    readonly store: Store,
    readonly logs: Logs,
    readonly clock: Clock,
    readonly end: AbortSignal,
  ) {}

  /** The pod is gone, or told to stop: no more of the script. */
  cut(): void {
    this.#cut.abort();
  }

  async play(): Promise<void> {
    const { script, store, pod } = this;
    if (script.unschedulable !== undefined) {
      this.#condition("PodScheduled", "False", "Unschedulable", script.unschedulable);
      return;
    }
    if (!await this.#pause(script.bindSeconds)) return;
    if (script.vanishes === "unbound") return store.finalize(pod);
    store.update(pod, (now) => ({ ...now, spec: { ...now.spec, nodeName: script.nodeName ?? "node-1" } }));
    this.#condition("PodScheduled", "True");
    if (script.waiting) {
      for (const { name } of this.#containers()) {
        this.#shown.set(name, { state: { waiting: script.waiting }, restartCount: 0, hasRun: false });
      }
      return this.#publish("Pending");
    }
    if (!await this.#pause(script.startSeconds)) return;
    this.#begin();
    if (!await this.#pause(script.runSeconds)) return;
    if (script.vanishes === "running") return store.finalize(pod);
    this.#finish((name) => exitCodeOf(script, name), true);
    if (script.vanishes === "ended" && await this.#pause(script.lingerSeconds)) store.finalize(pod);
  }

  /** Deleted while it was bound and not finished. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.cut();
    const { stopSeconds = 0 } = this.script;
    if (stopSeconds > 0) await this.clock.sleep(stopSeconds * 1000, this.end);
    if ([...this.#shown.values()].some(({ state }) => state.running)) this.#finish(() => 143, false);
    this.store.finalize(this.pod);
  }

  #begin(): void {
    const startedAt = apiTime(this.clock.now());
    for (const { name } of this.#containers()) {
      const log = this.logs.open(this.pod.metadata.uid, name);
      log.append(logOf(this.script, name));
      this.#shown.set(name, { state: { running: { startedAt } }, restartCount: 0, hasRun: true });
    }
    for (const { name } of this.pod.spec.initContainers ?? []) {
      this.#terminate(name, 0, "Completed", startedAt);
    }
    this.#publish("Running");
  }

  #finish(codeOf: (name: string) => number, isScripted: boolean): void {
    const { script } = this;
    for (const { name } of this.pod.spec.containers) {
      const code = codeOf(name);
      const reason = isScripted ? script.containerReason : undefined;
      const startedAt = this.#shown.get(name)?.state.running?.startedAt ?? "";
      this.#terminate(name, code, reason ?? (code === 0 ? "Completed" : "Error"), startedAt);
    }
    if (!isScripted) return this.#publish(phaseOf(this.pod, this.#shown));
    if (script.disruption !== undefined) this.#condition("DisruptionTarget", "True", script.disruption);
    this.#publish(script.phase ?? phaseOf(this.pod, this.#shown), {
      ...(script.reason === undefined ? {} : { reason: script.reason }),
      ...(script.message === undefined ? {} : { message: script.message }),
    });
  }

  #terminate(name: string, exitCode: number, reason: string, startedAt: string): void {
    const finishedAt = apiTime(this.clock.now());
    const terminated = { exitCode, reason, startedAt, finishedAt };
    this.#shown.set(name, { state: { terminated }, restartCount: 0, hasRun: true });
    this.logs.find(this.pod.metadata.uid, name)?.end();
  }

  #publish(phase: PodStatus["phase"], more: Partial<PodStatus> = {}): void {
    this.store.update(this.pod, (now) => ({
      ...now,
      status: {
        ...now.status,
        startTime: now.status.startTime ?? apiTime(this.clock.now()),
        ...containerStatuses(now, this.#shown),
        phase,
        ...more,
      },
    }));
  }

  #condition(type: string, status: "True" | "False", reason?: string, message?: string): void {
    const more = {
      lastTransitionTime: apiTime(this.clock.now()),
      ...(reason === undefined ? {} : { reason }),
      ...(message === undefined ? {} : { message }),
    };
    this.store.update(this.pod, (now) => ({
      ...now,
      status: { ...now.status, conditions: withCondition(now.status, { type, status, ...more }) },
    }));
  }

  #containers(): readonly { readonly name: string }[] {
    return [...this.pod.spec.initContainers ?? [], ...this.pod.spec.containers];
  }

  /** False when there is nothing left to play. */
  async #pause(seconds = 0): Promise<boolean> {
    const signal = AbortSignal.any([this.#cut.signal, this.end]);
    if (seconds === Infinity) return false;
    if (seconds > 0) {
      try {
        await this.clock.sleep(seconds * 1000, signal);
      } catch (error) {
        if (!signal.aborted) throw error;
      }
    } else {
      await Promise.resolve();
    }
    return !signal.aborted;
  }
}

function exitCodeOf({ exitCode = 0 }: PodScript, name: string): number {
  return typeof exitCode === "number" ? exitCode : exitCode[name] ?? 0;
}

function logOf({ log = "" }: PodScript, name: string): Uint8Array {
  const own = typeof log === "string" || log instanceof Uint8Array ? log : log[name] ?? "";
  return typeof own === "string" ? new TextEncoder().encode(own) : own;
}
