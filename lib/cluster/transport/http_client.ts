// HTTP requests to one server, on connections that are kept and used again. Whatever goes wrong on the way, before the
// answer or in the middle of its body, is a TransportError: a cut body never ends quietly. Knows not how a connection is
// made.

import { HttpAnswer } from "./http_answer.ts";
import { type ByteStream, type HttpConnection, makeHttpConnection } from "./http_connection.ts";
import { type Answer, PROTOBUF, type RequestOptions, TransportError } from "./transport.ts";

/** The server of a client. */
export interface HttpServer {
  /** What errors call it. */
  readonly name: string;
  /** Value of the `host` header. */
  readonly host: string;
  /** Opens a connection; the signal says that nobody waits for it any more. */
  open(signal: AbortSignal): Promise<ByteStream>;
  /**
   * A connection that was idle for longer is not used again. What lies between drops those without a word.
   *
   * @default {Infinity}
   */
  readonly maxIdleMilliseconds?: number;
  /**
   * One reading takes all that is waiting, so that pauses between readings hold nothing up. Not so over TLS, where each
   * brings one record: a pause after each halved the pods a second.
   *
   * @default {false}
   */
  readonly isReadAtOnce?: boolean;
}

/** Requests to one server. */
export interface HttpClient {
  /**
   * Sends one request. A short answer has been received whole when this resolves, a long one is read as it is taken.
   *
   * @param headers more header lines, each with its end
   * @throws {TransportError} where no answer came
   */
  send(path: string, options?: RequestOptions, headers?: string): Promise<Answer>;
  /** No connection of now carries another request. Resolves when what those carry has ended that had not been retired before. */
  retire(): Promise<void>;
  /** Cuts all connections. */
  close(): void;
}

/** Connections that carry their last request. */
interface Retired {
  readonly left: Set<HttpConnection>;
  readonly onNone: () => void;
}

/** A connection to be. */
interface Opening {
  readonly connection: Promise<HttpConnection>;
  /** Rejects it at once; what is opened later all the same is closed. */
  giveUp(): void;
}

const NO_PAUSE = () => 0;

/** A client without connections. */
export function openHttpClient(server: HttpServer): HttpClient {
  const { name, host, maxIdleMilliseconds = Infinity, isReadAtOnce = false } = server;
  /** Each with how many times all had been retired when it was asked for. */
  const all = new Map<HttpConnection, number>();
  /** The one used last lies last. */
  let idle: { readonly connection: HttpConnection; readonly since: number }[] = [];
  const opening = new Set<Opening>();
  const retired = new Set<Retired>();
  let retirements = 0;
  let isClosed = false;
  const encoder = new TextEncoder();

  function open(): Opening {
    const { promise, resolve, reject } = Promise.withResolvers<HttpConnection>();
    const unwanted = new AbortController();
    const one: Opening = {
      connection: promise,
      giveUp() {
        unwanted.abort();
        reject(new TransportError("aborted"));
      },
    };
    opening.add(one);
    const age = retirements;
    server.open(unwanted.signal).then((stream) => {
      if (unwanted.signal.aborted) return stream.close();
      const connection = makeHttpConnection(stream);
      all.set(connection, age);
      resolve(connection);
    }).catch(reject).finally(() => opening.delete(one));
    return one;
  }

  /** The idle connection that was used last, unless it has been idle for too long: then all have. */
  function takeIdle(): HttpConnection | undefined {
    const last = idle.pop();
    if (last === undefined || performance.now() - last.since <= maxIdleMilliseconds) return last?.connection;
    cut(last.connection);
    cutIdle();
    return undefined;
  }

  function cutIdle(): void {
    for (const { connection } of idle) cut(connection);
    idle = [];
  }

  function cut(connection: HttpConnection): void {
    connection.close();
    all.delete(connection);
    for (const group of retired) {
      if (!group.left.delete(connection) || group.left.size > 0) continue;
      retired.delete(group);
      group.onNone();
    }
  }

  /** One that failed was most likely not alone: whoever listened has ended, and the idle ones are dead, too. */
  function fail(connection: HttpConnection | null, error: unknown): TransportError {
    if (connection !== null) cut(connection);
    cutIdle();
    if (error instanceof TransportError) return error;
    return new TransportError(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }

  function release(connection: HttpConnection): void {
    if (!connection.isReusable || isClosed || all.get(connection) !== retirements) return cut(connection);
    idle.push({ connection, since: performance.now() });
  }

  async function send(path: string, options: RequestOptions = {}, headers = ""): Promise<Answer> {
    const { signal } = options;
    if (signal?.aborted || isClosed) throw new TransportError("aborted");
    const request = encoder.encode(requestText(path, options, host, headers));
    let connection: HttpConnection | null = null;
    let coming: Opening | null = null;
    const abort = () => connection === null ? coming?.giveUp() : cut(connection);
    const failed = (error: unknown) => {
      signal?.removeEventListener("abort", abort);
      // an end that was asked for says nothing of the others
      if (!signal?.aborted) return fail(connection, error);
      if (connection !== null) cut(connection);
      return new TransportError("aborted");
    };
    signal?.addEventListener("abort", abort);
    try {
      connection = takeIdle() ?? await (coming = open()).connection;
      if (signal?.aborted || isClosed) throw new TransportError("aborted");
      const head = await connection.exchange(request);
      const used = connection;
      const how = {
        gather: isReadAtOnce ? options.gather ?? NO_PAUSE : NO_PAUSE,
        isBorrowed: options.isBorrowed === true && head.status === 200,
      };
      const answer = new HttpAnswer(used, head, how, {
        onWhole() {
          signal?.removeEventListener("abort", abort);
          release(used);
        },
        onLeft() {
          signal?.removeEventListener("abort", abort);
          cut(used);
        },
        failed,
      });
      if (!options.isStream) await answer.readAhead();
      return answer;
    } catch (error) {
      throw failed(error);
    }
  }

  return {
    send,
    async retire() {
      cutIdle();
      const left = new Set<HttpConnection>();
      for (const [connection, age] of all) if (age === retirements) left.add(connection);
      retirements++;
      if (left.size === 0) return;
      const none = Promise.withResolvers<void>();
      retired.add({ left, onNone: none.resolve });
      await none.promise;
    },
    close() {
      isClosed = true;
      opening.forEach((one) => one.giveUp());
      for (const connection of all.keys()) cut(connection);
      idle = [];
    },
  };
}

function requestText(
  path: string,
  { method = "GET", body, mayBeProtobuf = false }: RequestOptions,
  host: string,
  headers: string,
): string {
  if (!/^\/[!-~]*$/.test(path)) {
    throw new TypeError(`Cannot ask for ${JSON.stringify(path)} as it is no path`);
  }
  const accept = mayBeProtobuf ? `${PROTOBUF}, application/json` : "application/json, */*";
  const head = `${method} ${path} HTTP/1.1\r\nhost: ${host}\r\naccept: ${accept}\r\n${headers}`;
  if (body === undefined) return `${head}\r\n`;
  const length = new TextEncoder().encode(body).length;
  return `${head}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
}
