// The logs of a simulated node that rotates them: it serves the newest file alone, and a stream goes over to the next one.

import { joined } from "../../lib/bytes.ts";
import type { Clock } from "../../lib/clock.ts";
import type { LogOptions } from "../../lib/cluster/pods.ts";
import { type FakeKubelet, makeFakeKubelet } from "../../lib/harvest/fake_kubelet.ts";
import type { Step } from "./job_kinds.ts";

export interface RotatedLogs {
  /** A container starts: it writes and is rotated as it is told. */
  begin(uid: string, steps: readonly Step[]): void;
  /** It has ended: so do its streams. */
  end(uid: string): void;
  /** The pod is gone, with all of its files. */
  drop(uid: string): void;
  /** To a request for its log; null where it has not begun. */
  answer(uid: string, query: URLSearchParams, signal: AbortSignal | undefined): Promise<Response> | null;
  /** What the node still has. */
  served(uid: string): Uint8Array;
}

interface Log {
  readonly kubelet: FakeKubelet;
  file: Uint8Array[];
  isOver: boolean;
}

export function makeRotatedLogs(clock: Clock): RotatedLogs {
  const logs = new Map<string, Log>();

  async function write(log: Log, steps: readonly Step[]): Promise<void> {
    for (const { afterMilliseconds, lines, isRotation } of steps) {
      if (afterMilliseconds > 0) await clock.sleep(afterMilliseconds);
      if (log.isOver) return;
      log.kubelet.pass(Math.max(0, afterMilliseconds - lines.length));
      if (isRotation) {
        log.kubelet.rotate();
        log.file = [];
      }
      for (const line of lines) log.kubelet.write(line);
      log.file.push(...lines);
    }
  }

  return {
    begin(uid, steps) {
      if (logs.has(uid)) return;
      const log: Log = {
        kubelet: makeFakeKubelet(Math.floor(clock.now() / 1000)),
        file: [],
        isOver: false,
      };
      log.kubelet.pass(Math.floor(clock.now() % 1000));
      logs.set(uid, log);
      void write(log, steps);
    },
    end(uid) {
      const log = logs.get(uid);
      if (log === undefined || log.isOver) return;
      log.isOver = true;
      log.kubelet.end();
    },
    drop(uid) {
      const log = logs.get(uid);
      if (log !== undefined) log.isOver = true;
      log?.kubelet.cut();
      logs.delete(uid);
    },
    answer(uid, query, signal) {
      const log = logs.get(uid);
      return log === undefined ? null : respond(log.kubelet, query, signal);
    },
    served: (uid) => joined(logs.get(uid)?.file ?? []),
  };
}

async function respond(
  kubelet: FakeKubelet,
  query: URLSearchParams,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const number = (key: string) => query.has(key) ? { [key]: Number(query.get(key)) } : {};
  const options: LogOptions = {
    container: "main",
    follow: query.get("follow") === "true",
    timestamps: query.get("timestamps") === "true",
    ...number("tailLines"),
    ...number("limitBytes"),
    ...(query.has("sinceTime") ? { sinceTime: query.get("sinceTime") ?? "" } : {}),
    ...(signal ? { signal } : {}),
  };
  const outcome = await kubelet.pods.log("", options);
  return outcome.kind === "stream" ? new Response(outcome.body) : new Response("", { status: 500 });
}
