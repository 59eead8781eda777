import assert from "node:assert/strict";
import { unmasked } from "./denial.ts";

const WEBHOOK = 'admission webhook "w.example.com" denied the request: no';
const write = { method: "POST" } as const;

function answer(status: number, message: string): Response {
  const headers = { "content-type": "application/json", "retry-after": "7" };
  return new Response(JSON.stringify({ kind: "Status", status: "Failure", message }), { status, headers });
}

for (
  const [status, message, expected] of [
    [409, WEBHOOK, 403],
    [404, WEBHOOK, 403],
    [401, WEBHOOK, 403],
    [401, "Unauthorized", 401],
    [409, 'pods "a" already exists', 409],
    [404, 'pods "a" not found', 404],
    [400, WEBHOOK, 400],
    [429, WEBHOOK, 429],
    [503, WEBHOOK, 503],
  ] as const
) {
  Deno.test(`unmasked() makes ${expected} of a write's ${status} with ${JSON.stringify(message)}`, async () => {
    const found = await unmasked(answer(status, message), write);
    assert.equal(found.status, expected);
    assert.equal(found.headers.get("retry-after"), "7");
    assert.equal(JSON.parse(await found.text()).message, message);
  });
}

Deno.test("unmasked() finds a denial in protobuf", async () => {
  const bytes = new TextEncoder().encode(`k8s\0\n\x0c\n\x02v1\x12\x06Status\x12\x8f${WEBHOOK}\x1a\0`);
  const headers = { "content-type": "application/vnd.kubernetes.protobuf" };
  assert.equal((await unmasked(new Response(bytes, { status: 401, headers }), write)).status, 403);
});

Deno.test("unmasked() leaves what is read alone, as a log may hold any text", async () => {
  const given = answer(404, WEBHOOK);
  assert.equal(await unmasked(given, {}), given);
  await given.body?.cancel();
});
