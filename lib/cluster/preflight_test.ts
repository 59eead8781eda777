import assert from "node:assert/strict";
import { ClusterError } from "../errors.ts";
import { checkAccess } from "./preflight.ts";
import { json, refused } from "./test_transport.ts";
import type { Transport } from "./transport/transport.ts";

const PLACE = { namespace: "n", context: "c", kubectl: "ssh host kubectl --context c" };
const allowed = json(201, { kind: "SelfSubjectAccessReview", status: { allowed: true } });

/** Answers every request. */
function answering(answer: (path: string) => Response): Transport {
  return {
    kind: "local",
    maxStreams: 1,
    fetch: (path) => Promise.resolve(answer(path)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

/** Each review is answered so often with 429 before it is allowed. */
function busy(times: number, retryAfter: string): { transport: Transport; asked: () => number } {
  let asked = 0;
  const answered = new Map<string, number>();
  const transport: Transport = {
    kind: "local",
    maxStreams: 1,
    fetch(_path, { body = "" } = {}) {
      asked++;
      const count = (answered.get(body) ?? 0) + 1;
      answered.set(body, count);
      const answer = count > times
        ? allowed
        : refused(429, "TooManyRequests", "slow down", { "retry-after": retryAfter });
      return Promise.resolve(answer());
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { transport, asked: () => asked };
}

Deno.test("checkAccess() asks again where the server is too busy for a moment", async () => {
  const { transport, asked } = busy(2, "0.001");
  await checkAccess(transport, PLACE, "cancel");
  assert.equal(asked(), 5 * 3 + 1, "and whether it is an API server");
});

Deno.test("checkAccess() says that a server is too busy that wants to be left alone for longer than it waits", async () => {
  const { transport } = busy(1, "60");
  await assert.rejects(
    checkAccess(transport, PLACE, "cancel"),
    (error) => error instanceof ClusterError && /TooManyRequests: slow down/.test(error.message),
  );
});

Deno.test("checkAccess() takes a page of something in between for no word on rights", async () => {
  await assert.rejects(
    checkAccess(answering(() => new Response("<html>log in</html>")), PLACE),
    /^ClusterError: Cannot reach context c: HTTP 200 that is no answer/,
  );
});

for (
  const [what, answer] of [
    ["404 without a word", () => new Response("", { status: 404 })],
    [
      "404 for every path, as kubectl --raw tells it",
      refused(404, "NotFound", "the server could not find it"),
    ],
    ["403 with a page", () => new Response("<html>no</html>", { status: 403 })],
    ["302", () => new Response("", { status: 302 })],
  ] as const
) {
  for (const purpose of ["run", "cancel"] as const) {
    Deno.test(`checkAccess() for ${purpose} takes what answers ${what} for no API server`, async () => {
      await assert.rejects(
        checkAccess(answering(answer), PLACE, purpose),
        /^ClusterError: Cannot reach context c: .*\b(?:302|403|404|NotFound)\b/,
      );
    });
  }
}

Deno.test("checkAccess() goes on where reviews are hidden from users, and pods are not", async () => {
  const transport = answering((path) =>
    path.includes("/pods?") ? json(201, { kind: "Pod" })() : new Response("no reviews", { status: 403 })
  );
  for (const purpose of ["run", "cancel"] as const) {
    await checkAccess(transport, PLACE, purpose);
  }
});

for (
  const [what, answer, words] of [
    [
      "a namespace that is not there",
      refused(404, "NotFound", 'namespaces "n" not found'),
      "create namespace n",
    ],
    ["a login that is refused", refused(401, "Unauthorized", "Unauthorized"), "get pods -n n"],
    ["a server that fails", refused(500, "InternalError", "etcd"), "get pods -n n"],
    [
      "rights that are missing",
      json(201, { kind: "SelfSubjectAccessReview", status: { allowed: false } }),
      "apply -f qupods-role.yaml",
    ],
  ] as const
) {
  Deno.test(`checkAccess() says of ${what} what to type for this cluster, not for the current context`, async () => {
    await assert.rejects(
      checkAccess(answering(answer), PLACE),
      (error) => error instanceof ClusterError && error.message.includes(`${PLACE.kubectl} ${words}`),
    );
  });
}
