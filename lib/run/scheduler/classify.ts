// What a pod's status means: has it ended, how, and whose fault was it. Pure; follows the table of failure classes that
// Kubernetes' own podFailurePolicy (KEP-3329), Argo and Armada have converged on.

import type { ContainerView, PodView } from "../../cluster/pod.ts";

/**
 * Whose fault an end was.
 * - `success`: every decider ended with exit code 0
 * - `app`: the application's own failure
 * - `oom`: killed for memory: the application's, under its own name
 * - `timeout`: activeDeadlineSeconds
 * - `infra`: eviction, preemption, lost node, vanished pod: has a budget of its own
 * - `config`: can never start as written
 * - `rejected`: the API server refused it for good
 * - `cancelled`: stopped by `--halt now`, or by Ctrl-C under `--local`: it takes nothing from any budget
 */
export type EndClass = "success" | "app" | "oom" | "timeout" | "infra" | "config" | "rejected" | "cancelled";

/** How an attempt ended. */
export interface End {
  readonly class: EndClass;
  /** One line for people. */
  readonly reason: string;
  readonly exitCode: number | null;
  readonly signal: number | null;
}

/** Pod-level reasons that say that the node, not the application, ended it. */
const INFRA_REASONS = new Set([
  "Evicted",
  "Preempting",
  "Preempted",
  "NodeShutdown",
  "Shutdown",
  "Terminated",
  "NodeLost",
  "NodeAffinity",
  "UnexpectedAdmissionError",
  "OutOfcpu",
  "OutOfmemory",
  "OutOfpods",
  "OutOfephemeral-storage",
]);

/** The kubelet's words where a pod has overstepped a limit of its own, and the node was not short of anything. */
const OWN_EXCESS = /exceed(s|ed) (the|its) .*limit/;

/** Whether the pod object says that it is over. */
export function hasEnded(pod: PodView): boolean {
  return pod.phase === "Succeeded" || pod.phase === "Failed";
}

/** Whether all that decides has ended while others (an injected sidecar) run on. */
export function isOnlySidecars(pod: PodView): boolean {
  const deciders = pod.containers.filter((container) => container.isDecider);
  return !hasEnded(pod) && deciders.length > 0 &&
    deciders.every((container) => container.state === "terminated");
}

/** All that decide have ended; injected sidecars may run on. */
export function isOver(pod: PodView): boolean {
  return hasEnded(pod) || isOnlySidecars(pod);
}

/** How a pod ended that `hasEnded` or `isOnlySidecars`. */
export function classify(pod: PodView): End {
  const deciders = pod.containers.filter((container) => container.isDecider);
  const main = pod.containers.find((container) => container.name === pod.mainContainer) ?? null;
  const code = main?.exitCode ?? null;
  const end = (kind: EndClass, reason: string, from: ContainerView | null = main): End => ({
    class: kind,
    reason: oneLine(reason),
    exitCode: from?.exitCode ?? code,
    signal: from?.signal ?? null,
  });
  const isAllZero = deciders.length > 0 && deciders.every((container) => container.exitCode === 0);
  if (isAllZero && pod.phase !== "Failed") {
    const hint = endedAfterDeletion(pod, deciders);
    return hint === "" ? end("success", "exit code 0") : end("infra", hint);
  }
  if (pod.reason === "DeadlineExceeded") {
    return end("timeout", "DeadlineExceeded: ran longer than its deadline");
  }
  if (pod.reason === "Evicted" && OWN_EXCESS.test(pod.message)) {
    return end("app", `Evicted: ${pod.message.replace(/\.\s*$/, "")}`);
  }
  // before its disruption, of which the time may be a second later than the end that it made
  if (INFRA_REASONS.has(pod.reason)) return end("infra", `${pod.reason}: ${pod.message}`);
  if (pod.disruption !== "" && wasAskedBefore(pod, deciders)) {
    return end("infra", `${pod.disruption}: ${pod.message || "disrupted"}`);
  }
  const killed = pod.containers.find((container) => container.reason === "OOMKilled");
  if (killed) return end("oom", `OOMKilled in container ${killed.name}`, killed);
  const failedInit = pod.containers.find((c) => c.kind === "init" && c.exitCode !== null && c.exitCode !== 0);
  if (failedInit) {
    return end("app", `init container ${failedInit.name}: ${exitText(failedInit)}`, failedInit);
  }
  const failed = deciders.find((container) => container.exitCode !== null && container.exitCode !== 0);
  if (failed) {
    const prefix = failed.name === pod.mainContainer ? "" : `container ${failed.name}: `;
    // what a program makes of SIGTERM is its own affair (143, 137 by SIGKILL, often 1): the time tells
    if (wasAskedBefore(pod, [failed])) {
      return end("infra", `deleted by somebody while running (${exitText(failed)})`, failed);
    }
    return end("app", prefix + exitText(failed), failed);
  }
  return end(
    "infra",
    `pod failed without an exit code${pod.reason ? `: ${pod.reason}` : ""} ${pod.message}`.trim(),
  );
}

/** A pod that went away before it ended. */
export function vanished(pod: PodView | null): End {
  const why = pod?.disruption || pod?.reason || "";
  return {
    class: "infra",
    reason: `pod vanished${why ? ` (${why})` : ": somebody deleted it"}`,
    exitCode: null,
    signal: null,
  };
}

/**
 * A container that catches SIGTERM and exits 0 while its pod is being deleted becomes Succeeded (kubernetes#120182, kept
 * on purpose). It did not finish its work: the exit came after the deletion was asked for.
 */
function endedAfterDeletion(pod: PodView, deciders: readonly ContainerView[]): string {
  if (!wasAskedBefore(pod, deciders)) return "";
  return pod.disruption !== ""
    ? `${pod.disruption}: exit code 0 after the pod was told to stop`
    : "exit code 0 only after the pod was deleted by somebody";
}

/**
 * Whether the pod was told to stop before one of these containers ended (times are whole seconds). That it was at some time
 * is no proof: a node that was silent for an hour brings ends home that were there before its pods were taken from it. Nor is
 * the time of its deletion alone: what was disrupted and has ended may be deleted long afterwards.
 */
function wasAskedBefore(pod: PodView, ended: readonly ContainerView[]): boolean {
  const times: number[] = [];
  if (pod.deletionTimestamp !== null) {
    times.push(Date.parse(pod.deletionTimestamp) - pod.deletionGraceSeconds * 1000);
  }
  if (pod.disruptedAt !== null) times.push(Date.parse(pod.disruptedAt));
  if (times.length === 0) return pod.disruption !== "";
  const asked = Math.min(...times);
  return ended.some((container) => !(Date.parse(container.finishedAt ?? "") < asked));
}

function exitText(container: ContainerView): string {
  const word = container.reason !== "" && container.reason !== "Error" && container.reason !== "Completed"
    ? `${container.reason}, `
    : "";
  const detail = container.message !== "" && container.exitCode === 128 ? `: ${container.message}` : "";
  return `${word}exit code ${container.exitCode}${
    container.signal ? ` (signal ${container.signal})` : ""
  }${detail}`;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(/:$/, "");
}

/** Why a bound pod does not start, and how long that may last; null while nothing is wrong. */
export interface Stuck {
  readonly reason: string;
  readonly message: string;
  readonly class: "config" | "infra";
  /** Seconds after which the attempt is given up (Armada's pendingPodChecks); Infinity: only where `--pending-timeout` says so. */
  readonly limitSeconds: number;
  /** Seconds before which it is no trouble: a large image takes its time. */
  readonly patienceSeconds: number;
}

/** After so long a pod that waits for nothing known is worth a word: a volume may be missing, or the image is very large. */
const SLOW_SECONDS = 300;

/**
 * Reads a container's waiting reason. Limits: at once for a name no registry can have, 90 s for an image that is not there,
 * 15 min for a registry that does not answer, 5 min for configuration, 2 min for a sidecar between two of its crashes, none
 * for a pod of which nobody says why nothing has started (a volume that is not there, and an image of 40 GB, look alike).
 */
export function stuckReason(pod: PodView): Stuck | null {
  if (pod.phase !== "Pending" || pod.nodeName === "") return null;
  const known = knownReason(pod);
  if (known !== null) return { ...known, patienceSeconds: 0 };
  if (pod.containers.some(({ startedAt, restarts }) => startedAt !== null || restarts > 0)) return null;
  const reason = pod.containers.find((container) => container.reason !== "")?.reason ?? "ContainerCreating";
  const message =
    `nothing has started on ${pod.nodeName}; its events say why: kubectl describe pod ${pod.name}`;
  return { reason, message, class: "infra", limitSeconds: Infinity, patienceSeconds: SLOW_SECONDS };
}

function knownReason(pod: PodView): Omit<Stuck, "patienceSeconds"> | null {
  for (const { state, reason, message } of pod.containers) {
    if (state !== "waiting") continue;
    switch (reason) {
      case "InvalidImageName":
        return { reason, message, class: "config", limitSeconds: 0 };
      case "ErrImageNeverPull":
        return { reason, message, class: "config", limitSeconds: 90 };
      case "ErrImagePull":
      case "ImagePullBackOff":
      case "RegistryUnavailable": {
        const isMissing = /not found|manifest unknown|does not exist|repository .* denied/i.test(message);
        return {
          reason: "ErrImagePull",
          message,
          class: isMissing ? "config" : "infra",
          limitSeconds: isMissing ? 90 : 900,
        };
      }
      case "CreateContainerConfigError":
      case "CreateContainerError":
      case "RunContainerError":
        return { reason, message, class: "config", limitSeconds: 300 };
      case "CrashLoopBackOff":
        return { reason, message, class: "config", limitSeconds: 120 };
    }
  }
  return null;
}
