// One answer of a server: what was read ahead of its body, then the rest, read only as fast as it is taken. A cut one never
// ends quietly. Not the web's Response, which is made for more than this: its streams, headers and checks took a tenth of
// the main thread's time.

import { joined } from "../../bytes.ts";
import type { Head, HttpConnection } from "./http_connection.ts";
import type { Answer, AnswerBody, TransportError } from "./transport.ts";

/** What becomes of the connection. */
export interface BodyFate {
  /** The body was read to its end. */
  onWhole(): void;
  /** Nobody wants the rest. */
  onLeft(): void;
  /** It was cut; returns what its reader is told. */
  failed(error: unknown): TransportError;
}

/** Answers up to this size are received at once; larger ones, and streams, as fast as they are taken. */
const WHOLE_BYTES = 64 * 1024;

/** How a body is handed out. */
export interface BodyOptions {
  /** Milliseconds by which the next piece may follow the last one. */
  readonly gather: () => number;
  /** A piece is the reader's only until it asks for the next. */
  readonly isBorrowed: boolean;
}

const END = { done: true, value: undefined } as const;

/** An answer whose head has come. */
export class HttpAnswer implements Answer, AnswerBody, AsyncIterator<Uint8Array> {
  readonly status: number;
  readonly #head: Head;
  readonly #connection: HttpConnection;
  readonly #options: BodyOptions;
  readonly #fate: BodyFate;
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  /** All of it has come, or nobody wants the rest. */
  #isOver = false;
  #failure: TransportError | null = null;
  #isUsed = false;
  #readAt = -Infinity;

  constructor(connection: HttpConnection, head: Head, options: BodyOptions, fate: BodyFate) {
    this.status = head.status;
    this.#head = head;
    this.#connection = connection;
    this.#options = options;
    this.#fate = fate;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get headers(): { get(name: string): string | null } {
    return { get: (name) => this.#header(name.toLowerCase()) };
  }

  get body(): AnswerBody {
    return this;
  }

  get bodyUsed(): boolean {
    return this.#isUsed;
  }

  /** Receives a short body whole, and a long one's beginning. Never rejects: whoever reads it hears of a cut. */
  async readAhead(): Promise<void> {
    for (let size = 0; size <= WHOLE_BYTES;) {
      const piece = await this.#receive();
      if (piece === null) return;
      this.#pieces.push(piece.slice());
      size += piece.length;
    }
  }

  async text(): Promise<string> {
    return new TextDecoder().decode(await this.bytes());
  }

  async bytes(): Promise<Uint8Array> {
    this.#use();
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#isOver) break;
      const piece = await this.#receive();
      if (piece !== null) this.#pieces.push(piece.slice());
    }
    return joined(this.#pieces);
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    this.#use();
    return this;
  }

  /** What came before a cut is handed out first: of a log that is gone by now it may be all there is. */
  async next(): Promise<IteratorResult<Uint8Array>> {
    let piece: Uint8Array | null | undefined = this.#pieces.shift();
    if (piece !== undefined) return { done: false, value: piece };
    if (this.#failure === null && !this.#isOver) {
      const { gather, isBorrowed } = this.#options;
      const pause = gather();
      if (pause > 0) await this.#gather(pause);
      piece = await this.#receive();
      if (piece !== null) return { done: false, value: isBorrowed ? piece : piece.slice() };
    }
    if (this.#failure !== null) throw this.#failure;
    return END;
  }

  /** The reader has left. */
  async return(): Promise<IteratorResult<Uint8Array>> {
    await this.cancel();
    return END;
  }

  cancel(): Promise<void> {
    this.#isUsed = true;
    this.#pieces.length = 0;
    if (!this.#isOver && this.#failure === null) {
      this.#isOver = true;
      this.#fate.onLeft();
    }
    return Promise.resolve();
  }

  #use(): void {
    if (this.#isUsed) throw new TypeError("Cannot read an answer's body twice");
    this.#isUsed = true;
  }

  #header(name: string): string | null {
    const values = this.#head.headers.filter((header) => header[0] === name).map((header) => header[1]);
    return values.length === 0 ? null : values.join(", ");
  }

  /** Lets a busy stream's pieces come together: each by itself costs a turn of the event loop, and all that follows. */
  async #gather(milliseconds: number): Promise<void> {
    const rest = this.#readAt + milliseconds - performance.now();
    if (rest > 0 && !this.#connection.isBehind) await new Promise((resolve) => setTimeout(resolve, rest));
  }

  /** The connection's until it is read again; null at the end, or where it is cut. */
  async #receive(): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      const piece = await this.#connection.next();
      this.#readAt = performance.now();
      if (piece !== null) return piece;
      if (!this.#isOver) this.#fate.onWhole();
      this.#isOver = true;
    } catch (error) {
      if (!this.#isOver) this.#failure = this.#fate.failed(error);
    }
    return null;
  }
}
