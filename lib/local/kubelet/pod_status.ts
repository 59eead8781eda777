// From what the containers of a pod do to the pod's status, by the kubelet's rules for restartPolicy Never. Pure.

import type { ContainerSpec, ContainerState, ContainerStatus, PodObject, PodStatus } from "../pod_object.ts";

/** Whether a container of `initContainers` is a sidecar: started before the others, stopped after them. */
export function isSidecar(container: ContainerSpec): boolean {
  return container.restartPolicy === "Always";
}

/** How a container shows. */
export interface Shown {
  readonly state: ContainerState;
  readonly restartCount: number;
  /** False for one that could not even be created: it has no log. */
  readonly hasRun: boolean;
}

/** The containers' part of a status, from what is known of each by name; those unknown wait. */
export function containerStatuses(
  pod: PodObject,
  shown: ReadonlyMap<string, Shown>,
): Pick<PodStatus, "containerStatuses" | "initContainerStatuses"> {
  const inits = pod.spec.initContainers ?? [];
  const reason = inits.length > 0 ? "PodInitializing" : "ContainerCreating";
  const show = ({ name, image }: ContainerSpec): ContainerStatus => {
    const { state, restartCount, hasRun } = shown.get(name) ??
      { state: { waiting: { reason } }, restartCount: 0, hasRun: false };
    const isRunning = state.running !== undefined;
    return {
      name,
      state,
      lastState: {},
      ready: isRunning,
      started: isRunning,
      restartCount,
      image,
      imageID: "",
      ...(hasRun ? { containerID: `local://${pod.metadata.uid}/${name}/${restartCount}` } : {}),
    };
  };
  return {
    containerStatuses: pod.spec.containers.map(show),
    ...(inits.length > 0 ? { initContainerStatuses: inits.map(show) } : {}),
  };
}

/** The phase of a pod that nothing but its containers decides. */
export function phaseOf(pod: PodObject, shown: ReadonlyMap<string, Shown>): PodStatus["phase"] {
  const stateOf = ({ name }: ContainerSpec): ContainerState => shown.get(name)?.state ?? { waiting: {} };
  const inits = (pod.spec.initContainers ?? []).filter((container) => !isSidecar(container)).map(stateOf);
  if (inits.some(({ terminated }) => terminated && terminated.exitCode !== 0)) return "Failed";
  const apps = pod.spec.containers.map(stateOf);
  if (apps.some(({ running, terminated }) => !running && !terminated)) return "Pending";
  if (apps.some(({ running }) => running)) return "Running";
  return apps.every(({ terminated }) => terminated?.exitCode === 0) ? "Succeeded" : "Failed";
}

/** What besides the containers decides about a pod's status. */
export interface PodMoment {
  readonly startTime: string;
  /** All containers, sidecars too, have ended: only now may the phase be a final one. */
  readonly isEnd: boolean;
  readonly hasMissedDeadline: boolean;
}

/** The status of a pod at a moment of its life. */
export function podStatus(
  pod: PodObject,
  shown: ReadonlyMap<string, Shown>,
  { startTime, isEnd, hasMissedDeadline }: PodMoment,
): PodStatus {
  const phase = phaseOf(pod, shown);
  const isFinal = phase === "Succeeded" || phase === "Failed";
  const status = { ...pod.status, startTime, ...containerStatuses(pod, shown) };
  if (!isEnd) return { ...status, phase: isFinal ? pod.status.phase : phase };
  if (!hasMissedDeadline) return { ...status, phase: isFinal ? phase : "Failed" };
  return {
    ...status,
    phase: "Failed",
    reason: "DeadlineExceeded",
    message: "Pod was active on the node longer than the specified deadline",
  };
}
