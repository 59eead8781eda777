// The cluster of a simulated run, with an auditor at its door: it knows what every pod did, counts what is unbound, and
// judges every DELETE the moment it arrives.

import type { Transport } from "../../lib/cluster/transport/transport.ts";
import { isFinished, type PodObject } from "../../lib/local/pod_object.ts";
import { openScripted, type PodScript } from "../scripted_kubelet.ts";
import type { Decoy } from "./decoys.ts";
import type { Fate } from "./job.ts";
import type { Job, Step } from "./job_kinds.ts";
import type { Machine } from "./machine.ts";
import { makeRotatedLogs } from "./rotated_logs.ts";

/** One pod that the program made. */
export interface Made {
  readonly uid: string;
  readonly name: string;
  readonly fate: Fate;
}

export interface AuditedCluster extends AsyncDisposable {
  readonly transport: Transport;
  readonly made: readonly Made[];
  /** Those whose DELETE was asked for when all their logs were on disk. */
  readonly home: readonly Made[];
  /** The most pods of the run that were unbound at once. */
  readonly peakUnbound: number;
  /** Names of the run's pods that exist. */
  left(): string[];
  /** A pod that is none of the program's business, whatever it looks like. */
  addDecoy(decoy: Decoy): void;
  /** Whether a foreign pod has this name now. */
  isTaken(name: string): boolean;
  /** What the node still has of a log that it rotates. */
  served(uid: string): Uint8Array;
  /** What was done that must never be done. */
  readonly offences: readonly string[];
  /** Those of them that were done to foreign pods. */
  readonly foreignWrites: number;
}

const NAMESPACE = "ns";
const SPEC = { containers: [{ name: "main", image: "i" }] };

export type Squatters = "none" | "but for ended" | "all";

/** What those pods write that take others' names. */
export const STRANGERS_LOG = new TextEncoder().encode("what a stranger's pod writes\n");

/** What a cluster is opened with. */
export interface AuditOptions {
  readonly job: Job;
  /** Whether a pod's whole log is on disk: asked when its DELETE arrives. */
  readonly isSafe: (made: Made) => boolean;
  /**
   * Somebody takes the name of each pod as soon as it is gone, with a pod that has a log, too: but for those that vanish after
   * their end, of which a call that is killed between reading a log and deleting its pod could not tell the next; or of all.
   */
  readonly squatters: Squatters;
  /** Whether it is `qupods cancel` that works now. */
  readonly isCancelled: () => boolean;
}

export function openAudited(
  seed: number,
  machine: Machine,
  { job, isSafe, squatters, isCancelled }: AuditOptions,
): AuditedCluster {
  const rotated = makeRotatedLogs(machine.clock);
  const made: Made[] = [];
  const home: Made[] = [];
  const byUid = new Map<string, Made>();
  /** Decoys by UID. */
  const decoys = new Map<string, string>();
  const counts = new Map<string, number>();
  const unbound = new Set<string>();
  /** UIDs whose deletion the program has asked for. */
  const asked = new Set<string>();
  const offences: string[] = [];
  /** The script of the decoy that is being added. */
  let decoyScript: PodScript | null = null;
  let peakUnbound = 0;
  let foreignWrites = 0;

  const cluster = openScripted((pod: PodObject) => {
    const { name, uid } = pod.metadata;
    if (decoyScript !== null) {
      decoys.set(uid, name);
      return decoyScript;
    }
    const nth = counts.get(name) ?? 0;
    counts.set(name, nth + 1);
    const entry = { uid, name, fate: job.fateOf(seed, name, nth) };
    made.push(entry);
    byUid.set(uid, entry);
    return entry.fate.script;
  }, machine.clock);

  cluster.store.listen(({ type, pod }) => {
    const { uid, name, deletionTimestamp } = pod.metadata;
    if (decoys.has(uid)) {
      // its own kubelet may write to it, nobody else
      if (type === "DELETED" || deletionTimestamp !== undefined) offend(`decoy ${name} was ${type}`);
      return;
    }
    const { writing } = byUid.get(uid)?.fate ?? {};
    if (writing !== undefined) rotate(pod, writing, type === "DELETED");
    if (type !== "DELETED" && byUid.has(uid) && !pod.spec.nodeName) unbound.add(uid);
    else unbound.delete(uid);
    peakUnbound = Math.max(peakUnbound, unbound.size);
    const hasVanished = isFinished(pod) && !asked.has(uid);
    if (type === "DELETED" && (squatters === "all" || squatters === "but for ended" && !hasVanished)) {
      const metadata = { name, labels: { "not-ours": "true" } };
      queueMicrotask(() => addDecoy({ namespace: NAMESPACE, metadata }, { log: STRANGERS_LOG }));
    }
  });

  function rotate(pod: PodObject, writing: readonly Step[], isGone: boolean): void {
    const { uid } = pod.metadata;
    const { phase } = pod.status;
    if (isGone) rotated.drop(uid);
    else if (phase === "Running") rotated.begin(uid, writing);
    else if (isFinished(pod)) rotated.end(uid);
  }

  /** Null where it is not a request for a rotated log that there is. */
  function rotatedAnswer(
    path: string,
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<Response> | null {
    const [, query] = /\/log\?(.*)/.exec(path) ?? [];
    const pod = cluster.store.list(NAMESPACE).items.find(({ metadata }) => metadata.name === name);
    if (query === undefined || pod === undefined) return null;
    return rotated.answer(pod.metadata.uid, new URLSearchParams(query), signal);
  }

  function offend(what: string): void {
    foreignWrites++;
    offences.push(what);
  }

  // some wait, some run, some have ended: none of them may be tidied away
  const idle = () => [{ bindSeconds: Infinity }, { runSeconds: Infinity }, {}][decoys.size % 3] ?? {};

  function addDecoy({ namespace, metadata }: Decoy, script: PodScript = idle()): void {
    decoyScript = script;
    try {
      cluster.store.create(
        namespace,
        JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata, spec: SPEC }),
      );
    } finally {
      decoyScript = null;
    }
  }

  function judge(namespace: string, name: string, body: string): void {
    const { uid, resourceVersion } = JSON.parse(body || "{}").preconditions ?? {};
    const pod = typeof uid === "string" ? byUid.get(uid) : undefined;
    if (pod === undefined || pod.name !== name || namespace !== NAMESPACE) {
      return offend(`DELETE ${namespace}/${name} with uid ${uid}`);
    }
    const now = cluster.store.list(NAMESPACE).items.find(({ metadata }) => metadata.uid === pod.uid);
    // of a pod that has changed since: it will be refused
    if (resourceVersion !== undefined && now?.metadata.resourceVersion !== resourceVersion) return;
    asked.add(pod.uid);
    const hasRun = cluster.logs.find(pod.uid, "main") !== undefined;
    // what a pod says that is cancelled while it runs is read to its end after the DELETE
    const isCut = isCancelled() && now !== undefined && !isFinished(now);
    if (!hasRun || isCut) return;
    if (isSafe(pod)) home.push(pod);
    else offences.push(`DELETE ${name} before its log was safe`);
  }

  const pods = () => cluster.store.list(NAMESPACE).items.map(({ metadata }) => metadata);

  return {
    made,
    home,
    offences,
    get foreignWrites() {
      return foreignWrites;
    },
    get peakUnbound() {
      return peakUnbound;
    },
    transport: {
      ...cluster.transport,
      fetch(path, options = {}) {
        const { method = "GET", body = "" } = options;
        const [, namespace = "", name = ""] = /\/namespaces\/([^/?]+)\/pods(?:\/([^/?]+))?/.exec(path) ?? [];
        if (method === "DELETE") judge(decodeURIComponent(namespace), decodeURIComponent(name), body);
        else if (method !== "GET" && method !== "POST") offend(`${method} ${path}`);
        return rotatedAnswer(path, name, options.signal) ?? cluster.transport.fetch(path, options);
      },
    },
    left: () => pods().filter(({ uid }) => !decoys.has(uid)).map(({ name }) => name),
    isTaken: (wanted) => pods().some(({ name, uid }) => name === wanted && decoys.has(uid)),
    addDecoy: (decoy) => addDecoy(decoy),
    served: rotated.served,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
