// The door of the local room: an API server inside this process whose one node runs pods as local processes (`--local`).

import { type Clock, systemClock } from "../clock.ts";
import type { Transport } from "../cluster/transport/transport.ts";
import { makeApi } from "./api.ts";
import { Logs } from "./logs.ts";
import { localNotes } from "./notes.ts";
import { startProcessKubelet } from "./process_kubelet.ts";
import { Store } from "./store.ts";
import { localTransport } from "./transport.ts";

/** An open local API. Its end kills all processes and removes the logs it kept. */
export interface Local extends AsyncDisposable {
  readonly transport: Transport;
  /** What is ignored of a pod, given as sent, one line each. */
  notes(manifest: string): string[];
}

/** Opens it. */
export function openLocal(clock: Clock = systemClock): Local {
  const store = new Store({ clock });
  const logs = new Logs(clock);
  const kubelet = startProcessKubelet({ store, logs, clock });
  const transport = localTransport({ handle: makeApi(store, logs, clock) });
  return {
    transport,
    notes: localNotes,
    async [Symbol.asyncDispose](): Promise<void> {
      await transport[Symbol.asyncDispose]();
      await kubelet[Symbol.asyncDispose]();
      await logs[Symbol.asyncDispose]();
    },
  };
}
