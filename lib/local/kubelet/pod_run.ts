// The life of one pod on this machine: bound, init containers in order, the others side by side, sidecars around them; stopped by
// its deadline, by deletion or by the end of the program. Knows the store; how one container runs is `container_run.ts`.

import { type ContainerContext, runContainer } from "./container_run.ts";
import { machineProblems } from "./machine.ts";
import type { ContainerSpec, PodObject } from "../pod_object.ts";
import { apiTime, withCondition } from "../pod_object.ts";
import { isSidecar, podStatus, type Shown } from "./pod_status.ts";
import type { GroupProcess } from "./process.ts";
import type { Store } from "../store/store.ts";

/** What a pod needs to run. */
export interface PodRunContext extends ContainerContext {
  readonly store: Store;
}

/** One pod that runs. */
export class PodRun {
  readonly #context: PodRunContext;
  #pod: PodObject;
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
    this.#update((pod) => ({
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
    if (!this.#isImpossible()) await this.#runContainers();
    this.#over.abort();
    this.#publish(true);
    if (this.#isDeleted) store.finalize(this.#pod);
  }

  /** The pod is to be deleted: stops it; once ended, it is taken out of the store. */
  delete(graceSeconds: number): void {
    this.#isDeleted = true;
    this.stop(graceSeconds);
  }

  /** SIGTERM to all containers, and after the grace SIGKILL; may be called again with less grace. */
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
    const sidecars: Promise<void>[] = [];
    const endSidecars = new AbortController();
    const isAllDone = await this.#runInits(initContainers, sidecars, endSidecars.signal);
    if (isAllDone) await Promise.all(containers.map((container) => this.#runContainer(container)));
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
    let own: GroupProcess | null = null;
    await runContainer(this.#context, this.#pod, container, {
      show: (state, hasRun) => {
        if (own !== null && state.terminated) this.#processes.delete(own);
        this.#shown.set(container.name, { state, restartCount, hasRun });
        this.#publish();
      },
      onStart: (process) => {
        own = process;
        this.#processes.add(process);
        if (this.#isKilled) process.kill("SIGKILL");
      },
    });
  }

  /** Marks containers that this machine cannot run at all; then none of the pod's is started. */
  #isImpossible(): boolean {
    const problems = machineProblems(this.#pod.spec, this.#context.hostEnv);
    const finishedAt = apiTime(this.#context.clock.now());
    for (const { container, problem } of problems) {
      const terminated = { exitCode: 128, reason: "ContainerCannotRun", message: problem, finishedAt };
      this.#shown.set(container, { state: { terminated }, restartCount: 0, hasRun: false });
    }
    return problems.length > 0;
  }

  #publish(isEnd = false): void {
    const moment = { startTime: this.#startTime, isEnd, hasMissedDeadline: this.#hasMissedDeadline };
    this.#update((pod) => ({ ...pod, status: podStatus(pod, this.#shown, moment) }));
  }

  #update(change: (pod: PodObject) => PodObject): void {
    this.#pod = this.#context.store.update(this.#pod, change) ?? this.#pod;
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
