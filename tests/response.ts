// An answer as the web's Response, for tests that go on with it as such.

import type { Answer } from "../lib/cluster/transport/transport.ts";

export function responseOf(answer: Answer): Response {
  if (answer instanceof Response) return answer;
  const headers = ["content-type", "warning"].flatMap((name): [string, string][] => {
    const value = answer.headers.get(name);
    return value === null ? [] : [[name, value]];
  });
  return new Response(answer.body, { status: answer.status, headers });
}
