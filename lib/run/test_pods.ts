// Pods for the tests of this room.

import type { PodView } from "../cluster/pod.ts";

/** A pod as the server first shows it. */
export function pod(name: string, uid: string, changes: Partial<PodView> = {}): PodView {
  return {
    name,
    uid,
    resourceVersion: "1",
    run: "r",
    index: 0,
    attempt: 1,
    hash: `hash of ${name}`,
    phase: "Pending",
    nodeName: "",
    isGated: false,
    deletionTimestamp: null,
    deletionGraceSeconds: 0,
    createdAt: "2026-01-01T00:00:00Z",
    startedAt: null,
    reason: "",
    message: "",
    disruption: "",
    schedulingMessage: "",
    containers: [container({})],
    mainContainer: "main",
    ...changes,
  };
}

export function container(changes: Partial<PodView["containers"][number]>): PodView["containers"][number] {
  return {
    name: "main",
    kind: "app",
    isDecider: true,
    state: "waiting",
    reason: "",
    message: "",
    exitCode: null,
    signal: null,
    startedAt: null,
    finishedAt: null,
    ...changes,
  };
}
