// A transport that carries requests to an API inside this process. Knows nothing of pods.

import { type RequestOptions, type Transport, TransportError } from "../cluster/transport/transport.ts";
import type { ApiHandler } from "./api/api.ts";

/** Its answers are whole Responses. */
export interface LocalTransport extends Transport {
  fetch(path: string, options?: RequestOptions): Promise<Response>;
}

/** Makes the transport; requests sent after its end fail as if the server were gone. */
export function localTransport(
  { handle, maxStreams = 500 }: { readonly handle: ApiHandler; readonly maxStreams?: number },
): LocalTransport {
  const end = new AbortController();
  return {
    kind: "local",
    maxStreams,
    async fetch(
      path: string,
      { method = "GET", body, signal, isStream }: RequestOptions = {},
    ): Promise<Response> {
      if (end.signal.aborted) throw new TransportError("the local API has been closed");
      // Short answers are complete at once: only streams need a way to be ended.
      const either = isStream ? signal ? AbortSignal.any([signal, end.signal]) : end.signal : signal;
      return await handle({ method, path, body, signal: either });
    },
    [Symbol.asyncDispose](): Promise<void> {
      end.abort(new TransportError("the local API has been closed"));
      return Promise.resolve();
    },
  };
}
