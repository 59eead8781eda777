// The logs of containers: exactly the bytes that came, with a time for every line. Small logs stay in memory, larger ones go
// to files without a name. Knows nothing of pods but their UIDs.

import { join } from "node:path";
import type { Clock } from "../../clock.ts";
import { ContainerLog, type Spool } from "./container_log.ts";

/** The logs of all containers. */
export class Logs implements AsyncDisposable {
  readonly #clock: Clock;
  readonly #logs = new Map<string, Map<string, ContainerLog>>();
  readonly #folder: string | null;
  #count = 0;

  /** `folder`: for large logs; the system's place for temporary files, which may be memory, unless given. */
  constructor(clock: Clock, folder: string | null = null) {
    this.#clock = clock;
    this.#folder = folder;
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
  [Symbol.asyncDispose](): Promise<void> {
    for (const uid of [...this.#logs.keys()]) this.drop(uid);
    return Promise.resolve();
  }

  #spool(): Spool {
    const path = this.#folder === null
      ? Deno.makeTempFileSync({ prefix: "qupods-local-" })
      : join(this.#folder, `stage.local-${this.#count++}`);
    const file = Deno.openSync(path, { create: true, read: true, write: true, mode: 0o600 });
    // Unlinked at once: whatever kills this process, the bytes go with it.
    Deno.removeSync(path);
    return file;
  }
}
