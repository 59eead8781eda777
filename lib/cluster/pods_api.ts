// The calls of pods.ts over a transport: paths, bodies, and what the answers mean. How a call is sent is in calls.ts.

import { RUN_LABEL } from "../marks.ts";
import { backoffMilliseconds, readKind, readStatus } from "./answer.ts";
import { type CallOptions, makeCalls } from "./calls.ts";
import { makeGate } from "./gate.ts";
import { probeLogin } from "./login_probe.ts";
import type { PodView } from "./pod.ts";
import { heedLogin, makeOutage } from "./outage.ts";
import type { CreateOutcome, LogOptions, LogOutcome, Pods, RemoveOutcome } from "./pods.ts";
import { NO_BODY, type Transport, TransportError } from "./transport/transport.ts";
import { createOutcome, removeOutcome } from "./outcome.ts";
import { viewPod } from "./view.ts";
import { watchPods } from "./watch.ts";

/** What the calls need besides a transport. */
export interface PodsOptions extends CallOptions {
  readonly namespace: string;
  /** Log streams that may be open at once, whatever the transport can. @default {Infinity} */
  readonly maxStreams?: number;
}

const PAGE = 500;
/** One request for all, as the watch is, and the first to see the end of an outage. */
const LIST_PAUSE_MILLISECONDS = 5_000;

/** The calls on one namespace. */
export function makePods(way: Transport, options: PodsOptions): Pods {
  const outage = makeOutage();
  const transport = heedLogin(way, outage);
  const { namespace, clock, signal, maxStreams = Infinity } = options;
  const base = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods`;
  const { short, insist, ...calls } = makeCalls(transport, base, options);
  const writes = makeGate(8, 40);
  const reads = makeGate(16, 32);

  async function create(
    path: string,
    manifest: string,
  ): Promise<{ outcome: CreateOutcome; warnings: string[] }> {
    try {
      return await short(
        writes,
        path,
        { method: "POST", body: manifest, mayBeProtobuf: true },
        async (answer) => {
          const warnings = [...(answer.headers.get("warning") ?? "").matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)]
            .map((match) => (match[1] ?? "").replaceAll('\\"', '"'));
          return { outcome: await createOutcome(answer), warnings };
        },
      );
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
    // once pages have expired all is asked for at once, as client-go does: so it ends, however fast a server forgets
    let limit = String(PAGE);
    restart: for (;;) {
      const pods: PodView[] = [];
      let token = "";
      for (;;) {
        const query = new URLSearchParams({ labelSelector: `${RUN_LABEL}=${run}`, limit });
        if (token !== "") query.set("continue", token);
        const page = await insist(reads, `${base}?${query}`, { mayBeProtobuf: true }, async (answer) => {
          // without a token there is no page that could have: whatever says so all the same is asked again in time
          if (answer.status === 410 && token !== "") return "expired" as const;
          if (answer.status !== 200) return undefined;
          return readPage(await readKind(answer, "PodList"));
        }, { onFailure, most: LIST_PAUSE_MILLISECONDS });
        if (page === "expired") {
          limit = "0";
          continue restart;
        }
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
      { mayBeProtobuf: true },
      async (answer) => {
        if (answer.status === 404) return await readKind(answer, "Status") ? { pod: null } : undefined;
        if (answer.status !== 200) return undefined;
        const object = await readKind(answer, "Pod");
        return object === null ? undefined : { pod: viewPod(object) };
      },
    );
    return found.pod;
  }

  function removeOnce(name: string, options: Readonly<Record<string, unknown>>): Promise<RemoveOutcome> {
    const body = JSON.stringify({ kind: "DeleteOptions", apiVersion: "v1", ...options });
    const path = `${base}/${encodeURIComponent(name)}`;
    return insist<RemoveOutcome>(
      writes,
      path,
      { method: "DELETE", body, mayBeProtobuf: true },
      removeOutcome,
    );
  }

  return {
    namespace,
    maxStreams: Math.min(transport.maxStreams, maxStreams),
    // unknown fields are the preflight's to find: to look for them again costs the server a second parsing of each pod
    create: async (manifest) => (await create(`${base}?fieldValidation=Ignore`, manifest)).outcome,
    dryRun: (manifest) => create(`${base}?dryRun=All&fieldValidation=Strict`, manifest),
    get,
    list: (run) => list(run),
    async remove(name, uid, graceSeconds) {
      const grace = graceSeconds === undefined ? {} : { gracePeriodSeconds: graceSeconds };
      for (let tries = 0;; tries++) {
        const outcome = await removeOnce(name, { preconditions: { uid }, ...grace });
        if (outcome !== "other") return outcome;
        // a Conflict may also be a write that lost a race: the pod itself says which
        const pod = await get(name);
        if (pod?.uid !== uid) return pod === null ? "gone" : "other";
        await clock.sleep(backoffMilliseconds(tries), signal);
      }
    },
    async removeAsSeen({ name, uid, resourceVersion }) {
      const outcome = await removeOnce(name, { preconditions: { uid, resourceVersion } });
      if (outcome !== "other") return outcome;
      const pod = await get(name);
      return pod === null ? "gone" : pod.uid === uid ? "changed" : "other";
    },
    log: (name, logOptions) => readLog(`${base}/${encodeURIComponent(name)}`, logOptions),
    watch(run, onEvent, until) {
      const selector = `${RUN_LABEL}=${run}`;
      const one = `${base}?${new URLSearchParams({ labelSelector: selector, limit: "1" })}`;
      const ask = () => short(reads, one, { mayBeProtobuf: true }, (answer) => answer.bytes());
      const defect = Promise.withResolvers<never>();
      outage.listen((event) => {
        if (until.aborted) return;
        if (event.kind === "lost") calls.lost();
        onEvent(event);
        if (event.kind === "back") calls.back();
        else if (event.kind === "lost" && event.cause === "login") {
          probeLogin({ outage, ask, clock, signal: until }).catch(defect.reject);
        }
      });
      const watching = watchPods({
        transport,
        base,
        selector,
        list: (onFailure) => list(run, onFailure),
        clock,
        onEvent(event) {
          if (event.kind === "lost") outage.silent(event.reason);
          else if (event.kind === "back") outage.heard();
          else onEvent(event);
        },
        signal: until,
      });
      return Promise.race([watching, defect.promise]);
    },
  };

  /** Whether it is the login, and not a kubelet that does not let the server in: then the pod itself is refused, too. */
  function isRefused(path: string): Promise<boolean> {
    return short(reads, path, { mayBeProtobuf: true }, async (answer) => {
      await answer.bytes();
      return answer.status === 401;
    });
  }

  async function readLog(path: string, log: LogOptions): Promise<LogOutcome> {
    const query = new URLSearchParams({ container: log.container });
    if (log.follow) query.set("follow", "true");
    if (log.timestamps) query.set("timestamps", "true");
    if (log.tailLines !== undefined) query.set("tailLines", String(log.tailLines));
    if (log.limitBytes !== undefined) query.set("limitBytes", String(log.limitBytes));
    if (log.sinceTime !== undefined) query.set("sinceTime", log.sinceTime);
    const until = log.signal ? AbortSignal.any([signal, log.signal]) : signal;
    try {
      const answer = await way.fetch(`${path}/log?${query}`, {
        signal: until,
        isStream: log.follow === true,
        isBorrowed: true,
        isPassedOn: true,
      });
      if (answer.status === 200) return { kind: "stream", body: answer.body ?? NO_BODY };
      const { reason, message } = await readStatus(answer);
      // only the API itself knows that a pod is gone, a page of something in between does not
      if (answer.status === 404 && reason === "NotFound") return { kind: "gone" };
      if (answer.status === 400) return { kind: "absent", message };
      const isLoginRefused = answer.status === 401 && await isRefused(path);
      return { kind: "failed", message: `${reason}: ${message}`, isLoginRefused };
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
