// The body of one answer: what was read ahead, then the rest, read only as fast as it is taken. A cut one never ends quietly.

import type { HttpConnection } from "./http_connection.ts";
import type { TransportError } from "./transport.ts";

export interface AnswerBody {
  /** Receives a short body whole, and a long one's beginning. Never rejects: `take` tells of a cut. */
  readAhead(): Promise<void>;
  /** For Response: all of it, or what reads it. */
  take(): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array<ArrayBuffer>>;
}

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
  /** Pieces need come no closer to each other than this. */
  readonly gatherMilliseconds: number;
  /** A piece is the reader's only until it asks for the next. */
  readonly isBorrowed: boolean;
}

export function makeBody(
  connection: HttpConnection,
  { gatherMilliseconds, isBorrowed }: BodyOptions,
  fate: BodyFate,
): AnswerBody {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let isWhole = false;
  let failure: TransportError | null = null;
  let readAt = -Infinity;

  /** Lets a busy stream's pieces come together: each by itself costs a turn of the event loop, and all that follows. */
  async function gather(): Promise<void> {
    const rest = readAt + gatherMilliseconds - performance.now();
    if (rest > 0 && !connection.isBehind) await new Promise((resolve) => setTimeout(resolve, rest));
  }

  /** The connection's until it is read again; null at the end, or where it is cut. */
  async function next(): Promise<Uint8Array<ArrayBuffer> | null> {
    try {
      const piece = await connection.next();
      readAt = performance.now();
      if (piece !== null) return piece;
      isWhole = true;
      fate.onWhole();
    } catch (error) {
      failure = fate.failed(error);
    }
    return null;
  }

  async function readOn(): Promise<void> {
    await gather();
    const piece = await next();
    if (piece !== null) pieces.push(isBorrowed ? piece : piece.slice());
  }

  return {
    async readAhead() {
      for (let size = 0; size <= WHOLE_BYTES;) {
        const piece = await next();
        if (piece === null) return;
        pieces.push(piece.slice());
        size += piece.length;
      }
    },
    take() {
      const [only] = pieces;
      if (isWhole) return only !== undefined && pieces.length === 1 ? only : joined(pieces);
      return new ReadableStream({
        async pull(controller) {
          // what came before a cut is handed out: of a log that is gone by now it may be all there is
          if (pieces.length === 0 && failure === null && !isWhole) await readOn();
          const piece = pieces.shift();
          if (piece !== undefined) controller.enqueue(piece);
          else if (failure !== null) controller.error(failure);
          else controller.close();
        },
        cancel() {
          fate.onLeft();
        },
      }, { highWaterMark: 0 });
    },
  };
}

/** A copy of all, in one. */
function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
