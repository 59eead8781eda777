// The pod as the API has it, as far as the rooms of `--local` look into it. Objects are never changed once stored: an
// update makes a new one. Knows nothing of who stores or runs it.

/** A name and a text, or a place from which the text is to come. */
export interface EnvVar {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: { readonly fieldRef?: { readonly fieldPath: string } };
}

/** One container of a pod's spec. */
export interface ContainerSpec {
  readonly name: string;
  readonly image: string;
  readonly command?: readonly string[];
  readonly args?: readonly string[];
  readonly env?: readonly EnvVar[];
  readonly envFrom?: readonly unknown[];
  readonly workingDir?: string;
  readonly restartPolicy?: string;
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
  readonly [key: string]: unknown;
}

/** What a container does at the moment: one of the three. */
export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt: string };
  readonly terminated?: {
    readonly exitCode: number;
    readonly signal?: number;
    readonly reason?: string;
    readonly message?: string;
    readonly startedAt?: string;
    readonly finishedAt?: string;
    readonly containerID?: string;
  };
}

/** One entry of `containerStatuses` or `initContainerStatuses`. */
export interface ContainerStatus {
  readonly name: string;
  readonly state: ContainerState;
  readonly lastState: Record<string, never>;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restartCount: number;
  readonly image: string;
  readonly imageID: string;
  /** Empty for a container that never ran: then it has no log either. */
  readonly containerID?: string;
}

/** One entry of `conditions`. */
export interface PodCondition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

/** `metadata` of a stored pod. */
export interface PodMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly creationTimestamp: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly deletionTimestamp?: string;
  readonly deletionGracePeriodSeconds?: number;
}

/** `spec` of a stored pod. */
export interface PodSpec {
  readonly containers: readonly ContainerSpec[];
  readonly initContainers?: readonly ContainerSpec[];
  readonly nodeName?: string;
  readonly schedulingGates?: readonly { readonly name: string }[];
  readonly activeDeadlineSeconds?: number;
  readonly terminationGracePeriodSeconds: number;
  readonly restartPolicy: string;
  readonly [key: string]: unknown;
}

/** `status` of a stored pod. */
export interface PodStatus {
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed" | "Unknown";
  readonly reason?: string;
  readonly message?: string;
  readonly startTime?: string;
  readonly conditions?: readonly PodCondition[];
  readonly containerStatuses?: readonly ContainerStatus[];
  readonly initContainerStatuses?: readonly ContainerStatus[];
  readonly qosClass?: string;
}

/** A stored pod. */
export interface PodObject {
  readonly apiVersion: "v1";
  readonly kind: "Pod";
  readonly metadata: PodMetadata;
  readonly spec: PodSpec;
  readonly status: PodStatus;
}

/** Whether nothing of this pod will run any more. */
export function isFinished(pod: PodObject): boolean {
  return pod.status.phase === "Succeeded" || pod.status.phase === "Failed";
}

/** As Go reads JSON: a member of a struct that is null (in YAML, a key with nothing behind it) is not there. */
export function withoutNulls<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutNulls) as T;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)])) as T;
}

/** The spec of a pod as it is sent. */
export function specOf(manifest: string): PodSpec {
  const { spec }: Pick<PodObject, "spec"> = JSON.parse(manifest);
  return withoutNulls(spec);
}

/** A time as the API writes it: whole seconds. */
export function apiTime(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 19) + "Z";
}

/** `conditions` with one of them set or replaced. */
export function withCondition(status: PodStatus, condition: PodCondition): readonly PodCondition[] {
  return [...(status.conditions ?? []).filter(({ type }) => type !== condition.type), condition];
}
