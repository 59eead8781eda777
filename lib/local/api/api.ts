// The REST calls of an API server on pods, over a store and its logs: paths, parameters, status codes, and Status objects as
// a real server words them. Knows nothing of how pods run.

import type { Clock } from "../../clock.ts";
import { ApiError, badRequest, invalid, statusOf, tooNew } from "../api_error.ts";
import { readLog } from "./log_request.ts";
import type { Logs } from "../logs/logs.ts";
import type { PodObject } from "../pod_object.ts";
import { compileSelectors } from "../store/selector.ts";
import type { Store } from "../store/store.ts";
import { openWatch } from "./watch_stream.ts";

/** One request. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly body?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Answers requests. */
export type ApiHandler = (request: ApiRequest) => Promise<Response>;

/** Makes the API of a store; `clock` times watches. */
export function makeApi(store: Store, logs: Logs, clock: Clock): ApiHandler {
  return (request) => {
    try {
      return Promise.resolve(answer(request));
    } catch (error) {
      if (!(error instanceof ApiError)) return Promise.reject(error);
      return Promise.resolve(json(error.code, statusOf(error)));
    }
  };

  function answer({ method, path, body, signal }: ApiRequest): Response {
    signal?.throwIfAborted();
    const { pathname, searchParams: query } = new URL(path, "http://local");
    const pods = /^\/api\/v1(?:\/namespaces\/([^/]+))?\/pods(?:\/([^/]+)(\/log)?)?$/.exec(pathname);
    if (!pods) return answerOther(method, pathname, body ?? "");
    const [, namespace = "", name = "", log] = pods.map((part) => decodeURIComponent(part ?? ""));
    if (log) {
      if (method !== "GET") throw notAllowed();
      return readLog(store.get(namespace, name), logs, query, signal);
    }
    if (name === "") {
      if (method === "POST") return create(namespace, query, body ?? "");
      if (method !== "GET") throw notAllowed();
      return isTrue(query, "watch") ? watch(namespace, query, signal) : list(namespace, query);
    }
    if (method === "GET") return json(200, store.get(namespace, name));
    if (method === "DELETE") return remove(namespace, name, query, body ?? "");
    throw notAllowed();
  }

  function create(namespace: string, query: URLSearchParams, body: string): Response {
    checkCreateOptions(query);
    const { pod, warnings } = store.create(namespace, body, {
      isDryRun: query.get("dryRun") === "All",
      isStrict: query.get("fieldValidation") === "Strict",
    });
    const response = json(201, pod);
    if (query.get("fieldValidation") !== "Ignore") {
      for (const warning of warnings) {
        response.headers.append("warning", `299 - "${warning.replaceAll('"', '\\"')}"`);
      }
    }
    return response;
  }

  function list(namespace: string, query: URLSearchParams): Response {
    const version = query.get("resourceVersion") ?? "";
    if (!/^\d*$/.test(version)) {
      throw badRequest(`invalid resource version: ${badVersion(version)}`);
    }
    if (Number(version) > store.resourceVersion) throw tooNew(Number(version), store.resourceVersion);
    const limit = count(query, "limit") ?? 0;
    const hasSelector = ["labelSelector", "fieldSelector"].some((key) => (query.get(key) ?? "") !== "");
    const page = store.list(namespace, selectors(query), limit, query.get("continue") ?? "");
    return json(200, {
      kind: "PodList",
      apiVersion: "v1",
      metadata: {
        resourceVersion: page.resourceVersion,
        ...(page.next === "" ? {} : { continue: page.next }),
        // What a selector has still to find is not counted.
        ...(page.next === "" || hasSelector ? {} : { remainingItemCount: page.remaining }),
      },
      // As a real server: the items of a list name neither kind nor apiVersion.
      items: page.items.map(({ metadata, spec, status }) => ({ metadata, spec, status })),
    });
  }

  function watch(namespace: string, query: URLSearchParams, signal: AbortSignal | undefined): Response {
    const resourceVersion = query.get("resourceVersion") ?? "";
    if (!/^\d*$/.test(resourceVersion)) {
      // Kubernetes 1.36 does say 500, and gives no reason.
      throw new ApiError(500, "", badVersion(resourceVersion));
    }
    const stream = openWatch(store, clock, {
      namespace,
      resourceVersion,
      matches: selectors(query),
      timeoutSeconds: count(query, "timeoutSeconds") || 1800,
      hasBookmarks: isTrue(query, "allowWatchBookmarks"),
    }, signal);
    return new Response(stream, { headers: { "content-type": "application/json" } });
  }

  function remove(namespace: string, name: string, query: URLSearchParams, body: string): Response {
    const options = body === "" ? {} : parseObject(body);
    const { uid, resourceVersion } = { ...options.preconditions ?? {} } as Readonly<Record<string, unknown>>;
    const grace = options.gracePeriodSeconds ?? count(query, "gracePeriodSeconds");
    const isDryRun = query.get("dryRun") === "All" ||
      Array.isArray(options.dryRun) && options.dryRun.includes("All");
    const pod = store.remove(namespace, name, {
      isDryRun,
      ...(typeof uid === "string" ? { uid } : {}),
      ...(typeof resourceVersion === "string" ? { resourceVersion } : {}),
      ...(typeof grace === "number" ? { graceSeconds: grace } : {}),
    });
    return json(200, pod);
  }
}

function answerOther(method: string, pathname: string, body: string): Response {
  switch (`${method} ${pathname}`) {
    case "GET /version":
      return json(200, { major: "1", minor: "36", gitVersion: "v1.36.0-local", platform: Deno.build.os });
    case "GET /readyz":
    case "GET /livez":
      return new Response("ok", { headers: { "content-type": "text/plain; charset=utf-8" } });
    case "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews":
      return json(201, {
        kind: "SelfSubjectAccessReview",
        apiVersion: "authorization.k8s.io/v1",
        metadata: {},
        spec: parseObject(body).spec ?? {},
        status: { allowed: true },
      });
  }
  const name = /^\/api\/v1\/namespaces\/([^/]+)$/.exec(pathname)?.[1];
  if (name !== undefined && method === "GET") {
    return json(200, {
      kind: "Namespace",
      apiVersion: "v1",
      metadata: { name },
      status: { phase: "Active" },
    });
  }
  throw new ApiError(404, "NotFound", "the server could not find the requested resource", {});
}

function checkCreateOptions(query: URLSearchParams): void {
  const allowed = { dryRun: ["All"], fieldValidation: ["", "Ignore", "Strict", "Warn"] };
  for (const [field, values] of Object.entries(allowed)) {
    const value = query.get(field);
    if (value === null || values.includes(value)) continue;
    const shown = JSON.stringify(field === "dryRun" ? [value] : value);
    const message = `Unsupported value: ${shown}: supported values: ${
      values.map((word) => JSON.stringify(word)).join(", ")
    }`;
    throw invalid([{ reason: "FieldValueNotSupported", message, field }], {
      name: "",
      kind: "CreateOptions",
      group: "meta.k8s.io",
    });
  }
}

function badVersion(text: string): string {
  return `resourceVersion: Invalid value: "${text}": strconv.ParseUint: parsing "${text}": invalid syntax`;
}

function selectors(query: URLSearchParams): (pod: PodObject) => boolean {
  return compileSelectors(query.get("labelSelector") ?? "", query.get("fieldSelector") ?? "");
}

function json(status: number, value: unknown): Response {
  return new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json" } });
}

function notAllowed(): ApiError {
  return new ApiError(
    405,
    "MethodNotAllowed",
    "the server does not allow this method on the requested resource",
    {},
  );
}

function parseObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw badRequest(`couldn't read the request's body: ${error instanceof Error ? error.message : error}`);
  }
  throw badRequest("the request's body is no object");
}

function isTrue(query: URLSearchParams, key: string): boolean {
  const value = query.get(key);
  return value !== null && !/^(0|false)$/i.test(value);
}

function count(query: URLSearchParams, key: string): number | undefined {
  const value = query.get(key);
  if (value === null || value === "") return undefined;
  if (!/^\d{1,15}$/.test(value)) {
    throw badRequest(`strconv.ParseInt: parsing "${value}": invalid syntax`);
  }
  return Number(value);
}
