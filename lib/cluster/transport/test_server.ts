// An HTTP server that is played by hand, for the tests of this room.

import assert from "node:assert/strict";
import { type HttpClient, type HttpServer, openHttpClient } from "./http_client.ts";

/** How a good answer begins. */
export const OK = "HTTP/1.1 200 OK\r\n";

/** A client of whatever listens at the socket. */
export function openSocketClient(path: string, settings: Partial<HttpServer> = {}): HttpClient {
  const open = () => Deno.connect({ transport: "unix", path });
  return openHttpClient({ name: "the server", host: "localhost", open, ...settings });
}

/** A server that is played by hand: `answer` waits for a request and sends these bytes, in these pieces. */
export interface Played {
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

/** Plays a server to a client of it. */
export async function play(
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
