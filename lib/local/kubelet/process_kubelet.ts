// The kubelet that ships: takes every pod that may be scheduled, and runs it as processes of this machine. Knows the store; how
// one pod runs is `pod_run.ts`.

import { PodRun, type PodRunContext } from "./pod_run.ts";
import type { Change } from "../store/history.ts";
import { openWatchdog } from "./watchdog.ts";

const BASE_ENV = ["PATH", "HOME", "LANG", "TMPDIR", "USER"];
const CLOSE_GRACE_SECONDS = 2;

/** Starts the kubelet; its end stops all processes. */
export function startProcessKubelet(
  parts: Pick<PodRunContext, "store" | "logs" | "clock" | "hostEnv">,
): AsyncDisposable {
  const baseEnv: Record<string, string> = {};
  for (const name of BASE_ENV) {
    const value = parts.hostEnv(name);
    if (value !== undefined) baseEnv[name] = value;
  }
  const watchdog = openWatchdog();
  const context: PodRunContext = { ...parts, baseEnv, watchdog };
  const { logs, store } = context;
  const runs = new Map<string, PodRun>();
  const ends = new Set<Promise<void>>();
  let failure: unknown = null;
  const onChange = ({ type, pod }: Change): void => {
    const { uid, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
    const run = runs.get(uid);
    if (type === "DELETED") {
      // Deleted by force while it runs.
      run?.kill();
      logs.drop(uid);
    } else if (run) {
      if (deletionTimestamp !== undefined) run.delete(deletionGracePeriodSeconds);
    } else if (!pod.spec.nodeName && deletionTimestamp === undefined && !pod.spec.schedulingGates?.length) {
      const started = new PodRun(context, pod);
      runs.set(uid, started);
      // Not from within the store's own call: the change must have reached everybody first.
      const end = Promise.resolve().then(() => started.run()).catch((error: unknown) => {
        failure ??= error;
        started.kill();
        // a defect, told at the end: until then whoever waits for the pod must not wait for ever
        const message = `--local cannot run it: ${error instanceof Error ? error.message : error}`;
        store.update(pod, (current) => ({
          ...current,
          status: { ...current.status, phase: "Failed", reason: "KubeletError", message },
        }));
      }).finally(() => {
        runs.delete(uid);
        ends.delete(end);
        if (!store.list("", (kept) => kept.metadata.uid === uid).items.length) logs.drop(uid);
      });
      ends.add(end);
    }
  };
  const stopListening = store.listen(onChange);
  // For `Deno.exit`, which does not wait for anybody.
  const killAll = () => runs.forEach((run) => run.kill());
  globalThis.addEventListener("unload", killAll);
  return {
    async [Symbol.asyncDispose](): Promise<void> {
      stopListening();
      for (const run of runs.values()) run.stop(CLOSE_GRACE_SECONDS);
      await Promise.all(ends);
      await watchdog[Symbol.asyncDispose]();
      globalThis.removeEventListener("unload", killAll);
      if (failure !== null) throw failure;
    },
  };
}
