// The cluster of a simulated run, with an auditor at its door: it knows what every pod did, counts what is unbound, and
// judges every DELETE the moment it arrives.

import type { Transport } from "../../lib/cluster/transport/transport.ts";
import { RUN_LABEL } from "../../lib/marks.ts";
import type { PodObject } from "../../lib/local/pod_object.ts";
import { openScripted } from "../scripted_kubelet.ts";
import { type Fate, fateOf } from "./job.ts";
import type { Machine } from "./machine.ts";

/** One pod that the program made. */
export interface Made {
  readonly uid: string;
  readonly name: string;
  readonly fate: Fate;
}

export interface AuditedCluster extends AsyncDisposable {
  readonly transport: Transport;
  readonly made: readonly Made[];
  /** The most pods of the run that were unbound at once. */
  readonly peakUnbound: number;
  /** Names of the run's pods that exist; strays not counted. */
  left(): string[];
  /** A pod that is none of the program's business, whatever it looks like. */
  addDecoy(name: string, labels: Record<string, string>): void;
  /** What was done that must never be done. */
  readonly offences: readonly string[];
}

const NAMESPACE = "ns";

/** @param isSafe whether a pod's whole log is on disk, asked when its DELETE arrives */
export function openAudited(
  seed: number,
  machine: Machine,
  isSafe: (made: Made) => boolean,
): AuditedCluster {
  const made: Made[] = [];
  const byUid = new Map<string, Made>();
  const decoys = new Map<string, string>();
  const counts = new Map<string, number>();
  const unbound = new Set<string>();
  const offences: string[] = [];
  let isAddingDecoy = false;
  let peakUnbound = 0;

  const cluster = openScripted((pod: PodObject) => {
    const { name, uid } = pod.metadata;
    if (isAddingDecoy) {
      decoys.set(name, uid);
      return { bindSeconds: Infinity };
    }
    const nth = counts.get(name) ?? 0;
    counts.set(name, nth + 1);
    const entry = { uid, name, fate: fateOf(seed, name, nth) };
    made.push(entry);
    byUid.set(uid, entry);
    return entry.fate.script;
  }, machine.clock);

  cluster.store.listen(({ type, pod }) => {
    const { uid, name } = pod.metadata;
    if (decoys.has(name) && decoys.get(name) === uid) {
      if (type !== "ADDED") offences.push(`decoy ${name} was ${type}`);
      return;
    }
    if (type !== "DELETED" && byUid.has(uid) && !pod.spec.nodeName) unbound.add(uid);
    else unbound.delete(uid);
    peakUnbound = Math.max(peakUnbound, unbound.size);
  });

  function judge(name: string, body: string): void {
    const uid: unknown = JSON.parse(body || "{}").preconditions?.uid;
    const pod = typeof uid === "string" ? byUid.get(uid) : undefined;
    if (pod === undefined || pod.name !== name) return void offences.push(`DELETE ${name} with uid ${uid}`);
    const hasRun = cluster.logs.find(pod.uid, "main") !== undefined;
    if (hasRun && !isSafe(pod)) offences.push(`DELETE ${name} before its log was safe`);
  }

  return {
    made,
    offences,
    get peakUnbound() {
      return peakUnbound;
    },
    transport: {
      ...cluster.transport,
      fetch(path, options = {}) {
        const { method = "GET", body = "" } = options;
        const name = decodeURIComponent(/\/pods\/([^/?]+)/.exec(path)?.[1] ?? "");
        if (method === "DELETE") judge(name, body);
        else if (method !== "GET" && method !== "POST") offences.push(`${method} ${path}`);
        return cluster.transport.fetch(path, options);
      },
    },
    left: () =>
      cluster.store.list(NAMESPACE).items.map(({ metadata }) => metadata)
        .filter(({ name, uid }) => decoys.get(name) !== uid).map(({ name }) => name),
    addDecoy(name, labels) {
      isAddingDecoy = true;
      const spec = { containers: [{ name: "main", image: "i" }] };
      const manifest = { apiVersion: "v1", kind: "Pod", metadata: { name, labels }, spec };
      cluster.store.create(NAMESPACE, JSON.stringify(manifest));
      isAddingDecoy = false;
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

/** Labels that look like the run's, and are not. */
export function lookAlikes(run: string): Record<string, string>[] {
  return [
    { [RUN_LABEL]: `${run.slice(0, -1)}x` },
    { [RUN_LABEL]: run.toUpperCase() },
    { [`${RUN_LABEL}s`]: run },
    { run },
    {},
  ];
}
