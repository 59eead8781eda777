// Denials that bear another refusal's status code: a webhook may give any. Taken at its word such a code would send for another
// login, or say that there is a pod of that name, or none. A denial is a 403 here.

import type { Answer, RequestOptions } from "./transport.ts";

/** Codes by which the API tells something of the login, or of the pod itself. 429 and 5xx ask to be tried again: so they are. */
const MISLEADING = new Set([401, 404, 408, 409, 410]);
const FORBIDDEN = 403;

/** As the API server words them (apiserver/pkg/admission/plugin/webhook/errors/statuserror.go), also within JSON. */
const DENIED = /admission webhook \\?".+?\\?" denied the request/;

/** The status code that an answer should have had. */
export function honestStatus(status: number, message: string): number {
  return MISLEADING.has(status) && DENIED.test(message) ? FORBIDDEN : status;
}

/** The answer, or the same as a 403. Only writes are admitted, or not. */
export async function unmasked(answer: Answer, { method = "GET" }: RequestOptions): Promise<Answer> {
  if (method === "GET" || !MISLEADING.has(answer.status)) return answer;
  const bytes = await answer.bytes();
  // protobuf, too, has its texts as they are
  const status = honestStatus(answer.status, new TextDecoder().decode(bytes));
  const headers = ["content-type", "retry-after", "warning"]
    .flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] satisfies [string, string]];
    });
  return new Response(Uint8Array.from(bytes), { status, headers });
}
