// HTTP requests over a unix socket, on connections that are kept and used again. Whatever goes wrong on the way, before the
// answer or in the middle of its body, is a TransportError: a cut body never ends quietly.

import { type HttpConnection, makeHttpConnection } from "./http_connection.ts";
import { type RequestOptions, TransportError } from "./transport.ts";

/** Requests to whatever listens at one socket. */
export interface SocketClient {
  /**
   * Sends one request. A short answer has been received whole when this resolves, a long one is read as it is taken.
   *
   * @throws {TransportError} where no answer came
   */
  send(path: string, options?: RequestOptions): Promise<Response>;
  /** Cuts all connections. */
  close(): void;
}

/** Answers up to this size are received at once; larger ones, and streams, as fast as they are taken. */
const WHOLE_BYTES = 64 * 1024;
/** Statuses that Response permits no body for. */
const BODILESS = new Set([204, 205, 304]);

/** A client without connections. */
export function openSocketClient(socketPath: string): SocketClient {
  const all = new Set<HttpConnection>();
  let idle: HttpConnection[] = [];
  let isClosed = false;
  const encoder = new TextEncoder();

  async function connect(): Promise<HttpConnection> {
    const connection = makeHttpConnection(await Deno.connect({ transport: "unix", path: socketPath }));
    all.add(connection);
    return connection;
  }

  function cut(connection: HttpConnection): void {
    connection.close();
    all.delete(connection);
  }

  /** One that failed was most likely not alone: whoever listened has ended, and the idle ones are dead, too. */
  function fail(connection: HttpConnection | null, error: unknown): TransportError {
    if (connection !== null) cut(connection);
    idle.forEach(cut);
    idle = [];
    if (error instanceof TransportError) return error;
    return new TransportError(`kubectl proxy: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }

  function release(connection: HttpConnection): void {
    if (connection.isReusable && !isClosed) idle.push(connection);
    else cut(connection);
  }

  async function send(path: string, options: RequestOptions = {}): Promise<Response> {
    const { signal } = options;
    if (signal?.aborted || isClosed) throw new TransportError("aborted");
    const request = encoder.encode(requestText(path, options));
    let connection: HttpConnection | null = null;
    const abort = () => connection !== null && cut(connection);
    const failed = (error: unknown) => {
      signal?.removeEventListener("abort", abort);
      // an end that was asked for says nothing of the others
      if (!signal?.aborted) return fail(connection, error);
      if (connection !== null) cut(connection);
      return new TransportError("aborted");
    };
    signal?.addEventListener("abort", abort);
    try {
      connection = idle.pop() ?? await connect();
      if (signal?.aborted || isClosed) throw new TransportError("aborted");
      const head = await connection.exchange(request);
      const { status } = head;
      const headers = head.headers.map(([name, value]): [string, string] => [name, value]);
      const body = makeBody(
        connection,
        options.gatherMilliseconds ?? 0,
        () => signal?.removeEventListener("abort", abort),
        failed,
      );
      if (!options.isStream || BODILESS.has(status)) await body.readAhead();
      return new Response(BODILESS.has(status) ? null : body.take(), { status, headers });
    } catch (error) {
      throw failed(error);
    }
  }

  /** The body of an answer: what was read ahead, then the rest, read only as fast as it is taken. */
  function makeBody(
    connection: HttpConnection,
    gatherMilliseconds: number,
    onEnd: () => void,
    failed: (error: unknown) => TransportError,
  ) {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    let isWhole = false;
    let failure: TransportError | null = null;
    let readAt = -Infinity;

    /** Lets a busy stream's pieces come together: each by itself costs a turn of the event loop, and all that follows. */
    async function gather(): Promise<void> {
      const rest = readAt + gatherMilliseconds - performance.now();
      if (rest > 0 && !connection.isBehind) await new Promise((resolve) => setTimeout(resolve, rest));
    }

    /** False at the end, or where it is cut. */
    async function read(): Promise<boolean> {
      try {
        const piece = await connection.next();
        readAt = performance.now();
        if (piece !== null) {
          pieces.push(piece.slice());
          return true;
        }
        isWhole = true;
        onEnd();
        release(connection);
      } catch (error) {
        failure = failed(error);
      }
      return false;
    }

    /** All that came along with what was read. */
    function takeReceived(): void {
      try {
        for (let piece = connection.nextReceived(); piece !== null; piece = connection.nextReceived()) {
          pieces.push(piece.slice());
        }
      } catch (error) {
        failure = failed(error);
      }
    }

    return {
      async readAhead(): Promise<void> {
        for (let size = 0; size <= WHOLE_BYTES && await read();) size += pieces.at(-1)?.length ?? 0;
      },
      take(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>> {
        if (isWhole) return joined(pieces);
        return new ReadableStream({
          async pull(controller) {
            // what came before a cut is handed out: of a log that is gone by now it may be all there is
            if (pieces.length === 0 && failure === null && !isWhole) {
              await gather();
              if (await read()) takeReceived();
            }
            const all = pieces.splice(0);
            if (all.length > 0) controller.enqueue(joined(all));
            else if (failure !== null) controller.error(failure);
            else controller.close();
          },
          cancel() {
            onEnd();
            cut(connection);
          },
        }, { highWaterMark: 0 });
      },
    };
  }

  return {
    send,
    close() {
      isClosed = true;
      all.forEach(cut);
      idle = [];
    },
  };
}

function requestText(path: string, { method = "GET", body }: RequestOptions): string {
  if (!/^\/[!-~]*$/.test(path)) {
    throw new TypeError(`Cannot ask for ${JSON.stringify(path)} as it is no path`);
  }
  const head = `${method} ${path} HTTP/1.1\r\nhost: localhost\r\naccept: application/json, */*\r\n`;
  if (body === undefined) return `${head}\r\n`;
  const length = new TextEncoder().encode(body).length;
  return `${head}content-type: application/json\r\ncontent-length: ${length}\r\n\r\n${body}`;
}

function joined(pieces: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const [only] = pieces;
  if (only !== undefined && pieces.length === 1) return only;
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
