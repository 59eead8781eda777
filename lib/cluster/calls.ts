// How short calls are sent: each with a time-out, reads and deletes until they are answered. After an outage the first call
// that is answered wakes the others. Knows paths only to name them.

import type { Clock } from "../clock.ts";
import { linkSignals } from "../linked.ts";
import { backoffMilliseconds, readStatus, retryAfter } from "./answer.ts";
import { makeDeadlines } from "./deadlines.ts";
import type { Gate } from "./gate.ts";
import { type Answer, type RequestOptions, type Transport, TransportError } from "./transport/transport.ts";

/** How calls are to be sent. */
export interface CallOptions {
  readonly clock: Clock;
  /** Ends everything. */
  readonly signal: AbortSignal;
  /** For short calls. */
  readonly requestTimeoutSeconds: number;
  /** Told once per kind of call that is tried on and on: the server refuses it, or does not answer although the watch is open. */
  readonly onTrouble?: (text: string) => void;
  /** Told of each 429. */
  readonly onThrottle?: () => void;
}

/** How a call that is sent until it is answered goes about it. */
export interface Insistence {
  /** Hears of every answer that will not do, but for a refused login, of which everybody hears. */
  readonly onFailure?: ((reason: string) => void) | undefined;
  /** Longest pause between two tries in milliseconds, unless the server asks for more. */
  readonly most?: number;
}

/** The two ways to send a call, and what the watch has to say to those that wait. */
export interface Calls {
  /** Once, with a time-out. */
  short<T>(
    gate: Gate,
    path: string,
    request: RequestOptions,
    read: (answer: Answer) => Promise<T>,
  ): Promise<T>;
  /** Until there is an answer that `read` accepts (not undefined). */
  insist<T>(
    gate: Gate,
    path: string,
    request: RequestOptions,
    read: (answer: Answer) => Promise<T | undefined>,
    how?: Insistence,
  ): Promise<T>;
  /** An outage has been told of: no call need. */
  lost(): void;
  /** It is over. */
  back(): void;
}

/** Calls that an outage has put off are woken no more often. */
const WAKE_MILLISECONDS = 5_000;
/** A call that is not answered for so long is worth a word. */
const SILENT_MILLISECONDS = 20_000;
/** Refusals of one call that are no passing thing. */
const REFUSALS = 5;

/** @param base path of the collection */
export function makeCalls(transport: Transport, base: string, options: CallOptions): Calls {
  const { clock, signal } = options;
  const deadlines = makeDeadlines();
  const grumbled = new Set<string>();
  /** Aborts when the server answers again after an outage: what waits for its next try need not wait longer. */
  let outage = new AbortController();
  /** Calls that wait for the end of an outage, and when they were last woken (monotonic ms). */
  let sleepers = 0;
  let wokenAt = -Infinity;
  let isLost = false;

  async function short<T>(
    gate: Gate,
    path: string,
    request: RequestOptions,
    read: (answer: Answer) => Promise<T>,
  ): Promise<T> {
    return await gate.run(async () => {
      // not AbortSignal.any with AbortSignal.timeout: those stay until the time is over, some kilobytes a request
      const limit = linkSignals(signal);
      const meet = deadlines.set(options.requestTimeoutSeconds * 1000, () => limit.abort("late"));
      try {
        const answer = await transport.fetch(path, { ...request, signal: limit.signal });
        if (answer.status === 429 || answer.status === 503) gate.slowDown();
        if (answer.status === 429) options.onThrottle?.();
        else if (answer.status < 500 && answer.status !== 401) wakeSleepers();
        return await read(answer);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (limit.signal.aborted) {
          throw new TransportError(`no answer within ${options.requestTimeoutSeconds} s`);
        }
        throw error;
      } finally {
        meet();
        limit.release();
      }
    });
  }

  async function insist<T>(
    gate: Gate,
    path: string,
    request: RequestOptions,
    read: (answer: Answer) => Promise<T | undefined>,
    { onFailure, most = Infinity }: Insistence = {},
  ): Promise<T> {
    const began = clock.monotonic();
    for (let tries = 0;; tries++) {
      signal.throwIfAborted();
      let pause = Math.min(most, backoffMilliseconds(tries));
      let isOutage = true;
      let isBusy = false;
      let isLoginRefused = false;
      let reason = "";
      try {
        const result = await short(gate, path, request, async (answer) => {
          const value = await read(answer);
          if (value !== undefined) return value;
          isLoginRefused = answer.status === 401;
          isOutage = answer.status >= 500 || isLoginRefused;
          pause = retryAfter(answer) ?? pause;
          isBusy = answer.status === 429;
          reason = answer.bodyUsed ? `HTTP ${answer.status}` : await reasonOf(answer);
          return undefined;
        });
        if (result !== undefined) return result;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (!(error instanceof TransportError || error instanceof TypeError)) throw error;
        reason = error.message;
      }
      if (!isLoginRefused) onFailure?.(reason);
      // of an outage the watch tells, unless it stays open as it does where etcd alone is gone
      const isLong = isOutage
        ? !isLost && clock.monotonic() - began >= SILENT_MILLISECONDS
        : !isBusy && tries >= REFUSALS - 1;
      if (isLong && !isLoginRefused) grumble(request.method ?? "GET", path, reason);
      await rest(pause, isOutage);
    }
  }

  /** The server answers: what an outage has put off need not wait longer. Where one kind of call fails on, that is no storm. */
  function wakeSleepers(): void {
    if (sleepers > 0 && clock.monotonic() - wokenAt >= WAKE_MILLISECONDS) wake();
  }

  function wake(): void {
    wokenAt = clock.monotonic();
    outage.abort();
    outage = new AbortController();
  }

  /** Sleeps; not any longer than an outage lasts, if that was the trouble. */
  async function rest(milliseconds: number, isOutage: boolean): Promise<void> {
    const until = isOutage ? AbortSignal.any([signal, outage.signal]) : signal;
    if (isOutage) sleepers++;
    try {
      await clock.sleep(milliseconds, until);
    } catch (error) {
      if (signal.aborted || !until.aborted) throw error;
    } finally {
      if (isOutage) sleepers--;
    }
  }

  function grumble(method: string, path: string, reason: string): void {
    const kind = `${method} ${reason.split(":")[0]}`;
    if (grumbled.has(kind)) return;
    grumbled.add(kind);
    const target = path === base || path.startsWith(`${base}?`)
      ? "pods"
      : `pod ${path.slice(base.length + 1)}`;
    const verb = method === "DELETE" ? "delete" : "read";
    options.onTrouble?.(`cannot ${verb} ${target}, trying on: ${reason}`);
  }

  return {
    short,
    insist,
    lost() {
      isLost = true;
    },
    back() {
      isLost = false;
      wake();
    },
  };
}

async function reasonOf(answer: Answer): Promise<string> {
  const { reason, message } = await readStatus(answer);
  return `${reason}: ${message}`;
}
