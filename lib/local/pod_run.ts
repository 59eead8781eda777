// The life of one pod on this machine: bound, init containers in order, the others side by side, sidecars around them; stopped by
// its deadline, by deletion or by the end of the program. Knows the store and processes, not who asks for what.

import type { Clock } from "../clock.ts";
import { containerEnv, expand } from "./expand.ts";
import type { Logs } from "./logs.ts";
import type { ContainerSpec, ContainerState, PodObject, PodStatus } from "./pod_object.ts";
import { apiTime, withCondition } from "./pod_object.ts";
import { containerStatuses, isSidecar, phaseOf, type Shown } from "./pod_status.ts";
import { type GroupProcess, startProcess } from "./process.ts";
import type { Store } from "./store.ts";

/** What a pod needs to run. */
export interface PodRunContext {
  readonly store: Store;
  readonly logs: Logs;
  readonly clock: Clock;
  /** What a container inherits of this program's environment. */
  readonly baseEnv: Readonly<Record<string, string>>;
}

/** One pod that runs. */
export class PodRun {
  readonly #context: PodRunContext;
  readonly #pod: PodObject;
  readonly #shown = new Map<string, Shown>();
  readonly #processes = new Set<GroupProcess>();
  /** Aborted when the pod is to stop. */
  readonly #stop = new AbortController();
  /** Aborted when nothing is left to wait for. */
  readonly #over = new AbortController();
  #isKilled = false;
  #isDeleted = false;
  #hasMissedDeadline = false;
  #startTime = "";

  constructor(context: PodRunContext, pod: PodObject) {
    this.#context = context;
    this.#pod = pod;
  }

  /** Runs the pod to its end. */
  async run(): Promise<void> {
    const { clock, store } = this.#context;
    this.#startTime = apiTime(clock.now());
    store.update(this.#pod, (pod) => ({
      ...pod,
      spec: { ...pod.spec, nodeName: "local" },
      status: {
        ...pod.status,
        conditions: withCondition(pod.status, {
          type: "PodScheduled",
          status: "True",
          lastTransitionTime: this.#startTime,
        }),
      },
    }));
    this.#publish();
    const deadline = this.#pod.spec.activeDeadlineSeconds;
    if (deadline !== undefined) {
      this.#after(deadline * 1000, () => {
        this.#hasMissedDeadline = true;
        this.stop(this.#pod.spec.terminationGracePeriodSeconds);
      });
    }
    await this.#runContainers();
    this.#over.abort();
    this.#publish(true);
    if (this.#isDeleted) store.finalize(this.#pod);
  }

  /** The pod is to be deleted: stops it; once ended, it is taken out of the store. */
  delete(graceSeconds: number): void {
    this.#isDeleted = true;
    this.stop(graceSeconds);
  }

  /** SIGTERM to all, and after the grace SIGKILL; may be called again with less grace. */
  stop(graceSeconds: number): void {
    this.#stop.abort();
    this.#signal("SIGTERM");
    this.#after(graceSeconds * 1000, () => this.kill());
  }

  /** SIGKILL to all, and to whatever might still start. */
  kill(): void {
    this.#isKilled = true;
    this.#stop.abort();
    this.#signal("SIGKILL");
  }

  async #runContainers(): Promise<void> {
    const { containers, initContainers = [] } = this.#pod.spec;
    const problems = [...initContainers, ...containers].filter((container) => this.#isImpossible(container));
    if (problems.length > 0) return;
    const sidecars: Promise<void>[] = [];
    const endSidecars = new AbortController();
    const isAllDone = await this.#runInits(initContainers, sidecars, endSidecars.signal);
    if (isAllDone) await Promise.all(containers.map((container) => this.#runContainer(container)));
    const isWaiting = this.#isStuck() && !this.#stop.signal.aborted;
    if (isWaiting) await aborted(this.#stop.signal);
    endSidecars.abort();
    if (sidecars.length > 0) this.stop(this.#pod.spec.terminationGracePeriodSeconds);
    await Promise.all(sidecars);
  }

  /** True when all init containers have succeeded. */
  async #runInits(
    inits: readonly ContainerSpec[],
    sidecars: Promise<void>[],
    endSidecars: AbortSignal,
  ): Promise<boolean> {
    for (const container of inits) {
      if (this.#stop.signal.aborted) return false;
      if (isSidecar(container)) {
        sidecars.push(this.#keepRunning(container, endSidecars));
      } else {
        await this.#runContainer(container);
        if (this.#shown.get(container.name)?.state.terminated?.exitCode !== 0) return false;
      }
    }
    return !this.#stop.signal.aborted;
  }

  async #keepRunning(container: ContainerSpec, end: AbortSignal): Promise<void> {
    const isOver = () => end.aborted || this.#stop.signal.aborted;
    for (let restartCount = 0; !isOver(); restartCount++) {
      await this.#runContainer(container, restartCount);
      if (isOver()) return;
      // The kubelet's back-off: 10 s, doubled up to 5 min.
      const seconds = Math.min(300, 10 * 2 ** restartCount);
      await this.#context.clock.sleep(seconds * 1000, AbortSignal.any([end, this.#stop.signal])).catch(
        (reason: unknown) => {
          if (!isOver()) throw reason;
        },
      );
    }
  }

  /** Runs one container once; how it fares is in `#shown`. */
  async #runContainer(container: ContainerSpec, restartCount = 0): Promise<void> {
    if (this.#stop.signal.aborted) return;
    const { clock, logs, baseEnv } = this.#context;
    const { name } = container;
    const show = (state: ContainerState, hasRun: boolean) => {
      this.#shown.set(name, { state, restartCount, hasRun });
      this.#publish();
    };
    let env: Map<string, string>;
    try {
      env = containerEnv(this.#current(), container);
    } catch (error) {
      return show({ waiting: { reason: "CreateContainerConfigError", message: messageOf(error) } }, false);
    }
    const words = [...container.command ?? [], ...container.args ?? []].map((word) => expand(word, env));
    const log = logs.open(this.#pod.metadata.uid, name);
    let process: GroupProcess;
    try {
      process = startProcess(
        { words, env: { ...baseEnv, ...Object.fromEntries(env) }, folder: container.workingDir ?? "" },
        (bytes) => log.append(bytes),
      );
    } catch (error) {
      log.end();
      const finishedAt = apiTime(clock.now());
      const message = messageOf(error);
      return show({ terminated: { exitCode: 128, reason: "StartError", message, finishedAt } }, false);
    }
    this.#processes.add(process);
    if (this.#isKilled) process.kill("SIGKILL");
    const startedAt = apiTime(clock.now());
    show({ running: { startedAt } }, true);
    const { exitCode, signal, message } = await process.ended;
    this.#processes.delete(process);
    log.end();
    show({
      terminated: {
        exitCode: message !== "" && exitCode === 0 ? 1 : exitCode,
        ...(signal === null ? {} : { signal }),
        reason: exitCode === 0 && message === "" ? "Completed" : "Error",
        ...(message === "" ? {} : { message }),
        startedAt,
        finishedAt: apiTime(clock.now()),
      },
    }, true);
  }

  /** Marks a container that this machine cannot run at all. */
  #isImpossible(container: ContainerSpec): boolean {
    const problem = impossible(container);
    if (problem === "") return false;
    const finishedAt = apiTime(this.#context.clock.now());
    const terminated = { exitCode: 128, reason: "ContainerCannotRun", message: problem, finishedAt };
    this.#shown.set(container.name, { state: { terminated }, restartCount: 0, hasRun: false });
    return true;
  }

  /** Whether a container waits for something that will not come here. */
  #isStuck(): boolean {
    return [...this.#shown.values()].some(({ state }) => state.waiting !== undefined);
  }

  #current(): PodObject {
    return this.#context.store.update(this.#pod, (pod) => pod) ?? this.#pod;
  }

  #publish(isEnd = false): void {
    this.#context.store.update(this.#pod, (pod) => {
      const phase = phaseOf(pod, this.#shown);
      const isFinal = phase === "Succeeded" || phase === "Failed";
      // A phase is final only when sidecars have ended, too.
      const shownPhase = isEnd ? (isFinal ? phase : "Failed") : isFinal ? pod.status.phase : phase;
      const status: PodStatus = {
        ...pod.status,
        phase: shownPhase,
        startTime: this.#startTime,
        ...containerStatuses(pod, this.#shown),
        ...(isEnd && this.#hasMissedDeadline
          ? {
            phase: "Failed",
            reason: "DeadlineExceeded",
            message: "Pod was active on the node longer than the specified deadline",
          }
          : isEnd &&
              [...this.#shown.values()].some(({ state }) => state.terminated?.reason === "ContainerCannotRun")
          ? { phase: "Failed" }
          : {}),
      };
      return { ...pod, status };
    });
  }

  #signal(signal: "SIGTERM" | "SIGKILL"): void {
    for (const process of this.#processes) process.kill(signal);
  }

  #after(milliseconds: number, act: () => void): void {
    this.#context.clock.sleep(milliseconds, this.#over.signal).then(act, (reason: unknown) => {
      if (!this.#over.signal.aborted) throw reason;
    });
  }
}

function impossible(container: ContainerSpec): string {
  if ((container.command ?? []).length === 0) {
    return `image ${container.image} has no command here: --local runs no images; write command:`;
  }
  for (const { mountPath } of container.volumeMounts ?? []) {
    try {
      Deno.statSync(mountPath);
    } catch (error) {
      return `mountPath ${mountPath} cannot be used (${
        messageOf(error)
      }): --local mounts nothing; make that folder here`;
    }
  }
  return "";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
