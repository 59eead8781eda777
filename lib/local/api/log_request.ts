// `GET pods/NAME/log`, as API server and kubelet answer it together: which container, whether it has a log, and the options.

import { badRequest, type FieldCause, invalid } from "../api_error.ts";
import type { LogReadOptions } from "../logs/log_cursor.ts";
import type { Logs } from "../logs/logs.ts";
import type { ContainerStatus, PodObject } from "../pod_object.ts";

/**
 * The answer with the log of one container.
 *
 * @throws {ApiError} 400 where the container does not exist or has not started, 422 for bad options
 */
export function readLog(
  pod: PodObject,
  logs: Logs,
  query: URLSearchParams,
  signal: AbortSignal | undefined,
): Response {
  const container = chooseContainer(pod, query.get("container") ?? "");
  const options = readOptions(pod, query);
  // The API server has no node to ask: 204.
  if ((pod.spec.nodeName ?? "") === "") return new Response(null, { status: 204 });
  const name = pod.metadata.name;
  const status = [...pod.status.containerStatuses ?? [], ...pod.status.initContainerStatuses ?? []]
    .find((entry) => entry.name === container);
  checkStarted(name, container, status);
  if (query.get("previous") === "true") {
    throw badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  }
  const body = logs.find(pod.metadata.uid, container)?.read(options) ?? null;
  return new Response(body && signal ? cutBy(body, signal) : body, {
    headers: { "content-type": "text/plain" },
  });
}

function chooseContainer(pod: PodObject, wanted: string): string {
  const { containers, initContainers = [] } = pod.spec;
  const names = containers.map(({ name }) => name);
  const initNames = initContainers.map(({ name }) => name);
  if (wanted !== "") {
    if ([...names, ...initNames].includes(wanted)) return wanted;
    throw badRequest(`container ${wanted} is not valid for pod ${pod.metadata.name}`);
  }
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return only;
  const inits = initNames.length > 0 ? ` or one of the init containers: [${initNames.join(" ")}]` : "";
  throw badRequest(
    `a container name must be specified for pod ${pod.metadata.name}, choose one of: [${
      names.join(" ")
    }]${inits}`,
  );
}

function checkStarted(pod: string, container: string, status: ContainerStatus | undefined): void {
  const label = `container "${container}" in pod "${pod}"`;
  if (!status) throw badRequest(`${label} is not available`);
  const { waiting, terminated } = status.state;
  if (waiting?.reason) {
    const trouble = waiting.message ? `trying and failing: ${waiting.message}` : waiting.reason;
    throw badRequest(`${label} is waiting to start: ${trouble}`);
  }
  if (waiting) throw badRequest(`${label} is waiting to start: no logs available yet`);
  if (terminated && !status.containerID) throw badRequest(`${label} is terminated`);
}

function readOptions(pod: PodObject, query: URLSearchParams): LogReadOptions {
  const name = pod.metadata.name;
  const tailLines = whole(query, "tailLines");
  const limitBytes = whole(query, "limitBytes");
  const sinceSeconds = whole(query, "sinceSeconds");
  const sinceTime = query.get("sinceTime");
  const refuse = (field: string, message: string, reason: FieldCause["reason"] = "FieldValueInvalid") =>
    invalid([{ reason, message, field }], { name, kind: "PodLogOptions" });
  if (tailLines !== null && tailLines < 0) {
    throw refuse("tailLines", `Invalid value: ${tailLines}: must be greater than or equal to 0`);
  }
  if (limitBytes !== null && limitBytes < 1) {
    throw refuse("limitBytes", `Invalid value: ${limitBytes}: must be greater than 0`);
  }
  if (sinceSeconds !== null && sinceTime) {
    throw refuse(
      "[]",
      "Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified",
      "FieldValueForbidden",
    );
  }
  let since: number | null = sinceSeconds === null ? null : Date.now() - sinceSeconds * 1000;
  if (sinceTime) {
    since = Date.parse(sinceTime);
    if (Number.isNaN(since)) {
      throw badRequest(
        `parsing time "${sinceTime}" as "2006-01-02T15:04:05Z07:00": cannot parse "${sinceTime}" as "2006"`,
      );
    }
  }
  return {
    isFollowed: query.get("follow") === "true",
    hasTimestamps: query.get("timestamps") === "true",
    ...(tailLines === null ? {} : { tailLines }),
    ...(limitBytes === null ? {} : { limitBytes }),
    // The API server passes the time on to the kubelet in whole seconds.
    ...(since === null ? {} : { sinceNanoseconds: BigInt(Math.floor(since / 1000)) * 1_000_000_000n }),
  };
}

function whole(query: URLSearchParams, key: string): number | null {
  const value = query.get(key);
  if (value === null || value === "") return null;
  if (!/^-?\d{1,15}$/.test(value)) {
    throw badRequest(`strconv.ParseInt: parsing "${value}": invalid syntax`);
  }
  return Number(value);
}

/** A stream that breaks when the signal aborts, as a connection does. */
function cutBy(body: ReadableStream<Uint8Array>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  const done = new AbortController();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      signal.addEventListener("abort", () => {
        controller.error(signal.reason);
        reader.cancel(signal.reason).catch(() => done.abort());
      }, { once: true, signal: done.signal });
    },
    async pull(controller) {
      const { done: isOver, value } = await reader.read();
      if (signal.aborted) return;
      if (!isOver) return controller.enqueue(value);
      done.abort();
      controller.close();
    },
    async cancel(reason) {
      done.abort();
      await reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}
