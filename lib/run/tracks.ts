// What becomes of pods that are being deleted, as the watch tells it.

import type { Clock } from "../clock.ts";
import type { PodView } from "../cluster/pod.ts";
import type { WatchEvent } from "../cluster/pods.ts";
import { backNotice, outageNotice } from "./scheduler/outage_text.ts";

/** Time beyond a pod's own grace, and after the last pod of its node has gone, until its node is taken for dead. */
const PATIENCE_MILLISECONDS = 60_000;
const DEFAULT_GRACE_SECONDS = 30;

/** A pod whose end is awaited. */
export interface Track {
  readonly pod: PodView;
  readonly isGone: boolean;
}

/** The pods that a cancel has met. */
export interface Tracks {
  add(pod: PodView): Track;
  has(uid: string): boolean;
  readonly size: number;
  onWatch(event: WatchEvent): void;
  /** A view that was asked for. */
  see(pod: PodView): void;
  /** An answer said so, the watch has not yet. */
  gone(uid: string): void;
  /** Whether it came true within the time that a pod may take to go. */
  within(track: Track, isTrue: () => boolean): Promise<boolean>;
}

interface OwnTrack extends Track {
  pod: PodView;
  isGone: boolean;
  /** Resolved and replaced with each change. */
  news: PromiseWithResolvers<void>;
}

/** @param onNotice hears of outages */
export function makeTracks(clock: Clock, onNotice: (text: string) => void): Tracks {
  const tracks = new Map<string, OwnTrack>();
  /** By node: when a pod of it was last seen to have gone (monotonic ms). One with thousands to stop takes its time. */
  const lastGone = new Map<string, number>();
  const news = (uid: string, pod: PodView | null) => {
    const track = tracks.get(uid);
    if (track === undefined) return;
    if (pod !== null) track.pod = pod;
    else if (!track.isGone) {
      track.isGone = true;
      lastGone.set(track.pod.nodeName, clock.monotonic());
    }
    track.news.resolve();
    track.news = Promise.withResolvers();
  };
  /** UIDs known when the list that is under way was asked for. */
  let listing: string[] = [];
  const onWatch = (event: WatchEvent) => {
    switch (event.kind) {
      case "listing":
        listing = [...tracks.keys()];
        break;
      case "listed": {
        const uids = new Set(event.pods.map((pod) => pod.uid));
        for (const pod of event.pods) news(pod.uid, pod);
        for (const uid of listing) if (!uids.has(uid)) news(uid, null);
        break;
      }
      case "changed":
        news(event.pod.uid, event.pod);
        break;
      case "gone":
        news(event.pod.uid, event.pod);
        news(event.pod.uid, null);
        break;
      case "lost":
        onNotice(outageNotice(event));
        break;
      case "back":
        onNotice(backNotice(event));
        break;
    }
  };

  async function within({ pod: { uid } }: Track, isTrue: () => boolean): Promise<boolean> {
    const track = tracks.get(uid);
    if (track === undefined) throw new TypeError("Cannot wait for a pod that was not added here");
    const began = clock.monotonic();
    while (!isTrue()) {
      const { deletionTimestamp, deletionGraceSeconds, nodeName } = track.pod;
      const grace = deletionTimestamp === null ? DEFAULT_GRACE_SECONDS : deletionGraceSeconds;
      const since = Math.max(began + grace * 1000, lastGone.get(nodeName) ?? -Infinity);
      const rest = since + PATIENCE_MILLISECONDS - clock.monotonic();
      if (rest <= 0) return false;
      const timer = new AbortController();
      const late = clock.sleep(rest, timer.signal).catch(() => {}); // called off: there is news
      await Promise.race([track.news.promise, late]);
      timer.abort();
      await late;
    }
    return true;
  }

  return {
    add(pod) {
      const track: OwnTrack = { pod, isGone: false, news: Promise.withResolvers() };
      tracks.set(pod.uid, track);
      return track;
    },
    has: (uid) => tracks.has(uid),
    get size() {
      return tracks.size;
    },
    onWatch,
    see: (pod) => news(pod.uid, pod),
    gone: (uid) => news(uid, null),
    within,
  };
}
