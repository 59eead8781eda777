// One container, run once: what it is given, how it starts, and how its end shows in a status. Knows processes and logs, nothing of
// the order in which a pod's containers run.

import type { Clock } from "../../clock.ts";
import { containerEnv, expand } from "./expand.ts";
import type { Logs } from "../logs/logs.ts";
import type { HostEnv } from "./machine.ts";
import { apiTime, type ContainerSpec, type ContainerState, type PodObject } from "../pod_object.ts";
import { type GroupProcess, type ProcessEnd, startProcess } from "./process.ts";
import type { Watchdog } from "./watchdog.ts";

/** What containers need to run. */
export interface ContainerContext {
  readonly logs: Logs;
  readonly clock: Clock;
  readonly watchdog: Watchdog;
  /** What a container inherits of this program's environment. */
  readonly baseEnv: Readonly<Record<string, string>>;
  readonly hostEnv: HostEnv;
}

/** Who is told. */
export interface ContainerEvents {
  /** `hasRun`: false for one that could not even be created: it has no log. */
  readonly show: (state: ContainerState, hasRun: boolean) => void;
  readonly onStart: (process: GroupProcess) => void;
}

/** Runs it to its end. */
export async function runContainer(
  context: ContainerContext,
  pod: PodObject,
  container: ContainerSpec,
  { show, onStart }: ContainerEvents,
): Promise<void> {
  const { clock, logs } = context;
  const log = logs.open(pod.metadata.uid, container.name);
  let process: GroupProcess;
  try {
    process = start(context, pod, container, (bytes) => log.append(bytes));
  } catch (error) {
    // The container runtime's code and word for a command that cannot be started.
    log.end();
    const message = error instanceof Error ? error.message : String(error);
    const finishedAt = apiTime(clock.now());
    return show({ terminated: { exitCode: 128, reason: "StartError", message, finishedAt } }, false);
  }
  onStart(process);
  const startedAt = apiTime(clock.now());
  show({ running: { startedAt } }, true);
  const end = await process.ended;
  log.end();
  show({ terminated: { ...ending(end), startedAt, finishedAt: apiTime(clock.now()) } }, true);
}

function start(
  { baseEnv, hostEnv, watchdog }: ContainerContext,
  pod: PodObject,
  container: ContainerSpec,
  onOutput: (bytes: Uint8Array) => void,
): GroupProcess {
  const env = containerEnv(pod, container, hostEnv);
  const words = [...container.command ?? [], ...container.args ?? []].map((word) => expand(word, env));
  // The kubelet's HOSTNAME; Linux gives it no more than 63 characters.
  const own = { HOSTNAME: pod.metadata.name.slice(0, 63), ...Object.fromEntries(env) };
  const folder = container.workingDir ?? "";
  return startProcess({ words, env: { ...baseEnv, ...own }, folder }, watchdog, onOutput);
}

function ending({ exitCode, signal, message }: ProcessEnd): NonNullable<ContainerState["terminated"]> {
  const isGood = exitCode === 0 && message === "";
  return {
    exitCode: exitCode === 0 && !isGood ? 1 : exitCode,
    ...(signal === null ? {} : { signal }),
    reason: isGood ? "Completed" : "Error",
    ...(message === "" ? {} : { message }),
  };
}
