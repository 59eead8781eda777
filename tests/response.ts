// An answer as the web's Response, for tests that go on with it as such.

import type { Answer } from "../lib/cluster/transport/transport.ts";

/** A Response with these takes no body, not even an empty one. */
const NULL_BODY = [204, 205, 304];

export function responseOf(answer: Answer): Response {
  if (answer instanceof Response) return answer;
  const headers = ["content-type", "warning"].flatMap((name): [string, string][] => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  const body = NULL_BODY.includes(answer.status) ? null : answer.body && ReadableStream.from(answer.body);
  return new Response(body, { status: answer.status, headers });
}
