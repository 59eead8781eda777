// What kubectl prints on standard error, read back as the answer that it stands for: under `--raw` the HTTP status itself
// is never shown. Pure.

import { honestStatus } from "./denial.ts";
import { TransportError } from "./transport.ts";

/** kubectl's words for refusals and the HTTP status that each stands for. */
const STATUS_OF: { readonly [reason: string]: number } = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
};

/**
 * The answer that an error text stands for.
 *
 * @throws {TransportError} where the text tells of no answer: nobody knows whether the request took effect
 */
export function refusal(said: string): Response {
  const { reason, message } = parse(said);
  const stated = STATUS_OF[reason];
  if (stated === undefined) throw new TransportError(said.trim() || "kubectl failed without a word");
  const code = honestStatus(stated, message);
  return new Response(JSON.stringify({ kind: "Status", status: "Failure", reason, message, code }), {
    status: code,
    headers: { "content-type": "application/json" },
  });
}

function parse(said: string): { reason: string; message: string } {
  const server = said.match(/^Error from server \((\w+)\): ([\s\S]*)/m);
  if (server && Object.hasOwn(STATUS_OF, server[1] ?? "")) {
    return { reason: server[1] ?? "", message: (server[2] ?? "").trim() };
  }
  // a webhook that denies gives any reason it likes, or none: kubectl shows the one, and never its status
  const denied = said.match(
    /^Error from server(?: \(.*\))?: (admission webhook ".*" denied the request[\s\S]*)/m,
  );
  if (denied) return { reason: "BadRequest", message: (denied[1] ?? "").trim() };
  // 422 and 401 have words of their own in kubectl (cmd/util/helpers.go)
  const invalid = said.match(/^The (?:request is|\S+ ".*" is) invalid[\s\S]*/m);
  if (invalid) return { reason: "Invalid", message: invalid[0].trim() };
  const login = said.match(/^error: (You must be logged in to the server.*)/m);
  if (login) return { reason: "Unauthorized", message: login[1] ?? "" };
  return { reason: "", message: "" };
}

/** kubectl's `Warning:` lines as the header that they came from; empty if there are none. */
export function warningHeader(said: string): string {
  return [...said.matchAll(/^Warning: ([\x20-\x7e]+)$/gm)]
    .map((match) => `299 - "${(match[1] ?? "").replaceAll('"', '\\"')}"`)
    .join(", ");
}
