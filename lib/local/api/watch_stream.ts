// One watch as a stream of JSON lines: first what there is or what was missed, then every change that the selector sees.
// Knows the store, nothing of HTTP.

import type { Clock } from "../../clock.ts";
import { ApiError, statusOf } from "../api_error.ts";
import type { PodObject } from "../pod_object.ts";
import type { Matcher } from "../store/selector.ts";
import type { Change } from "../store/history.ts";
import type { Store } from "../store/store.ts";

const encoder = new TextEncoder();
// A real server sends one about every minute.
const BOOKMARK_MILLISECONDS = 60_000;

/** What a watch asks for. */
export interface WatchOptions {
  readonly namespace: string;
  readonly matches: Matcher;
  /** Empty or `0`: begin with an ADDED for each pod there is. */
  readonly resourceVersion: string;
  readonly timeoutSeconds: number;
  readonly hasBookmarks: boolean;
}

/** Opens a watch; it ends after `timeoutSeconds`, or with an ERROR event 410 where the version is too old. */
export function openWatch(
  store: Store,
  clock: Clock,
  options: WatchOptions,
  signal: AbortSignal | undefined,
): ReadableStream<Uint8Array> {
  const { namespace, matches } = options;
  let lines: string[] = [];
  let isOver = false;
  let wake: (() => void) | null = null;
  const timers = new AbortController();
  const send = (type: string, object: unknown) => {
    lines.push(`${JSON.stringify({ type, object })}\n`);
    wake?.();
  };
  const bookmark = () =>
    send("BOOKMARK", {
      kind: "Pod",
      apiVersion: "v1",
      metadata: { resourceVersion: String(store.resourceVersion), creationTimestamp: null },
      spec: { containers: null },
      status: {},
    });
  const sees = (pod: PodObject) => (namespace === "" || pod.metadata.namespace === namespace) && matches(pod);
  const onChange = ({ type, pod, before }: Change) => {
    const is = type !== "DELETED" && sees(pod);
    const was = before !== null && sees(before);
    if (is) send(was ? "MODIFIED" : "ADDED", pod);
    else if (was) send("DELETED", pod);
  };
  const end = () => {
    isOver = true;
    timers.abort();
    stopListening();
    wake?.();
  };
  const stopListening = store.listen(onChange);
  begin();
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const abort = () => {
        end();
        controller.error(signal?.reason);
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort, { once: true, signal: timers.signal });
    },
    async pull(controller) {
      while (lines.length === 0 && !isOver) {
        const woken = Promise.withResolvers<void>();
        wake = woken.resolve;
        await woken.promise;
        wake = null;
      }
      if (signal?.aborted) return;
      if (lines.length === 0) return controller.close();
      const text = lines.join("");
      lines = [];
      controller.enqueue(encoder.encode(text));
    },
    cancel: end,
  }, { highWaterMark: 0 });

  function begin(): void {
    const version = Number(options.resourceVersion || "0");
    try {
      if (version === 0) { for (const pod of store.list(namespace, matches).items) send("ADDED", pod); }
      else store.changesSince(version).forEach(onChange);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      send("ERROR", statusOf(error));
      return end();
    }
    later(options.timeoutSeconds * 1000, () => {
      if (options.hasBookmarks) bookmark();
      end();
    });
    if (options.hasBookmarks) remind();
  }

  function remind(): void {
    later(BOOKMARK_MILLISECONDS, () => {
      bookmark();
      remind();
    });
  }

  function later(milliseconds: number, act: () => void): void {
    clock.sleep(milliseconds, timers.signal).then(act, (reason: unknown) => {
      if (!timers.signal.aborted) throw reason;
    });
  }
}
