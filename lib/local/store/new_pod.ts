// A pod as an API server stores it at first: what was sent, with defaults, and a status that says that nothing has happened yet. Pure.

import {
  apiTime,
  type ContainerSpec,
  type PodMetadata,
  type PodObject,
  type PodSpec,
  type PodStatus,
  withoutNulls,
} from "../pod_object.ts";
import type { SentPod } from "./validate.ts";

/** Who the pod is to be. */
export interface Identity {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** The pod, without a resourceVersion: a dry run gives it none. */
export function newPod(sent: SentPod, { name, namespace, uid, now }: Identity): PodObject {
  const own = withoutNulls(sent.spec);
  const spec: PodSpec = {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    schedulerName: "default-scheduler",
    ...own,
    ...decoded(own, "containers"),
    ...decoded(own, "initContainers"),
  };
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, ...metadata } = sent.metadata;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...metadata,
      name,
      namespace,
      uid,
      generation: 1,
      creationTimestamp: apiTime(now),
    } as PodMetadata,
    spec,
    status: (spec.schedulingGates ?? []).length > 0 ? GATED : PENDING,
  };
}

/** Types have been checked before. An empty entry in a list of words is an empty word, as Go's decoder reads it. */
function decoded(spec: SentPod["spec"], group: "containers" | "initContainers"): Partial<PodSpec> {
  const containers = spec[group] as readonly ContainerSpec[] | undefined;
  if (!containers) return {};
  const words = (list: readonly (string | null)[]) => list.map((word) => word ?? "");
  return {
    [group]: containers.map((container) => ({
      ...container,
      ...(container.command ? { command: words(container.command) } : {}),
      ...(container.args ? { args: words(container.args) } : {}),
    })),
  };
}

const PENDING: PodStatus = { phase: "Pending", qosClass: "BestEffort" };
const GATED: PodStatus = {
  ...PENDING,
  conditions: [{
    type: "PodScheduled",
    status: "False",
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
  }],
};
