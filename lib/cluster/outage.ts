// Why nothing can be asked of the API server just now, told once whichever request has found out: it does not answer, as the
// watch sees, or it refuses the login, as any request may hear. Sends nothing.

import type { OutageCause, WatchEvent } from "./pods.ts";
import type { RequestOptions, Transport } from "./transport/transport.ts";

/** How it stands. */
export interface Outage {
  /** Answers of 401, up to now. */
  readonly refusals: number;
  /** Two in a row were, and none has been accepted since. */
  readonly isLoginRefused: boolean;
  /** An answer was 401. */
  refused(): void;
  /** An answer was one that only a known user gets. @param refusals as they were when its request was sent */
  accepted(refusals: number): void;
  /** The watch is not answered. */
  silent(reason: string): void;
  /** The watch is answered again. */
  heard(): void;
  /** Is told from now on, also of what goes on already. */
  listen(tell: (event: WatchEvent) => void): void;
}

/** One may be a login that is just being renewed. */
const REFUSALS = 2;

/** All is well. */
export function makeOutage(): Outage {
  let tell: (event: WatchEvent) => void = () => {};
  let cause: OutageCause | null = null;
  let refusals = 0;
  let inARow = 0;

  function end(ended: OutageCause): void {
    if (cause !== ended) return;
    cause = null;
    tell({ kind: "back", cause: ended });
  }

  return {
    get refusals() {
      return refusals;
    },
    get isLoginRefused() {
      return cause === "login";
    },
    refused() {
      refusals++;
      if (++inARow < REFUSALS || cause === "login") return;
      cause = "login";
      tell({ kind: "lost", cause, reason: "401 Unauthorized" });
    },
    accepted(before) {
      if (before !== refusals) return; // it was sent before the login was refused
      inARow = 0;
      end("login");
    },
    silent(reason) {
      // the watch is refused as all are
      if (cause === "login") return;
      cause = "silence";
      tell({ kind: "lost", cause, reason });
    },
    heard: () => end("silence"),
    listen(listener) {
      tell = listener;
      if (cause === "login") tell({ kind: "lost", cause, reason: "401 Unauthorized" });
    },
  };
}

/** The same transport, whose answers are looked at for what they say of the login. */
export function heedLogin(transport: Transport, outage: Outage): Transport {
  return {
    kind: transport.kind,
    maxStreams: transport.maxStreams,
    async fetch(path: string, options?: RequestOptions) {
      const { refusals } = outage;
      const answer = await transport.fetch(path, options);
      if (answer.status === 401) outage.refused();
      // what is too busy, or goes wrong in between, has not looked at it
      else if (answer.status !== 429 && answer.status < 500) outage.accepted(refusals);
      return answer;
    },
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  };
}
