// A scripted transport and a clock that jumps, for this room's tests.

import type { Clock } from "../clock.ts";
import type { RequestOptions, Transport } from "./transport/transport.ts";

/** One request as the transport saw it. */
export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
}

/** Answers request after request with the script's; one that fails when there is no more. */
export function scripted(
  script: readonly ((options: RequestOptions) => Response | Promise<Response>)[],
): { readonly transport: Transport; readonly sent: Sent[] } {
  const sent: Sent[] = [];
  const transport: Transport = {
    kind: "local",
    maxStreams: 5,
    async fetch(path, options = {}) {
      const answer = script[sent.length];
      sent.push({ method: options.method ?? "GET", path, body: options.body });
      if (answer === undefined) throw new Error(`unexpected request ${path}`);
      return await answer(options);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { transport, sent };
}

/** JSON with a status. */
export function json(status: number, value: unknown, headers: Record<string, string> = {}): () => Response {
  return () => new Response(JSON.stringify(value), { status, headers });
}

/** A Status object. */
export function refused(
  code: number,
  reason: string,
  message: string,
  headers: Record<string, string> = {},
): () => Response {
  return json(code, { kind: "Status", reason, message, code }, headers);
}

/** Sleeps of up to `longest` end at once, and the time is on; longer ones last until their signal. */
export function jumpingClock(longest = Infinity): Clock & { readonly slept: number[] } {
  let time = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => time,
    monotonic: () => time,
    sleep(milliseconds, signal) {
      if (signal?.aborted) return Promise.reject(signal.reason);
      if (milliseconds <= longest) {
        time += milliseconds;
        slept.push(milliseconds);
        return Promise.resolve();
      }
      return new Promise((_, reject) =>
        signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
      );
    },
  };
}
