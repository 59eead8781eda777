import assert from "node:assert/strict";
import { openHttpClient } from "./http_client.ts";
import type { ByteStream } from "./http_connection.ts";
import { OK, openSocketClient, play } from "./test_server.ts";
import { TransportError } from "./transport.ts";

Deno.test("send() sends a body with its length in bytes, and gives status and headers back", () =>
  play(async ({ client, answer }) => {
    const response = client.send("/", { method: "POST", body: '{"é":1}' });
    const request = await answer(
      "HTTP/1.1 429 Too Many\r\nRetry-After: 7\r\nWarning: a\r\nWarning: b\r\nContent-Length: 0\r\n\r\n",
    );
    assert.match(request, /^POST \/ HTTP\/1.1\r\n[\s\S]*content-length: 8\r\n\r\n\{"é":1\}$/);
    const { status, headers } = await response;
    assert.deepEqual([status, headers.get("retry-after"), headers.get("warning")], [429, "7", "a, b"]);
  }));

Deno.test("retire() lets streams go on, has no connection of before carry another request, and tells when all are closed", () =>
  play(async ({ client, answer, more, connections }) => {
    const first = client.send("/a");
    await answer(`${OK}Content-Length: 0\r\n\r\n`);
    await first;
    const streaming = client.send("/stream", { isStream: true });
    await answer(`${OK}Content-Length: 4\r\n\r\non`);
    const stream = await streaming;
    assert.equal(connections(), 1);
    const over = client.retire();
    await client.retire(); // of what came after that there is nothing
    await more(" ");
    await more("!");
    assert.equal(await stream.text(), "on !");
    await over;
    for (const path of ["/b", "/c"]) {
      const next = client.send(path);
      await answer(`${OK}Content-Length: 0\r\n\r\n`);
      await next;
    }
    assert.equal(connections(), 2);
    await client.retire();
    const last = client.send("/d");
    await answer(`${OK}Content-Length: 0\r\n\r\n`);
    await last;
    assert.equal(connections(), 3);
  }));

for (
  const [what, text] of [
    ["no HTTP", "SSH-2.0-OpenSSH\r\n"],
    ["two lengths", `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ["a length that is no number", `${OK}Content-Length: -1\r\n\r\n`],
    ["a coding that nobody asked for", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`],
    [
      "a compression that nobody asked for",
      `${OK}Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n\x1f\x8b`,
    ],
    ["a malformed header", `${OK}nonsense\r\n\r\n`],
    ["a malformed chunk", `${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`],
    ["a chunk that is longer than it says", `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n`],
    ["an endless head", `${OK}A: ${"x".repeat(70_000)}`],
  ] as const
) {
  Deno.test(`send() rejects ${what}`, () =>
    play(async ({ client, answer }) => {
      const read = client.send("/").then((response) => response.text());
      const rejected = assert.rejects(read, TransportError);
      await answer(text);
      await rejected;
    }));
}

Deno.test("send() rejects at once when its signal aborts, before the answer or inside it", () =>
  play(async ({ client, answer }) => {
    const first = new AbortController();
    const early = assert.rejects(client.send("/", { signal: first.signal }), TransportError);
    await answer();
    first.abort();
    await early;
    const second = new AbortController();
    const response = client.send("/", { signal: second.signal, isStream: true });
    await answer(`${OK}Content-Length: 10\r\n\r\nhello`);
    const late = assert.rejects((await response).text(), TransportError);
    second.abort();
    await late;
    await assert.rejects(client.send("/", { signal: second.signal }), TransportError);
  }));

Deno.test("send() uses no idle connection again once one has failed: whoever listened has ended", () =>
  play(async ({ client, answer, hangUp, connections }) => {
    const two = [client.send("/"), client.send("/")];
    await answer(`${OK}Content-Length: 0\r\n\r\n`);
    await answer(`${OK}Content-Length: 0\r\n\r\n`);
    await Promise.all(two);
    const rejected = assert.rejects(client.send("/"), TransportError);
    await answer();
    hangUp();
    await rejected;
    const next = client.send("/");
    await answer(`${OK}Content-Length: 0\r\n\r\n`);
    await next;
    assert.equal(connections(), 3);
  }));

Deno.test("send() rejects where nobody listens, a path that is none, and once it is closed", async () => {
  const client = openSocketClient("/nonexistent/socket");
  await assert.rejects(client.send("/"), TransportError);
  await assert.rejects(client.send("/a b"), TypeError);
  client.close();
  await assert.rejects(client.send("/"), TransportError);
});

Deno.test("send() sends the host and header lines that it is given", () =>
  play(async ({ client, answer }) => {
    const response = client.send("/", {}, "authorization: Bearer x\r\n");
    const request = await answer(`${OK}Content-Length: 0\r\n\r\n`);
    assert.match(
      request,
      /^GET \/ HTTP\/1.1\r\nhost: a\.example:1\r\n.*\r\nauthorization: Bearer x\r\n\r\n$/,
    );
    await response;
  }, { host: "a.example:1" }));

Deno.test("send() uses no connection that was idle for too long, nor those below it", () =>
  play(async ({ client, answer, connections }) => {
    const two = [client.send("/"), client.send("/")];
    await answer(`${OK}Content-Length: 0\r\n\r\n`);
    await answer(`${OK}Content-Length: 0\r\n\r\n`);
    await Promise.all(two);
    const third = client.send("/");
    await answer(`${OK}Content-Length: 0\r\n\r\n`);
    await third;
    assert.equal(connections(), 3);
  }, { maxIdleMilliseconds: -1 }));

Deno.test("send() rejects at once when its signal aborts, or the client is closed, while it connects; what opens later is closed", async () => {
  const streams: ((stream: ByteStream) => void)[] = [];
  const signals: AbortSignal[] = [];
  const client = openHttpClient({
    name: "the server",
    host: "localhost",
    open: (signal) => {
      signals.push(signal);
      return new Promise((resolve) => streams.push(resolve));
    },
  });
  const stop = new AbortController();
  const both = [
    assert.rejects(client.send("/", { signal: stop.signal }), TransportError),
    assert.rejects(client.send("/"), TransportError),
  ];
  stop.abort();
  await both[0];
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, false]);
  client.close();
  await both[1];
  const closed = Promise.withResolvers<void>();
  const unused = () => Promise.reject(new Error("used"));
  streams[1]?.({ read: unused, write: unused, close: closed.resolve });
  await closed.promise;
});

Deno.test("send() says whose connection failed, and in which words", async () => {
  const open = () => Promise.reject(new Deno.errors.InvalidData("invalid peer certificate: UnknownIssuer"));
  const client = openHttpClient({ name: "https://a.example", host: "a.example", open });
  await assert.rejects(client.send("/"), {
    name: "TransportError",
    message: "https://a.example: invalid peer certificate: UnknownIssuer",
  });
});
