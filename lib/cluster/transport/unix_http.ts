// HTTP requests over a unix socket by node:http, whose idle streams cost a sixth of fetch's. Whatever goes wrong on the
// way, before the answer or in the middle of its body, is a TransportError: a cut body never ends quietly.

import { type Agent, type IncomingMessage, request } from "node:http";
import { type RequestOptions, TransportError } from "./transport.ts";

/** Sends one request; the answer's body is read as it is taken. */
export function sendOverSocket(
  socketPath: string,
  agent: Agent,
  path: string,
  options: RequestOptions = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(new TransportError("aborted"));
    const body = options.body === undefined ? null : new TextEncoder().encode(options.body);
    const out = request({
      socketPath,
      path,
      method: options.method ?? "GET",
      headers: {
        host: "localhost",
        accept: "application/json, */*",
        ...(body === null ? {} : { "content-type": "application/json", "content-length": body.length }),
      },
      // a stream has a connection of its own, so that ending it costs nobody else
      ...(options.isStream ? { agent: false } : { agent }),
    });
    const abort = () => out.destroy(new TransportError("aborted"));
    options.signal?.addEventListener("abort", abort, { once: true });
    out.on("close", () => options.signal?.removeEventListener("abort", abort));
    out.on("response", (answer) => resolve(toResponse(answer)));
    out.on("error", (error) => reject(asTransportError(error)));
    out.end(body ?? undefined);
  });
}

function toResponse(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 502;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, one);
  }
  if (status === 204 || status === 205 || status === 304) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  return new Response(toBody(answer), { status, headers });
}

/** The body, read only as fast as it is taken. */
function toBody(answer: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = answer[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const next = await chunks.next();
        if (!next.done) controller.enqueue(new Uint8Array(next.value));
        else if (answer.complete) controller.close();
        else controller.error(new TransportError("the answer was cut"));
      } catch (error) {
        controller.error(asTransportError(error));
      }
    },
    cancel() {
      answer.destroy();
    },
  }, { highWaterMark: 0 });
}

function asTransportError(error: unknown): TransportError {
  if (error instanceof TransportError) return error;
  return new TransportError(`kubectl proxy: ${error instanceof Error ? error.message : error}`, {
    cause: error,
  });
}
