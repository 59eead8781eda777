// One list and an endless watch. Reconnects from the last resourceVersion, lists again where that is too old, and never
// trusts a silent connection. Numbers are client-go's reflector's (back-off from 0.8 s, watches end after 4 to 8 minutes), but
// for the longest back-off: this one request tells all others that the server is back.

import { type Clock, slept } from "../clock.ts";
import { readStatus, retryAfter } from "./answer.ts";
import { makeEventPace } from "./event_pace.ts";
import type { PodView } from "./pod.ts";
import type { WatchEvent } from "./pods.ts";
import { LateRefusal, type Transport, TransportError } from "./transport/transport.ts";
import { unlessAborted } from "./transport/waits.ts";
import { viewPod } from "./view.ts";
import { MalformedEvent, type RawEvent, readEvents } from "./watch_events.ts";

/** What a watch needs. */
export interface WatchOptions {
  readonly transport: Transport;
  /** Path of the collection. */
  readonly base: string;
  readonly selector: string;
  /** All pods of the run; tells of every try that failed. */
  readonly list: (
    onFailure: (reason: string) => void,
  ) => Promise<{ readonly pods: PodView[]; readonly resourceVersion: string }>;
  readonly clock: Clock;
  readonly onEvent: (event: WatchEvent) => void;
  readonly signal: AbortSignal;
}

/** Slack on top of the server's own time-out before a connection is given up. */
const SLACK_MILLISECONDS = 30_000;
/** A watch is answered at once, whether or not there is anything to tell. */
const OPEN_MILLISECONDS = 30_000;
/** Bookmarks come about once a minute: a connection that brings not even these is taken for dead. */
const IDLE_MILLISECONDS = 150_000;
/** A watch that ends sooner, without an event, has failed, however politely (client-go's "very short watch"). */
const SHORT_MILLISECONDS = 1000;
/** Longest pause between two tries (client-go: 30 s): no kubelet asks a server less often whether it is there. */
const BACKOFF_MILLISECONDS = 5_000;
/** After so long all is listed anew: an event that never came must not hold a run for ever. */
const RESYNC_MILLISECONDS = 1_200_000;
/**
 * Watches in a row that brought no event and no bookmark: from where they begin there is nothing to be had. The versions of a
 * server whose etcd was restored have gone back, something in between keeps the events, or each watch breaks at the next one.
 */
const BARREN = 2;
/** After so long without a failure the pauses begin small again. */
const QUIET_MILLISECONDS = 120_000;

/** Watches until the signal aborts; rejects only for defects. */
export async function watchPods(options: WatchOptions): Promise<void> {
  const { clock, onEvent, signal } = options;
  /** The last version seen; it goes on from there after any failure, and is empty when only a list will do. */
  const place: Place = { version: "", barren: 0 };
  let failures = 0;
  /** Failures since the server last answered. */
  let unanswered = 0;
  let failedAt = -Infinity;
  let listedAt = 0;
  let isLost = false;
  const onAnswer = () => {
    unanswered = 0;
    if (isLost) onEvent({ kind: "back", cause: "silence" });
    isLost = false;
  };
  const onFailure = (reason: string) => {
    if (++unanswered < 2 || isLost || signal.aborted) return;
    isLost = true;
    onEvent({ kind: "lost", cause: "silence", reason });
  };
  while (!signal.aborted) {
    // however the last watch ended
    if (clock.monotonic() - listedAt > RESYNC_MILLISECONDS || place.barren >= BARREN) place.version = "";
    try {
      if (place.version === "") {
        onEvent({ kind: "listing" });
        const listing = options.list(onFailure);
        // it is asked for until it is answered, and nobody may be waiting for it any more
        await unlessAborted(listing, signal);
        if (signal.aborted) return void listing.catch(() => {});
        const { pods, resourceVersion } = await listing;
        onAnswer();
        place.version = resourceVersion;
        place.barren = 0;
        listedAt = clock.monotonic();
        onEvent({ kind: "listed", pods });
      }
      await watchOnce(options, place, onAnswer);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof TransportError || error instanceof WatchError)) throw error;
      const status = error instanceof WatchError ? error.status : 0;
      const isExpired = status === 410;
      // of a late refusal there is no status to be had: a list has one, and needs no version that may have expired
      if (isExpired || error instanceof LateRefusal) place.version = "";
      const isFirst = clock.monotonic() - failedAt > QUIET_MILLISECONDS;
      failedAt = clock.monotonic();
      failures = isFirst ? 1 : failures + 1;
      if (isExpired && isFirst) continue; // ordinary after a long pause: only a second one so soon is worth a wait
      if (status === 401) onAnswer(); // of that everybody hears, whoever asks
      else if (!isExpired) onFailure(error.message);
      const backoff = Math.min(BACKOFF_MILLISECONDS, 800 * 2 ** Math.min(failures - 1, 6)) *
        (0.5 + Math.random() / 2);
      const asked = error instanceof WatchError ? error.retryAfterMilliseconds : 0;
      if (!(await slept(clock, Math.max(backoff, asked), signal))) return;
    }
  }
}

/** Where the next watch begins. */
interface Place {
  version: string;
  /** Watches from there that were let in and brought nothing. */
  barren: number;
}

class WatchError extends Error {
  /** @param status of the answer; 0 where there was none, or it was well until then */
  constructor(message: string, readonly status: number = 0, readonly retryAfterMilliseconds: number = 0) {
    super(message);
  }
}

/** One watch request to its end; moves `place` on with every event. Returns where it is to be opened again at once. */
async function watchOnce(
  options: WatchOptions,
  place: Place,
  onOpen: () => void,
): Promise<void> {
  const { clock, signal } = options;
  const seconds = 240 + Math.floor(Math.random() * 240);
  const query = new URLSearchParams({
    watch: "1",
    labelSelector: options.selector,
    allowWatchBookmarks: "true",
    resourceVersion: place.version,
    timeoutSeconds: String(seconds),
  });
  const pace = makeEventPace(clock);
  const began = clock.monotonic();
  const end = began + seconds * 1000 + SLACK_MILLISECONDS;
  const silence = new AbortController();
  const over = new AbortController();
  let heard = began;
  let isOpen = false;
  let hasEvents = false;
  /** Ends the request when nothing comes; one sleeper, however many events there are. */
  const guard = async () => {
    for (;;) {
      const limit = Math.min(end, heard + (isOpen ? IDLE_MILLISECONDS : OPEN_MILLISECONDS));
      const rest = limit - clock.monotonic();
      if (rest <= 0) return silence.abort();
      if (!(await slept(clock, rest, over.signal))) return;
    }
  };
  const guarding = guard();
  try {
    const answer = await options.transport.fetch(`${options.base}?${query}`, {
      signal: AbortSignal.any([signal, silence.signal]),
      isStream: true,
      mayBeProtobuf: true,
      gather: pace.pause,
    });
    if (answer.status !== 200) {
      const asked = retryAfter(answer) ?? 0;
      const { reason, message } = await readStatus(answer);
      throw new WatchError(`${reason}: ${message}`, answer.status, asked);
    }
    isOpen = true;
    heard = clock.monotonic();
    place.barren++;
    onOpen();
    for await (const event of readEvents(answer, () => heard = clock.monotonic())) {
      if (signal.aborted) return;
      pace.note();
      place.version = tell(event, options.onEvent) || place.version;
      place.barren = 0;
      hasEvents = true;
    }
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof WatchError) throw error;
    if (error instanceof MalformedEvent) throw new WatchError(error.message);
    if (silence.signal.aborted) {
      if (isOpen) return;
      throw new WatchError("a watch was not answered in time");
    }
    if (error instanceof LateRefusal) throw error;
    if (!(error instanceof TransportError || error instanceof TypeError && !isOpen)) throw error;
    if (!hasEvents) throw new TransportError(error.message);
  } finally {
    over.abort();
    await guarding;
  }
  if (!hasEvents && clock.monotonic() - began < SHORT_MILLISECONDS) {
    throw new WatchError("a watch ended as soon as it had begun");
  }
}

/** Hands one event on; returns its resourceVersion. */
function tell({ type, object }: RawEvent, onEvent: (event: WatchEvent) => void): string {
  if (type === "ERROR") {
    const { code, message } = (object ?? {}) as { readonly code?: unknown; readonly message?: unknown };
    throw new WatchError(typeof message === "string" ? message : "watch error", code === 410 ? code : 0);
  }
  const pod = viewPod(object);
  if (type === "ADDED" || type === "MODIFIED") onEvent({ kind: "changed", pod });
  else if (type === "DELETED") onEvent({ kind: "gone", pod });
  return pod.resourceVersion;
}
