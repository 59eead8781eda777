// The last changes of a store, for watches that go on from an older version. Versions are consecutive.

import { expired } from "../api_error.ts";
import type { PodObject } from "../pod_object.ts";

/** One change of one pod. */
export interface Change {
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly resourceVersion: number;
  readonly pod: PodObject;
  /** The pod before the change. */
  readonly before: PodObject | null;
}

/** Keeps the last `limit` changes, and at most twice as many. */
export class History {
  readonly #limit: number;
  /** Oldest first. */
  #changes: Change[] = [];
  /** Changes up to this version are forgotten. */
  #forgotten = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(change: Change): void {
    this.#changes.push(change);
    // Cut by half at a time: an array's shift would cost as much as the array is long.
    if (this.#changes.length <= 2 * this.#limit) return;
    const cut = this.#changes.length - this.#limit;
    this.#changes = this.#changes.slice(cut);
    this.#forgotten += cut;
  }

  /**
   * All changes after a version.
   *
   * @throws {ApiError} 410 where they are no longer kept
   */
  since(version: number): readonly Change[] {
    if (version < this.#forgotten) {
      throw expired(`too old resource version: ${version} (${this.#forgotten + 1})`);
    }
    return this.#changes.slice(version - this.#forgotten);
  }

  /** Forgets everything up to a version. */
  forget(version: number): void {
    this.#forgotten = version;
    this.#changes = [];
  }
}
