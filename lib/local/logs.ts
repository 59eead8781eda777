// The logs of containers: exactly the bytes that came, with a time for every line. Small logs stay in memory, larger ones go
// to a temporary folder that is removed at the end. Knows nothing of pods but their UIDs.

import { join } from "node:path";
import type { Clock } from "../clock.ts";
import { ContainerLog, type Spool } from "./container_log.ts";

/** The logs of all containers. */
export class Logs implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #logs = new Map<string, Map<string, ContainerLog>>();
  #folder = "";
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A new, empty log; an earlier one of the same container is gone, as after a container's restart. */
  open(uid: string, container: string): ContainerLog {
    let ofPod = this.#logs.get(uid);
    if (!ofPod) this.#logs.set(uid, ofPod = new Map());
    ofPod.get(container)?.remove();
    const log = new ContainerLog(() => this.#clock.now(), () => this.#spool());
    ofPod.set(container, log);
    return log;
  }

  /** The log of a container that has started. */
  find(uid: string, container: string): ContainerLog | undefined {
    return this.#logs.get(uid)?.get(container);
  }

  /** Forgets the logs of a pod; whoever still reads them is cut off, as on a real node. */
  drop(uid: string): void {
    for (const log of this.#logs.get(uid)?.values() ?? []) log.remove();
    this.#logs.delete(uid);
  }

  /** Removes everything. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const uid of [...this.#logs.keys()]) this.drop(uid);
    if (this.#folder !== "") await Deno.remove(this.#folder, { recursive: true });
    this.#folder = "";
  }

  #spool(): Spool {
    if (this.#folder === "") this.#folder = Deno.makeTempDirSync({ prefix: "qupods-local-" });
    const path = join(this.#folder, `${this.#count++}.log`);
    const file = Deno.openSync(path, { createNew: true, read: true, write: true, mode: 0o600 });
    // Unlinked at once: whatever kills this process, the bytes go with it.
    Deno.removeSync(path);
    return file;
  }
}
