// Bodies of answers: how they come, and how they break off.

import assert from "node:assert/strict";
import { openHttpClient } from "./http_client.ts";
import type { ByteStream } from "./http_connection.ts";
import { OK, play } from "./test_server.ts";
import { TransportError } from "./transport.ts";

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
