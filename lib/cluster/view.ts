// Reads the API's pod object into a PodView. Pure. Fields that are missing or of another type count as absent.

import { DEFAULT_CONTAINER_ANNOTATION, MARK_ANNOTATION, readMark, RUN_LABEL } from "../marks.ts";
import type { ContainerView, PodView } from "./pod.ts";

/** The kubelet's word for the start of a container that could not be started (StartError). */
const NEVER = "1970-01-01T00:00:00Z";

type Fields = { readonly [key: string]: unknown };

/** The view of a pod object as the API server sends it. */
export function viewPod(object: unknown): PodView {
  const pod = fields(object);
  const metadata = fields(pod.metadata);
  const spec = fields(pod.spec);
  const status = fields(pod.status);
  const annotations = fields(metadata.annotations);
  const conditions = list(status.conditions).map(fields);
  const condition = (type: string) => conditions.find((entry) => entry.type === type);
  const scheduled = condition("PodScheduled");
  const target = condition("DisruptionTarget");
  const disrupted = target?.status === "True" ? target : undefined;
  const mark = readMark(text(annotations[MARK_ANNOTATION]));
  const own = mark?.containers ?? [];
  const containers = viewContainers(spec, status, own.length === 0 ? null : new Set(own));
  const apps = containers.filter((container) => container.kind === "app");
  const named = text(annotations[DEFAULT_CONTAINER_ANNOTATION]);
  const main = apps.find((container) => container.name === named) ?? apps.find((c) => c.isDecider) ?? apps[0];
  const phase = text(status.phase);
  return {
    name: text(metadata.name),
    uid: text(metadata.uid),
    resourceVersion: text(metadata.resourceVersion),
    run: text(fields(metadata.labels)[RUN_LABEL]),
    index: mark?.index ?? -1,
    attempt: mark?.attempt ?? 0,
    hash: mark?.hash ?? "",
    phase: phase === "Running" || phase === "Succeeded" || phase === "Failed" || phase === "Unknown"
      ? phase
      : "Pending",
    nodeName: text(spec.nodeName),
    isGated: list(spec.schedulingGates).length > 0 || scheduled?.reason === "SchedulingGated",
    deletionTimestamp: text(metadata.deletionTimestamp) || null,
    deletionGraceSeconds: typeof metadata.deletionGracePeriodSeconds === "number"
      ? metadata.deletionGracePeriodSeconds
      : 0,
    finalizer: text(list(metadata.finalizers)[0]),
    createdAt: text(metadata.creationTimestamp),
    startedAt: text(status.startTime) || null,
    reason: text(status.reason),
    message: text(status.message),
    disruption: disrupted === undefined ? "" : text(disrupted.reason) || "DisruptionTarget",
    disruptedAt: text(disrupted?.lastTransitionTime) || null,
    schedulingMessage: scheduled?.status === "False" ? text(scheduled.message) : "",
    isNodeLost: isNodeLost(condition("Ready"), condition("ContainersReady")),
    containers,
    mainContainer: main?.name ?? "",
    itemText: readItem(spec, main?.name),
  };
}

/**
 * The node controller sets Ready to False and touches nothing else, and gives no reason; a kubelet that does so gives one
 * (ContainersNotReady, ReadinessGatesNotReady). Nodes themselves may not be readable.
 */
function isNodeLost(ready: Fields | undefined, containersReady: Fields | undefined): boolean {
  return ready?.status === "False" && text(ready.reason) === "" && containersReady?.status === "True";
}

/** The kubelet takes `$$` in a value for `$`. */
function readItem(spec: Fields, container: string | undefined): string {
  const own = list(spec.containers).map(fields).find(({ name }) => name === container) ?? {};
  const variable = list(own.env).map(fields).find(({ name }) => name === "QUPODS_ITEM") ?? {};
  return text(variable.value).replaceAll("$$", "$");
}

function viewContainers(spec: Fields, status: Fields, own: ReadonlySet<string> | null): ContainerView[] {
  const states = new Map(
    [...list(status.initContainerStatuses), ...list(status.containerStatuses)].map(fields).map((
      s,
    ) => [text(s.name), s]),
  );
  const view = (entry: Fields, kind: ContainerView["kind"]): ContainerView => {
    const name = text(entry.name);
    const shown = fields(states.get(name));
    const all = fields(shown.state);
    const terminated = fields(all.terminated);
    const running = fields(all.running);
    const state = "terminated" in all ? "terminated" : "running" in all ? "running" : "waiting";
    const current = state === "terminated" ? terminated : state === "running" ? running : fields(all.waiting);
    return {
      name,
      kind,
      isDecider: kind === "app" && (own === null || own.has(name)),
      state,
      reason: text(current.reason),
      message: text(current.message),
      exitCode: state === "terminated" && typeof terminated.exitCode === "number"
        ? terminated.exitCode
        : null,
      signal: typeof terminated.signal === "number" ? terminated.signal : null,
      startedAt: text(current.startedAt).replace(NEVER, "") || null,
      finishedAt: text(terminated.finishedAt) || null,
      restarts: typeof shown.restartCount === "number" ? shown.restartCount : 0,
    };
  };
  return [
    ...list(spec.initContainers).map(fields).map((c) =>
      view(c, c.restartPolicy === "Always" ? "sidecar" : "init")
    ),
    ...list(spec.containers).map(fields).map((c) => view(c, "app")),
  ];
}

function fields(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}
