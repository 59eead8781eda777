// `--max-pending auto`: how many pods may wait for the scheduler so that its queue is just not empty. By Little's law a
// rate R needs R × L places, where L is the time that a pod takes to be bound when nothing queues; twice as many keep the
// scheduler busy without a queue that other people's pods would stand in. The window is measured in rounds of about its own
// size: it doubles at most, and only where it was full. After BBR (Cardwell et al. 2016), which does so for packets.

/** The window is never smaller. */
export const LEAST_PENDING = 3;

/** Twice what just fits: the queue is as long as the way. */
const GAIN = 2;
/** In a queue that never empties nobody sees how long the way itself is: so often it is emptied, and the way measured anew. */
const EPOCH_MILLISECONDS = 30_000;
const LEAST_SAMPLES = 8;

/** Changed by the functions of this module alone. */
export interface PendingWindow {
  readonly most: number;
  /** Places among the pending. */
  size: number;
  /** The shortest median of a round in this epoch, milliseconds from create to bound; Infinity before the first round. */
  shortest: number;
  epochSince: number;
  /** The round that goes on: pods bound, and how long it took those that were sent in this epoch. */
  since: number;
  count: number;
  latencies: number[];
  /** All places were taken, and there was more to start. */
  wasFull: boolean;
  /** Halved no more before this time. */
  calmAt: number;
}

/**
 * @param most the window is never larger
 * @param now monotonic milliseconds, as everywhere here
 */
export function openWindow(most: number, now: number): PendingWindow {
  return {
    most,
    size: LEAST_PENDING,
    shortest: Infinity,
    epochSince: now,
    since: now,
    count: 0,
    latencies: [],
    wasFull: false,
    calmAt: -Infinity,
  };
}

/** A pod of ours was bound, so long after its create was sent. */
export function bound(window: PendingWindow, latencyMilliseconds: number, now: number): void {
  window.count++;
  // those before stood in the queue that the new epoch is to see emptied
  if (now - latencyMilliseconds >= window.epochSince) window.latencies.push(latencyMilliseconds);
  if (window.latencies.length < Math.max(LEAST_SAMPLES, window.size)) return;
  const median = window.latencies.toSorted((a, b) => a - b)[window.latencies.length >> 1] ?? Infinity;
  const perMillisecond = window.count / Math.max(1, now - window.since);
  window.shortest = Math.min(window.shortest, median);
  const wanted = within(window, Math.ceil(GAIN * perMillisecond * window.shortest));
  if (wanted < window.size) window.size = wanted;
  else if (window.wasFull && now >= window.calmAt) window.size = Math.min(wanted, 2 * window.size);
  beginRound(window, now);
  if (now - window.epochSince >= EPOCH_MILLISECONDS) {
    window.shortest = Infinity;
    window.epochSince = now;
    window.size = LEAST_PENDING;
  }
}

/** All places are taken. */
export function full(window: PendingWindow): void {
  window.wasFull = true;
}

/** No node has room, or the server asked for less: half the window, once for all that was under way. */
export function strained(window: PendingWindow, now: number): void {
  if (now < window.calmAt) return;
  window.size = within(window, window.size >> 1);
  window.calmAt = now + 1_000;
  beginRound(window, now);
}

function beginRound(window: PendingWindow, now: number): void {
  window.since = now;
  window.count = 0;
  window.latencies = [];
  window.wasFull = false;
}

function within({ most }: PendingWindow, size: number): number {
  return Math.max(LEAST_PENDING, Math.min(most, size));
}
