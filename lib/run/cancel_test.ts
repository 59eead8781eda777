import assert from "node:assert/strict";
import type { Pods } from "../cluster/pods.ts";
import type { CollectOrder, Harvest } from "../harvest/harvest.ts";
import { openResults } from "../results/open.ts";
import type { LogRecord } from "../results/record.ts";
import { diskError, makeHandClock, OPTIONS, replaced } from "../results/test_folder.ts";
import { isDiskTrouble, notStored } from "../results/trouble.ts";
import { cancelPods } from "./cancel.ts";
import { container, pod } from "./scheduler/test_pods.ts";

const START = "2026-01-01T00:00:00Z";
const ended = pod("p", "u", {
  phase: "Succeeded",
  containers: [container({ state: "terminated", exitCode: 0, startedAt: START })],
});
const never = () => Promise.reject(new TypeError("Cannot ask this of a cancel"));
const pods: Pods = {
  namespace: "n",
  maxStreams: 10,
  log: never,
  create: never,
  dryRun: never,
  get: never,
  list: () => Promise.resolve({ pods: [ended], resourceVersion: "1" }),
  remove: never,
  removeAsSeen: never,
  watch: (_run, _onEvent, signal) =>
    new Promise((resolve) => signal.addEventListener("abort", () => resolve())),
};

/** A log is stored if whoever is told of its doubt has written that down. */
function makeStore(completeness: "proven" | "unproven", stored: string[], onAsked: () => void): Harvest {
  const logs: LogRecord[] = [{ container: "main", file: "p.log", bytes: 1, completeness }];
  return {
    observe() {},
    save: never,
    streams: 0,
    async collect(_pod, order: CollectOrder) {
      onAsked();
      try {
        if (completeness !== "proven") await order.announce?.(logs);
      } catch (error) {
        assert.ok(isDiskTrouble(error));
        return notStored(error);
      }
      stored.push("p.log");
      return { kind: "stored", logs };
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

Deno.test("cancel that is interrupted while the disk does not take the journal ends, and stores no doubtful verdict", async () => {
  for (const completeness of ["proven", "unproven"] as const) {
    const dir = await Deno.makeTempDir();
    const { clock } = makeHandClock();
    const stored: string[] = [];
    {
      await using results = await openResults(dir, { ...OPTIONS, clock });
      await results.append({ kind: "intent", name: "p", attempt: 1, hash: "h", at: 0 });
      using _ = replaced(Deno.FsFile.prototype, "writeSync", () => {
        throw diskError("ENOSPC");
      });
      const stop = new AbortController();
      const asked = Promise.withResolvers<void>();
      const harvest = makeStore(completeness, stored, asked.resolve);
      const cancelled = cancelPods({ pods, harvest, results, clock, stop: stop.signal, onEvent() {} });
      await asked.promise;
      stop.abort();
      const outcome = await cancelled;
      assert.ok(outcome.isInterrupted);
      assert.equal(outcome.left.length, 1);
    }
    assert.deepEqual(stored, completeness === "proven" ? ["p.log"] : []);
    await Deno.remove(dir, { recursive: true });
  }
});
