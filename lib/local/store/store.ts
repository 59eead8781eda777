// The pods of an API server, in memory: names, UIDs, resourceVersions, graceful deletion, a history of changes for watches.
// Behaves as a real server where a client can see it. Knows nothing of HTTP and runs nothing: a kubelet listens and updates.

import type { Clock } from "../../clock.ts";
import { systemClock } from "../../clock.ts";
import { badRequest, expired, podConflict, podExists, podModified, podNotFound } from "../api_error.ts";
import { type Change, History } from "./history.ts";
import { newPod } from "./new_pod.ts";
import { apiTime, isFinished, type PodObject } from "../pod_object.ts";
import type { Matcher } from "./selector.ts";
import { readPod } from "./validate.ts";

/** What a list gives. */
export interface Page {
  readonly items: readonly PodObject[];
  readonly resourceVersion: string;
  /** Token for the next page; empty at the end. */
  readonly next: string;
  readonly remaining: number;
}

/** How a pod is to be deleted. */
export interface RemoveOptions {
  /** `preconditions.uid` */
  readonly uid?: string;
  /** `preconditions.resourceVersion` */
  readonly resourceVersion?: string;
  /** `gracePeriodSeconds`; the pod's own unless given. */
  readonly graceSeconds?: number;
  readonly isDryRun?: boolean;
}

/** The pods of all namespaces. */
export class Store {
  readonly #clock: Clock;
  readonly #history: History;
  readonly #pods = new Map<string, PodObject>();
  #version = 0;
  readonly #listeners = new Set<(change: Change) => void>();
  /** What is left of lists that are read page by page; a real server's are snapshots, too. */
  readonly #pages = new Map<string, { readonly items: readonly PodObject[]; readonly version: number }>();

  /** `historyLimit`: changes kept for watches that start from an older resourceVersion. */
  constructor({ clock = systemClock, historyLimit = 4000 }: { clock?: Clock; historyLimit?: number } = {}) {
    this.#clock = clock;
    this.#history = new History(historyLimit);
  }

  /** The version of the last change. */
  get resourceVersion(): number {
    return this.#version;
  }

  /** How many pods there are. */
  get size(): number {
    return this.#pods.size;
  }

  /**
   * Stores a pod sent as JSON.
   *
   * @throws {ApiError} 400, 409 AlreadyExists or 422
   */
  create(
    namespace: string,
    manifest: string,
    { isDryRun = false, isStrict = false }: { isDryRun?: boolean; isStrict?: boolean } = {},
  ): { readonly pod: PodObject; readonly warnings: readonly string[] } {
    const sent = readPod(manifest, namespace);
    const warnings = sent.unknownFields.map((field) => `unknown field "${field}"`);
    if (isStrict && warnings.length > 0) {
      throw badRequest(
        `Pod in version "v1" cannot be handled as a Pod: strict decoding error: ${warnings.join(", ")}`,
      );
    }
    const uid = crypto.randomUUID();
    const name = String(sent.metadata.name ?? `${sent.metadata.generateName}${uid.slice(0, 5)}`);
    if (this.#pods.has(`${namespace}/${name}`)) throw podExists(name);
    const pod = newPod(sent, { name, namespace, uid, now: this.#clock.now() });
    return { pod: isDryRun ? pod : this.#commit("ADDED", pod, null), warnings };
  }

  /** @throws {ApiError} 404 */
  get(namespace: string, name: string): PodObject {
    const pod = this.#pods.get(`${namespace}/${name}`);
    if (!pod) throw podNotFound(name);
    return pod;
  }

  /**
   * The pods of a namespace (`""`: of all), by name, `limit` at a time (0: all).
   *
   * @throws {ApiError} 410 for a token that is too old
   */
  list(namespace: string, matches: Matcher = () => true, limit = 0, token = ""): Page {
    const rest = token === "" ? this.#snapshot(namespace, matches) : this.#pages.get(token);
    if (!rest) {
      if (!/^[\w+/]{48}$/.test(token)) {
        throw badRequest("invalid continue token: continue key is not valid: it is none of this server's");
      }
      throw expired("The provided continue parameter is too old to display a consistent list result.");
    }
    const items = limit > 0 ? rest.items.slice(0, limit) : rest.items;
    const left = rest.items.slice(items.length);
    let next = "";
    if (left.length > 0) {
      next = btoa(crypto.randomUUID());
      this.#pages.set(next, { items: left, version: rest.version });
      for (const oldest of this.#pages.keys()) {
        if (this.#pages.size <= 100) break;
        this.#pages.delete(oldest);
      }
    }
    return { items, resourceVersion: String(rest.version), next, remaining: left.length };
  }

  /**
   * Replaces a pod by what `change` makes of it; null if this UID is gone. A pod whose deletion was asked for goes
   * when it has no grace and no finalizers left.
   */
  update(pod: PodObject, change: (current: PodObject) => PodObject): PodObject | null {
    const key = keyOf(pod);
    const current = this.#pods.get(key);
    if (current?.metadata.uid !== pod.metadata.uid) return null;
    const updated = change(current);
    if (updated === current) return current;
    const isDone = updated.metadata.deletionGracePeriodSeconds === 0 && !hasFinalizers(updated);
    return this.#commit(isDone ? "DELETED" : "MODIFIED", updated, current);
  }

  /**
   * Deletes as a server does: a pod that is bound and not finished gets a deletionTimestamp and stays until its kubelet
   * calls `finalize`; any other goes at once.
   *
   * @throws {ApiError} 404, or 409 Conflict where the UID is another
   */
  remove(namespace: string, name: string, options: RemoveOptions = {}): PodObject {
    const pod = this.get(namespace, name);
    const { uid, resourceVersion, deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
    if (options.uid !== undefined && options.uid !== uid) throw podConflict(name, options.uid, uid);
    const seen = options.resourceVersion ?? resourceVersion;
    if (seen !== resourceVersion) throw podModified(name, seen, resourceVersion);
    const isHeld = (pod.spec.nodeName ?? "") !== "" && !isFinished(pod);
    const wanted = isHeld ? options.graceSeconds ?? pod.spec.terminationGracePeriodSeconds : 0;
    // A second delete may shorten the grace, never lengthen it.
    const grace = Math.max(0, Math.min(wanted, deletionGracePeriodSeconds ?? wanted));
    const isGoing = deletionTimestamp !== undefined && grace === deletionGracePeriodSeconds;
    const dying = isGoing ? pod : this.#withDeletion(pod, grace);
    if (options.isDryRun) return dying;
    const marked = isGoing ? pod : this.#commit("MODIFIED", dying, pod);
    // Also a pod that goes at once is seen with its deletion before it is seen gone.
    return grace === 0 ? this.#drop(marked) : marked;
  }

  /** Takes a pod away for good, as a kubelet does when its containers have ended, or as a lost node's pods vanish. */
  finalize(pod: PodObject): void {
    const current = this.#pods.get(keyOf(pod));
    if (current?.metadata.uid !== pod.metadata.uid) return;
    const marked = current.metadata.deletionGracePeriodSeconds === 0
      ? current
      : this.#commit("MODIFIED", this.#withDeletion(current, 0), current);
    this.#drop(marked);
  }

  /**
   * All changes after a version, to begin a watch with.
   *
   * @throws {ApiError} 410 where they are no longer kept
   */
  changesSince(version: number): readonly Change[] {
    return this.#history.since(version);
  }

  /** Calls back on every change, at once and in order; gives the function that ends it. */
  listen(listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets the history, as etcd's compaction does: a watch from any older version gets 410. */
  compact(): void {
    this.#history.forget(this.#version);
    this.#pages.clear();
  }

  /** Deletes a pod that has no grace left, unless finalizers hold it or a listener has done it meanwhile. */
  #drop(pod: PodObject): PodObject {
    const isHere = this.#pods.get(keyOf(pod)) === pod;
    return isHere && !hasFinalizers(pod) ? this.#commit("DELETED", pod, pod) : pod;
  }

  #withDeletion(pod: PodObject, graceSeconds: number): PodObject {
    const { generation, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    // The grace counts from the first request, however often it is shortened.
    const asked = deletionTimestamp === undefined
      ? this.#clock.now()
      : Date.parse(deletionTimestamp) - deletionGracePeriodSeconds * 1000;
    const deletion = {
      deletionTimestamp: apiTime(asked + graceSeconds * 1000),
      deletionGracePeriodSeconds: graceSeconds,
    };
    return { ...pod, metadata: { ...pod.metadata, ...deletion, generation: generation + 1 } };
  }

  #snapshot(namespace: string, matches: Matcher): { items: readonly PodObject[]; version: number } {
    const items = [...this.#pods.entries()]
      .filter(([, pod]) => (namespace === "" || pod.metadata.namespace === namespace) && matches(pod))
      .sort(([a], [b]) => a < b ? -1 : 1)
      .map(([, pod]) => pod);
    return { items, version: this.#version };
  }

  #commit(type: Change["type"], pod: PodObject, before: PodObject | null): PodObject {
    const version = ++this.#version;
    const stored = { ...pod, metadata: { ...pod.metadata, resourceVersion: String(version) } };
    const key = keyOf(stored);
    if (type === "DELETED") this.#pods.delete(key);
    else this.#pods.set(key, stored);
    const change: Change = { type, resourceVersion: version, pod: stored, before };
    this.#history.add(change);
    for (const listener of this.#listeners) listener(change);
    return stored;
  }
}

function keyOf(pod: PodObject): string {
  return `${pod.metadata.namespace}/${pod.metadata.name}`;
}

function hasFinalizers(pod: PodObject): boolean {
  return (pod.metadata.finalizers ?? []).length > 0;
}
