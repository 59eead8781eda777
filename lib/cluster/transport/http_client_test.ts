import assert from "node:assert/strict";
import type { ByteStream } from "./http_connection.ts";
import { TransportError } from "./transport.ts";
import { type HttpClient, type HttpServer, openHttpClient } from "./http_client.ts";

/** A client of whatever listens at the socket. */
function openSocketClient(path: string, settings: Partial<HttpServer> = {}): HttpClient {
  const open = () => Deno.connect({ transport: "unix", path });
  return openHttpClient({ name: "the server", host: "localhost", open, ...settings });
}

/** A server that is played by hand: `answer` waits for a request and sends these bytes, in these pieces. */
interface Played {
  readonly client: HttpClient;
  /** Resolves to the request. */
  answer(...pieces: string[]): Promise<string>;
  /** Sends more on the connection of the last answer. */
  more(...pieces: string[]): Promise<void>;
  /** Ends the connection of the last answer. */
  hangUp(): void;
  /** How many there have been. */
  connections(): number;
}

async function play(
  work: (played: Played) => Promise<void>,
  settings: Partial<HttpServer> = {},
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const listener = Deno.listen({ transport: "unix", path: `${folder}/s` });
  const client = openSocketClient(`${folder}/s`, settings);
  const open: Deno.UnixConn[] = [];
  const waiting: ((taken: { conn: Deno.UnixConn; request: string }) => void)[] = [];
  const queue: { conn: Deno.UnixConn; request: string }[] = [];
  let last: Deno.UnixConn | undefined;
  const take = async (conn: Deno.UnixConn) => {
    const buffer = new Uint8Array(10_000);
    for (let count = await conn.read(buffer); count !== null; count = await conn.read(buffer)) {
      const taken = { conn, request: new TextDecoder().decode(buffer.subarray(0, count)) };
      const next = waiting.shift();
      if (next) next(taken);
      else queue.push(taken);
    }
  };
  const readers: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) {
      open.push(conn);
      readers.push(take(conn).catch((error: unknown) => assert.ok(error instanceof Error)));
    }
  })();
  try {
    await work({
      client,
      async answer(...pieces) {
        const { conn, request } = queue.shift() ??
          await new Promise<{ conn: Deno.UnixConn; request: string }>((resolve) => waiting.push(resolve));
        last = conn;
        await write(conn, pieces);
        return request;
      },
      more: (...pieces) =>
        last === undefined ? Promise.reject(new Error("nobody asked")) : write(last, pieces),
      hangUp: () => last?.close(),
      connections: () => open.length,
    });
  } finally {
    client.close();
    listener.close();
    await accepting;
    await Promise.all(readers);
    for (const conn of open) if (conn !== last) tryClose(conn);
    if (last) tryClose(last);
    await Deno.remove(folder, { recursive: true });
  }
}

async function write(conn: Deno.UnixConn, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    for (let rest = Uint8Array.from(piece, (c) => c.charCodeAt(0)); rest.length > 0;) {
      rest = rest.subarray(await conn.write(rest));
    }
  }
}

function tryClose(conn: Deno.UnixConn): void {
  try {
    conn.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}

const OK = "HTTP/1.1 200 OK\r\n";

for (
  const [how, pieces, text] of [
    ["by length", [`${OK}Content-Length: 5\r\n\r\nhello`], "hello"],
    ["by length, in pieces", [`${OK}Content-`, "Length: 5\r", "\n\r\nhe", "llo"], "hello"],
    ["of no length", [`${OK}Content-Length: 0\r\n\r\n`], ""],
    [
      "chunked",
      [`${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nA;x=y\r\n, my world\r\n0\r\n\r\n`],
      "hello, my world",
    ],
    [
      "chunked, byte by byte",
      [...`${OK}transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nA: b\r\n\r\n`],
      "hello",
    ],
    ["after an interim answer", ["HTTP/1.1 100 Continue\r\n\r\n", `${OK}Content-Length: 2\r\n\r\nhi`], "hi"],
    ["of bytes that are no text", [`${OK}Content-Length: 3\r\n\r\n\xc3\xa9\n`], "é\n"],
  ] as const
) {
  Deno.test(`send() reads an answer ${how}, and uses the connection again`, () =>
    play(async ({ client, answer, connections }) => {
      for (let round = 0; round < 3; round++) {
        const response = client.send("/path?x=1");
        assert.match(await answer(...pieces), /^GET \/path\?x=1 HTTP\/1.1\r\nhost: localhost\r\n/);
        assert.equal(await (await response).text(), text);
      }
      assert.equal(connections(), 1);
    }));
}

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

Deno.test("send() reads what ends with the connection, and does not use that again", () =>
  play(async ({ client, answer, hangUp, connections }) => {
    for (let round = 1; round <= 2; round++) {
      const response = client.send("/");
      await answer(`${OK}Connection: close\r\n\r\nall `, "of it");
      hangUp();
      assert.equal(await (await response).text(), "all of it");
      assert.equal(connections(), round);
    }
  }));

Deno.test("send() hands a long answer out as it is read", () =>
  play(async ({ client, answer, more }) => {
    const response = client.send("/");
    await answer(`${OK}Content-Length: 140000\r\n\r\n${"x".repeat(70_000)}`);
    const body = (await response).text();
    await more("y".repeat(70_000));
    assert.equal(await body, "x".repeat(70_000) + "y".repeat(70_000));
  }));

Deno.test("send() hands a stream out piece by piece, and ends it when its body is cancelled", () =>
  play(async ({ client, answer, more, connections }) => {
    const response = client.send("/", { isStream: true });
    await answer(`${OK}Transfer-Encoding: chunked\r\n\r\n`);
    const { body } = await response;
    assert.ok(body);
    const pieces = body[Symbol.asyncIterator]();
    const decoder = new TextDecoder();
    for (const text of ["one", "three"]) {
      await more(`${text.length}\r\n${text}\r\n`);
      assert.equal(decoder.decode((await pieces.next()).value), text);
    }
    await body.cancel();
    const other = client.send("/");
    await answer(`${OK}Content-Length: 0\r\n\r\n`);
    await other;
    assert.equal(connections(), 2);
  }));

for (
  const [how, head, isStream] of [
    ["by length", `${OK}Content-Length: 100\r\n\r\nhello`, false],
    ["chunked", `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, false],
    ["chunked, of a stream", `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, true],
    ["inside a chunk's size", `${OK}Transfer-Encoding: chunked\r\n\r\n5`, true],
    ["before any", OK, true],
  ] as const
) {
  Deno.test(`send() rejects a body that is cut, ${how}`, () =>
    play(async ({ client, answer, hangUp }) => {
      const text = client.send("/", { isStream }).then((response) => response.text());
      const rejected = assert.rejects(text, TransportError);
      await answer(head);
      hangUp();
      await rejected;
    }));
}

for (
  const [what, text] of [
    ["no HTTP", "SSH-2.0-OpenSSH\r\n"],
    ["two lengths", `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`],
    ["a length that is no number", `${OK}Content-Length: -1\r\n\r\n`],
    ["a coding that nobody asked for", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n`],
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

Deno.test("send() hands out what came before a cut", () =>
  play(async ({ client, answer, hangUp }) => {
    const response = client.send("/");
    await answer(`${OK}Content-Length: 100\r\n\r\nhello`);
    hangUp();
    const { body } = await response;
    assert.ok(body);
    const pieces = body[Symbol.asyncIterator]();
    assert.equal(new TextDecoder().decode((await pieces.next()).value), "hello");
    await assert.rejects(pieces.next(), TransportError);
  }));

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

Deno.test("send() lends a long log out piece by piece, and gives any other answer for good", async () => {
  const lines = Array.from(
    { length: 9_000 },
    (_, nth) => `line ${String(nth).padStart(6, "0")} of a long answer\n`,
  );
  const whole = lines.join("");
  for (const status of ["200 OK", "503 Service Unavailable"]) {
    let rest = `HTTP/1.1 ${status}\r\nTransfer-Encoding: chunked\r\n\r\n${
      lines.map((line) => `${line.length.toString(16)}\r\n${line}\r\n`).join("")
    }0\r\n\r\n`;
    const stream: ByteStream = {
      read(into) {
        const { read, written } = new TextEncoder().encodeInto(rest, into.subarray(0, 20_000));
        rest = rest.slice(read);
        return Promise.resolve(written);
      },
      write: (bytes) => Promise.resolve(bytes.length),
      close() {},
    };
    const client = openHttpClient({
      name: "the server",
      host: "localhost",
      open: () => Promise.resolve(stream),
    });
    const answer = await client.send("/", { isBorrowed: true });
    if (answer.status !== 200) assert.equal(await answer.text(), whole);
    else {
      let text = "";
      for await (const piece of answer.body ?? []) text += new TextDecoder().decode(piece);
      assert.equal(text, whole);
    }
    client.close();
  }
});

/** Each reading takes one record, as over TLS. */
function streamOf(records: string[]): ByteStream {
  return {
    read: (into) => Promise.resolve(new TextEncoder().encodeInto(records.shift() ?? "", into).written),
    write: (bytes) => Promise.resolve(bytes.length),
    close() {},
  };
}

Deno.test("send() hands out what came together with a chunk that is malformed, and then fails", async () => {
  const records = [`${OK}Transfer-Encoding: chunked\r\n\r\n`, "4\r\nabcd\r\n3\r\nefg\r\nno size\r\n"];
  const stream = streamOf(records);
  const client = openHttpClient({
    name: "the server",
    host: "localhost",
    open: () => Promise.resolve(stream),
  });
  const answer = await client.send("/", { isStream: true });
  let text = "";
  await assert.rejects(async () => {
    for await (const piece of answer.body ?? []) text += new TextDecoder().decode(piece);
  }, TransportError);
  assert.equal(text, "abcdefg");
  client.close();
});

Deno.test("send() pauses between a stream's pieces only where one reading takes all that waits", async () => {
  for (const isReadAtOnce of [false, true]) {
    const pieces = Array.from({ length: 10 }, () => "4\r\nabcd\r\n");
    const records = [`${OK}Transfer-Encoding: chunked\r\n\r\n`, ...pieces, "0\r\n\r\n"];
    const stream = streamOf(records);
    const open = () => Promise.resolve(stream);
    const client = openHttpClient({ name: "the server", host: "localhost", open, isReadAtOnce });
    const began = performance.now();
    const answer = await client.send("/", { isStream: true, gather: () => 50 });
    let text = "";
    for await (const piece of answer.body ?? []) text += new TextDecoder().decode(piece);
    assert.equal(text, "abcd".repeat(10));
    assert.equal(performance.now() - began > 400, isReadAtOnce);
    client.close();
  }
});
