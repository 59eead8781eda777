// One HTTP/1.1 connection as a client sees it: a request out, an answer's head in, and its body taken out of its framing.
// Hand-written because it is the largest cost of a pod: a request here takes a quarter of the CPU that fetch or node:http
// takes for it. Knows nothing of pools, signals or what is asked. RFC 9112 is followed for what servers send; what it calls
// an error is one here.

/** What carries the bytes: a Deno connection. */
export interface ByteStream {
  read(into: Uint8Array): Promise<number | null>;
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}

/** An answer's first part. */
export interface Head {
  readonly status: number;
  readonly headers: readonly [name: string, value: string][];
}

/** A connection; one exchange at a time. */
export interface HttpConnection {
  /**
   * Sends a request and reads the answer's head.
   *
   * @throws {Error} where the connection ends or what comes is no HTTP
   */
  exchange(request: Uint8Array): Promise<Head>;
  /**
   * What has been received of the body, valid until this is called again; null at its end.
   *
   * @throws {Error} where the body is cut
   */
  next(): Promise<Uint8Array<ArrayBuffer> | null>;
  /** What was received last took all the room there was: most likely more is waiting. */
  readonly isBehind: boolean;
  /** The body was read to its end, and the server keeps the connection for another request. */
  readonly isReusable: boolean;
  close(): void;
}

/** Idle streams are many: their buffers grow only as the bytes come. */
const FIRST_BYTES = 4 * 1024;
const MOST_BYTES = 64 * 1024;
const CR = 13;
const PROTOCOL = new TextEncoder().encode("HTTP/1.");
const LF = 10;

/** How the end of a body is known. */
type Framing = "length" | "chunked" | "close";

/** Wraps a connection that was just opened. */
export function makeHttpConnection(stream: ByteStream): HttpConnection {
  const latin1 = new TextDecoder("latin1");
  let buffer = new Uint8Array(FIRST_BYTES);
  // what was received and not yet taken lies from `start` to `end`
  let start = 0;
  let end = 0;
  let framing: Framing = "length";
  /** Bytes to come of the body, or of the chunk. */
  let left = 0;
  /** Within the framing of chunks. */
  let place: "before size" | "behind data" | "in trailer" = "before size";
  let isOver = true;
  let isKept = true;
  let isClosed = false;
  let failure: unknown = null;

  /** Receives more; false at the end of the connection. */
  async function receive(): Promise<boolean> {
    const wasFilled = end === buffer.length;
    if (start > 0) {
      buffer.copyWithin(0, start, end);
      end -= start;
      start = 0;
    }
    if (wasFilled && buffer.length < MOST_BYTES) {
      // bytes come faster than they are taken: to read more of them at once costs less
      const wider = new Uint8Array(buffer.length * 2);
      wider.set(buffer.subarray(0, end));
      buffer = wider;
    }
    if (end === buffer.length) throw new Error("the answer's head is too long");
    const count = await stream.read(buffer.subarray(end));
    if (count === null) return false;
    end += count;
    return true;
  }

  /** One line without its end; null if the rest of it has yet to come. */
  function takeLine(): string | null {
    const at = buffer.subarray(0, end).indexOf(LF, start);
    if (at < 0) return null;
    const line = latin1.decode(buffer.subarray(start, buffer[at - 1] === CR && at > start ? at - 1 : at));
    start = at + 1;
    return line;
  }

  /** What has come may be the beginning of an answer. */
  function isHttp(): boolean {
    return PROTOCOL.every((byte, at) => start + at >= end || buffer[start + at] === byte);
  }

  /** Where what comes behind the head begins; null if the rest of it has yet to come. */
  function endOfHead(): number | null {
    const received = buffer.subarray(0, end);
    for (let at = received.indexOf(LF, start); at >= 0; at = received.indexOf(LF, at + 1)) {
      const next = received[at + 1] === CR ? at + 2 : at + 1;
      if (received[next] === LF) return next + 1;
    }
    return null;
  }

  /** Decoded as a whole: a call for each line costs more than all else about it. */
  async function readHead(): Promise<{ head: Head; version: string }> {
    let stop = endOfHead();
    for (; stop === null; stop = endOfHead()) {
      // another protocol's greeting may have no end that this waits for
      if (!isHttp()) throw new Error("the answer is not HTTP/1.1");
      if (await receive()) continue;
      throw new Error(
        `the connection ended ${start === end ? "before an answer" : "inside an answer's head"}`,
      );
    }
    const [first = "", ...lines] = latin1.decode(buffer.subarray(start, stop)).trimEnd().split(/\r?\n/);
    start = stop;
    const [, version, code] = /^HTTP\/(1\.[01]) (\d{3})(?: |$)/.exec(first) ?? [];
    if (version === undefined) throw new Error("the answer is not HTTP/1.1");
    const headers = lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      if (colon <= 0) throw new Error("the answer's head is malformed");
      return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
    });
    return { head: { status: Number(code), headers }, version };
  }

  function frame({ status, headers }: Head, version: string): void {
    const all = (name: string) => headers.filter((header) => header[0] === name).map((header) => header[1]);
    const connection = all("connection").join().toLowerCase();
    isKept = version === "1.1" && !/\bclose\b/.test(connection);
    place = "before size";
    isOver = false;
    // what was compressed on the way would be stored as a log as it is
    if (!/^(identity)?$/i.test(all("content-encoding").join())) {
      throw new Error("the answer is compressed, which nobody asked for");
    }
    if (status === 204 || status === 304) {
      framing = "length";
      left = 0;
    } else if (all("transfer-encoding").length > 0) {
      if (all("transfer-encoding").join().toLowerCase() !== "chunked") {
        throw new Error("the answer's transfer coding is unknown");
      }
      framing = "chunked";
      left = 0;
    } else {
      const lengths = new Set(all("content-length"));
      const [length] = lengths;
      if (lengths.size > 1 || (length !== undefined && !/^\d{1,15}$/.test(length))) {
        throw new Error("the answer's length is malformed");
      }
      framing = length === undefined ? "close" : "length";
      left = Number(length ?? 0);
      if (framing === "close") isKept = false;
    }
  }

  /** Moves up to the next chunk's data. `null` if more must come first. */
  function openChunk(): "open" | "last" | null {
    if (place === "behind data") {
      const line = takeLine();
      if (line === null) return null;
      if (line !== "") throw new Error("a chunk is longer than it says");
      place = "before size";
    }
    if (place === "before size") {
      const line = takeLine();
      if (line === null) return null;
      const size = /^([0-9a-f]{1,13})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) throw new Error("a chunk's size is malformed");
      left = parseInt(size, 16);
      place = left > 0 ? "behind data" : "in trailer";
      if (left > 0) return "open";
    }
    for (let line = takeLine(); line !== null; line = takeLine()) if (line === "") return "last";
    return null;
  }

  /** What has been received of the body; `undefined` if more must come first, null at the end. */
  function take(): Uint8Array<ArrayBuffer> | null | undefined {
    if (isOver) return null;
    if (left === 0 && framing !== "close") {
      const chunk = framing === "length" ? "last" : openChunk();
      if (chunk === null) return undefined;
      isOver = chunk === "last";
      if (isOver) return null;
    }
    if (start === end) return undefined;
    const piece = buffer.subarray(start, framing === "close" ? end : Math.min(end, start + left));
    start += piece.length;
    if (framing !== "close") left -= piece.length;
    return piece;
  }

  /** Moves what came along up to the piece, so that both are one: each by itself costs a turn of the event loop. */
  function takeAlong(piece: Uint8Array): Uint8Array<ArrayBuffer> {
    let stop = piece.byteOffset + piece.length;
    try {
      for (let more = take(); more; more = take()) {
        buffer.copyWithin(stop, more.byteOffset, more.byteOffset + more.length);
        stop += more.length;
      }
    } catch (error) {
      failure = error; // what came before is handed out first
    }
    return buffer.subarray(piece.byteOffset, stop);
  }

  return {
    async exchange(request) {
      for (let rest = request; rest.length > 0;) rest = rest.subarray(await stream.write(rest));
      for (;;) {
        const { head, version } = await readHead();
        if (head.status < 200) continue; // interim answers have no body
        frame(head, version);
        return head;
      }
    },
    async next() {
      for (;;) {
        if (failure !== null) throw failure;
        const piece = take();
        if (piece !== undefined) return piece && takeAlong(piece);
        if (await receive()) continue;
        if (framing !== "close") throw new Error("the answer was cut");
        isOver = true;
        return null;
      }
    },
    get isBehind() {
      return end === buffer.length;
    },
    get isReusable() {
      return isOver && isKept && !isClosed && start === end;
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      stream.close();
    },
  };
}
