// The door of the local room: an API server inside this process whose one node runs pods as local processes (`--local`).

import { type Clock, systemClock } from "../clock.ts";
import { makeApi } from "./api/api.ts";
import { Logs } from "./logs/logs.ts";
import { type HostEnv, machineProblems } from "./kubelet/machine.ts";
import { localNotes } from "./notes.ts";
import { specOf } from "./pod_object.ts";
import { startProcessKubelet } from "./kubelet/process_kubelet.ts";
import { Store } from "./store/store.ts";
import { type LocalTransport, localTransport } from "./transport.ts";

/** An open local API. Its end kills all processes and removes the logs it kept. */
export interface Local extends AsyncDisposable {
  readonly transport: LocalTransport;
  /** What is ignored of a pod, given as sent, one line each. */
  notes(manifest: string): string[];
  /** Why a pod, given as sent, cannot run here, one line each. */
  problems(manifest: string): string[];
}

/** What it is opened with; all has its default. */
export interface LocalOptions {
  readonly clock?: Clock;
  readonly hostEnv?: HostEnv;
  /** Where large logs lie until they are fetched. */
  readonly folder?: string | null;
}

/** Opens it. */
export function openLocal(
  { clock = systemClock, hostEnv = (name) => Deno.env.get(name), folder = null }: LocalOptions = {},
): Local {
  const store = new Store({ clock });
  const logs = new Logs(clock, folder);
  const kubelet = startProcessKubelet({ store, logs, clock, hostEnv });
  const transport = localTransport({ handle: makeApi(store, logs, clock) });
  return {
    transport,
    notes: localNotes,
    problems(manifest) {
      return machineProblems(specOf(manifest), hostEnv).map(({ container, problem }) =>
        `container ${container}: ${problem}`
      );
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await transport[Symbol.asyncDispose]();
      await kubelet[Symbol.asyncDispose]();
      await logs[Symbol.asyncDispose]();
    },
  };
}
