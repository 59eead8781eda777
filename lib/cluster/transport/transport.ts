// How a request reaches an API server. Each form of transport is one file beside this one; none knows what a pod is.

/** The media type of Kubernetes' protobuf, of an object and of a watch's frames. */
export const PROTOBUF = "application/vnd.kubernetes.protobuf";

/** What may be said along with a path. */
export interface RequestOptions {
  /** @default {"GET"} */
  readonly method?: "GET" | "POST" | "DELETE";
  /** JSON text. */
  readonly body?: string;
  /** Ends the request, or the stream of its answer. */
  readonly signal?: AbortSignal;
  /** True for what may stay open for long and idle (watch, followed log): a transport may keep such connections apart. */
  readonly isStream?: boolean;
  /**
   * The answer may be a kubelet's, passed on by the server: a 401 is no word of the server's on the login then.
   *
   * @default {false}
   */
  readonly isPassedOn?: boolean;
  /**
   * The answer may be Kubernetes' protobuf, as its content type then says: it costs the server and its reader less than
   * JSON. A transport that cannot ask for it, and a server that has none, give JSON.
   *
   * @default {false}
   */
  readonly mayBeProtobuf?: boolean;
  /**
   * Asked before each piece of a stream: milliseconds by which it may follow the last one, so that what comes meanwhile is
   * handed out as one.
   *
   * @default {() => 0}
   */
  readonly gather?: () => number;
  /**
   * A piece of the body of a 200 may be overwritten once the next is asked for: whoever keeps it copies it. Of a large log
   * that is read in passing each copy costs as much as all else about it.
   *
   * @default {false}
   */
  readonly isBorrowed?: boolean;
}

/** What came back: of the web's Response what is used here, so that a Response is one, too. */
export interface Answer {
  readonly status: number;
  /** The status is one of success. */
  readonly ok: boolean;
  readonly headers: { get(name: string): string | null };
  /** Null where the answer has none. */
  readonly body: AnswerBody | null;
  /** Somebody has begun to read the body. */
  readonly bodyUsed: boolean;
  /** All of the body as UTF-8. @throws {TransportError} where it is cut */
  text(): Promise<string>;
  /** All of the body. @throws {TransportError} where it is cut */
  bytes(): Promise<Uint8Array>;
}

/** An answer's bytes as they come, for one reader; throws a TransportError where they are cut. */
export interface AnswerBody extends AsyncIterable<Uint8Array> {
  /** Nobody wants the rest. Not to be called of a Response's body that is being read. */
  cancel(): Promise<void>;
}

/** The body of an answer that has none. */
export const NO_BODY: AnswerBody = {
  async *[Symbol.asyncIterator]() {},
  cancel: () => Promise.resolve(),
};

/** One way to carry requests. */
export interface Transport extends AsyncDisposable {
  /** @see the files of this folder */
  readonly kind: "proxy" | "direct" | "raw" | "local";
  /** Log streams that may be followed at once over this transport. */
  readonly maxStreams: number;
  /**
   * Sends one request; `path` begins with `/` and holds the query. The answer's body must be read or cancelled.
   *
   * @throws {TransportError} where no answer came: refused, cut, proxy gone. Whether the request took effect is unknown.
   */
  fetch(path: string, options?: RequestOptions): Promise<Answer>;
}

/** No answer came. */
export class TransportError extends Error {
  override name = "TransportError";
}

/** A stream that was taken for accepted, as its status was not known yet, was refused after all, or never got there. */
export class LateRefusal extends TransportError {}
