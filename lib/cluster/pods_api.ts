// The calls of pods.ts over a transport. Reads and deletes are sent until they are answered; a create is sent once.

import type { Clock } from "../clock.ts";
import { RUN_LABEL } from "../marks.ts";
import { backoffMilliseconds, readKind, readStatus, retryAfter } from "./answer.ts";
import { type Gate, makeGate } from "./gate.ts";
import type { PodView } from "./pod.ts";
import type { CreateOutcome, LogOptions, LogOutcome, Pods, RemoveOutcome } from "./pods.ts";
import { type RequestOptions, type Transport, TransportError } from "./transport/transport.ts";
import { createOutcome, removeOutcome } from "./outcome.ts";
import { viewPod } from "./view.ts";
import { watchPods } from "./watch.ts";

/** What the calls need besides a transport. */
export interface PodsOptions {
  readonly namespace: string;
  readonly clock: Clock;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** For short calls. */
  readonly requestTimeoutSeconds: number;
  /** Told once per kind of call that the server refuses although it is tried on, such as a DELETE whose right was taken away. */
  readonly onTrouble?: (text: string) => void;
}

const PAGE = 500;

/** The calls on one namespace. */
export function makePods(transport: Transport, options: PodsOptions): Pods {
  const { namespace, clock, signal } = options;
  const base = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const writes = makeGate(8, 40);
  const reads = makeGate(16, 32);
  const grumbled = new Set<string>();
  /** Aborts when the server answers again after an outage: what waits for its next try need not wait longer. */
  let outage = new AbortController();

  /** One short call, with a time-out. */
  async function short<T>(
    gate: Gate,
    path: string,
    request: RequestOptions,
    read: (answer: Response) => Promise<T>,
  ): Promise<T> {
    return await gate.run(async () => {
      // not AbortSignal.any with AbortSignal.timeout: those stay until the time is over, some kilobytes a request
      const limit = new AbortController();
      const stop = () => limit.abort(signal.reason);
      const timer = setTimeout(() => limit.abort("late"), options.requestTimeoutSeconds * 1000);
      signal.addEventListener("abort", stop);
      if (signal.aborted) stop();
      try {
        const answer = await transport.fetch(path, { ...request, signal: limit.signal });
        if (answer.status === 429 || answer.status === 503) gate.slowDown();
        return await read(answer);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (limit.signal.aborted) {
          throw new TransportError(`no answer within ${options.requestTimeoutSeconds} s`);
        }
        throw error;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      }
    });
  }

  /** Sends until there is an answer that `read` accepts (not undefined). `onFailure` hears of every other one. */
  async function insist<T>(
    gate: Gate,
    path: string,
    request: RequestOptions,
    read: (answer: Response) => Promise<T | undefined>,
    onFailure: (reason: string) => void = () => {},
  ): Promise<T> {
    for (let tries = 0;; tries++) {
      signal.throwIfAborted();
      let pause = backoffMilliseconds(tries);
      let isOutage = true;
      try {
        const result = await short(gate, path, request, async (answer) => {
          const value = await read(answer);
          if (value !== undefined) return value;
          isOutage = answer.status >= 500;
          pause = retryAfter(answer) ?? pause;
          const reason = answer.bodyUsed ? `HTTP ${answer.status}` : await reasonOf(answer);
          onFailure(reason);
          const isRefused = answer.status >= 400 && answer.status < 500 && answer.status !== 429;
          if (isRefused && tries >= 4) grumble(request.method ?? "GET", path, answer.status, reason);
          return undefined;
        });
        if (result !== undefined) return result;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!(error instanceof TransportError || error instanceof TypeError)) throw error;
        onFailure(error.message);
      }
      await rest(pause, isOutage);
    }
  }

  /** Sleeps; not any longer than an outage lasts, if that was the trouble. */
  async function rest(milliseconds: number, isOutage: boolean): Promise<void> {
    const until = isOutage ? AbortSignal.any([signal, outage.signal]) : signal;
    try {
      await clock.sleep(milliseconds, until);
    } catch (error) {
      if (signal.aborted || !until.aborted) throw error;
    }
  }

  function grumble(method: string, path: string, status: number, reason: string): void {
    const kind = `${method} ${status}`;
    if (grumbled.has(kind)) return;
    grumbled.add(kind);
    const target = path === base || path.startsWith(`${base}?`)
      ? "pods"
      : `pod ${path.slice(base.length + 1)}`;
    const verb = method === "DELETE" ? "delete" : "read";
    options.onTrouble?.(`cannot ${verb} ${target}, trying on: ${reason}`);
  }

  async function create(
    path: string,
    manifest: string,
  ): Promise<{ outcome: CreateOutcome; warnings: string[] }> {
    try {
      return await short(writes, path, { method: "POST", body: manifest }, async (answer) => {
        const warnings = [...(answer.headers.get("warning") ?? "").matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)]
          .map((match) => (match[1] ?? "").replaceAll('\\"', '"'));
        return { outcome: await createOutcome(answer), warnings };
      });
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof TransportError || error instanceof TypeError)) throw error;
      return { outcome: { kind: "unclear", reason: error.message }, warnings: [] };
    }
  }

  async function list(
    run: string,
    onFailure?: (reason: string) => void,
  ): Promise<{ pods: PodView[]; resourceVersion: string }> {
    restart: for (;;) {
      const pods: PodView[] = [];
      let token = "";
      for (;;) {
        const query = new URLSearchParams({ labelSelector: `${RUN_LABEL}=${run}`, limit: String(PAGE) });
        if (token !== "") query.set("continue", token);
        const page = await insist(reads, `${base}?${query}`, {}, async (answer) => {
          if (answer.status === 410) return "expired" as const;
          if (answer.status !== 200) return undefined;
          return readPage(await readKind(answer, "PodList"));
        }, onFailure);
        if (page === "expired") continue restart;
        for (const item of page.items) pods.push(viewPod(item));
        token = page.token;
        if (token === "") return { pods, resourceVersion: page.resourceVersion };
      }
    }
  }

  async function get(name: string): Promise<PodView | null> {
    const found = await insist<{ pod: PodView | null }>(
      reads,
      `${base}/${encodeURIComponent(name)}`,
      {},
      async (answer) => {
        if (answer.status === 404) return await readKind(answer, "Status") ? { pod: null } : undefined;
        if (answer.status !== 200) return undefined;
        const object = await readKind(answer, "Pod");
        return object === null ? undefined : { pod: viewPod(object) };
      },
    );
    return found.pod;
  }

  return {
    namespace,
    maxStreams: transport.maxStreams,
    create: async (manifest) => (await create(base, manifest)).outcome,
    dryRun: (manifest) => create(`${base}?dryRun=All&fieldValidation=Strict`, manifest),
    get,
    list: (run) => list(run),
    async remove(name, uid, graceSeconds) {
      const body = JSON.stringify({
        kind: "DeleteOptions",
        apiVersion: "v1",
        preconditions: { uid },
        ...(graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds }),
      });
      for (let tries = 0;; tries++) {
        const outcome = await insist<RemoveOutcome>(
          writes,
          `${base}/${encodeURIComponent(name)}`,
          { method: "DELETE", body },
          removeOutcome,
        );
        if (outcome !== "other") return outcome;
        // a Conflict may also be a write that lost a race: the pod itself says which
        const pod = await get(name);
        if (pod?.uid !== uid) return pod === null ? "gone" : "other";
        await clock.sleep(backoffMilliseconds(tries), signal);
      }
    },
    log: (name, logOptions) => readLog(`${base}/${encodeURIComponent(name)}/log`, logOptions),
    watch: (run, onEvent, until) =>
      watchPods({
        transport,
        base,
        selector: `${RUN_LABEL}=${run}`,
        list: (onFailure) => list(run, onFailure),
        clock,
        onEvent: (event) => {
          onEvent(event);
          if (event.kind !== "back") return;
          outage.abort();
          outage = new AbortController();
        },
        signal: until,
      }),
  };

  async function readLog(path: string, log: LogOptions): Promise<LogOutcome> {
    const query = new URLSearchParams({ container: log.container });
    if (log.follow) query.set("follow", "true");
    if (log.timestamps) query.set("timestamps", "true");
    if (log.tailLines !== undefined) query.set("tailLines", String(log.tailLines));
    if (log.limitBytes !== undefined) query.set("limitBytes", String(log.limitBytes));
    if (log.sinceTime !== undefined) query.set("sinceTime", log.sinceTime);
    const until = log.signal ? AbortSignal.any([signal, log.signal]) : signal;
    try {
      const answer = await transport.fetch(`${path}?${query}`, {
        signal: until,
        isStream: log.follow === true,
      });
      if (answer.status === 200) return { kind: "stream", body: answer.body ?? new Blob([]).stream() };
      const { reason, message } = await readStatus(answer);
      // only the API itself knows that a pod is gone, a page of something in between does not
      if (answer.status === 404 && reason === "NotFound") return { kind: "gone" };
      if (answer.status === 400) return { kind: "absent", message };
      return { kind: "failed", message: `${reason}: ${message}` };
    } catch (error) {
      if (until.aborted) throw until.reason;
      if (!(error instanceof TransportError || error instanceof TypeError)) throw error;
      return { kind: "failed", message: error.message };
    }
  }
}

interface Page {
  readonly items: readonly unknown[];
  /** Empty on the last page. */
  readonly token: string;
  readonly resourceVersion: string;
}

function readPage(list: { readonly [key: string]: unknown } | null): Page | undefined {
  if (list === null || typeof list.metadata !== "object" || list.metadata === null) return undefined;
  const { continue: token, resourceVersion } = list.metadata as {
    continue?: unknown;
    resourceVersion?: unknown;
  };
  if (typeof resourceVersion !== "string" || resourceVersion === "") return undefined;
  // Go encodes an empty list that was never made as null
  const items = Array.isArray(list.items) ? list.items : list.items === null ? [] : undefined;
  return items && { items, token: typeof token === "string" ? token : "", resourceVersion };
}

async function reasonOf(answer: Response): Promise<string> {
  const { reason, message } = await readStatus(answer);
  return `${reason}: ${message}`;
}
