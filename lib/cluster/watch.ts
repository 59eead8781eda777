// One list and an endless watch. Reconnects from the last resourceVersion, lists again where that is too old, and never
// trusts a silent connection. Numbers are client-go's reflector's: back-off 0.8 s to 30 s, watches end after 4 to 8 minutes.

import type { Clock } from "../clock.ts";
import type { PodView } from "./pod.ts";
import type { WatchEvent } from "./pods.ts";
import { type Transport, TransportError } from "./transport/transport.ts";
import { viewPod } from "./view.ts";

/** What a watch needs. */
export interface WatchOptions {
  readonly transport: Transport;
  /** Path of the collection. */
  readonly base: string;
  readonly selector: string;
  readonly list: () => Promise<{ readonly pods: PodView[]; readonly resourceVersion: string }>;
  readonly clock: Clock;
  readonly onEvent: (event: WatchEvent) => void;
  readonly signal: AbortSignal;
}

/** Slack on top of the server's own time-out before a silent connection is given up. */
const IDLE_SLACK_MILLISECONDS = 30_000;

/** Watches until the signal aborts; rejects only for defects. */
export async function watchPods(options: WatchOptions): Promise<void> {
  const { clock, onEvent, signal } = options;
  let version = "";
  let failures = 0;
  let isLost = false;
  while (!signal.aborted) {
    try {
      if (version === "") {
        const { pods, resourceVersion } = await options.list();
        version = resourceVersion;
        onEvent({ kind: "listed", pods });
      }
      const next = await watchOnce(options, version, () => {
        failures = 0;
        if (isLost) onEvent({ kind: "back" });
        isLost = false;
      });
      version = next;
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TransportError || error instanceof TypeError || error instanceof WatchError)) {
        throw error;
      }
      if (error instanceof WatchError && error.isExpired) {
        version = "";
        continue;
      }
      failures++;
      if (failures >= 2 && !isLost) {
        isLost = true;
        onEvent({ kind: "lost", reason: error.message });
      }
      const pause = Math.min(30_000, 800 * 2 ** Math.min(failures - 1, 6)) * (0.5 + Math.random() / 2);
      try {
        await clock.sleep(pause, signal);
      } catch {
        return; // the signal
      }
    }
  }
}

class WatchError extends Error {
  constructor(message: string, readonly isExpired: boolean) {
    super(message);
  }
}

/** One watch request to its end; returns the resourceVersion to go on from. */
async function watchOnce(options: WatchOptions, from: string, onOpen: () => void): Promise<string> {
  const seconds = 240 + Math.floor(Math.random() * 240);
  const query = new URLSearchParams({
    watch: "1",
    labelSelector: options.selector,
    allowWatchBookmarks: "true",
    resourceVersion: from,
    timeoutSeconds: String(seconds),
  });
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), seconds * 1000 + IDLE_SLACK_MILLISECONDS);
  let version = from;
  try {
    const answer = await options.transport.fetch(`${options.base}?${query}`, {
      signal: AbortSignal.any([options.signal, silence.signal]),
      isStream: true,
    });
    if (answer.status !== 200) {
      const message = (await answer.text()).slice(0, 200);
      throw new WatchError(`watch answered ${answer.status}: ${message}`, answer.status === 410);
    }
    onOpen();
    for await (const line of lines(answer.body ?? new Blob([]).stream())) {
      version = onLine(line, options.onEvent) || version;
    }
    return version;
  } catch (error) {
    if (options.signal.aborted) throw options.signal.reason;
    if (silence.signal.aborted) return version;
    if (version !== from && !(error instanceof WatchError)) return version;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** Hands one watch line on; returns its resourceVersion. */
function onLine(line: string, onEvent: (event: WatchEvent) => void): string {
  const { type, object } = parseLine(line);
  if (type === "ERROR") throw new WatchError(object.message ?? "watch error", object.code === 410);
  const pod = viewPod(object);
  if (type === "ADDED" || type === "MODIFIED") onEvent({ kind: "changed", pod });
  else if (type === "DELETED") onEvent({ kind: "gone", pod });
  return pod.resourceVersion;
}

function parseLine(line: string): { type: string; object: { code?: number; message?: string } } {
  try {
    return JSON.parse(line);
  } catch {
    throw new WatchError("a watch event is not JSON", false);
  }
}

/** Whole lines of a byte stream; a last one without newline is torn and dropped. */
async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of body) {
    const text = rest + decoder.decode(chunk, { stream: true });
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      if (end > start) yield text.slice(start, end);
      start = end + 1;
    }
    rest = text.slice(start);
  }
}
