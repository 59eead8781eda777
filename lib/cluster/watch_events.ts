// The events of a watch's answer: JSON, one a line, or protobuf, each behind its length. An event that the end of the answer
// has torn is dropped: it comes again.

import { joined } from "../bytes.ts";
import { isProtobuf } from "./answer.ts";
import { MalformedMessage } from "./protobuf/message.ts";
import { readProtobufEvent } from "./protobuf/object.ts";
import { type Answer, NO_BODY } from "./transport/transport.ts";

/** An event as it was sent. */
export interface RawEvent {
  readonly type?: unknown;
  readonly object?: unknown;
}

/** What came is no event. */
export class MalformedEvent extends Error {}

/** Bytes of the length that goes before a frame, big end first. */
const PREFIX = 4;
/** Ten times what etcd holds of an object: a length beyond is none. */
const MOST_BYTES = 16 * 1024 * 1024;
const decoder = new TextDecoder();

/**
 * Reads an answer's events as they come.
 *
 * @param onChunk told whenever anything comes
 * @throws {MalformedEvent}
 */
export async function* readEvents(answer: Answer, onChunk: () => void): AsyncGenerator<RawEvent> {
  const body = answer.body ?? NO_BODY;
  const [pieces, parse] = isProtobuf(answer) ? [frames, parseFrame] as const : [lines, parseLine] as const;
  for await (const piece of split(body, pieces, onChunk)) {
    if (piece.length > 0) yield parse(piece);
  }
}

/** Finds the pieces that lie whole in the bytes; where one does not, it gives where that begins. */
type Finder = (bytes: Uint8Array) => { readonly pieces: Uint8Array[]; readonly end: number };

async function* split(
  body: AsyncIterable<Uint8Array>,
  find: Finder,
  onChunk: () => void,
): AsyncGenerator<Uint8Array> {
  let rest = new Uint8Array();
  for await (const chunk of body) {
    onChunk();
    const bytes = rest.length === 0 ? chunk : joined([rest, chunk]);
    const { pieces, end } = find(bytes);
    yield* pieces;
    rest = bytes.slice(end);
  }
}

function lines(bytes: Uint8Array): { pieces: Uint8Array[]; end: number } {
  const pieces: Uint8Array[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
    pieces.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return { pieces, end: start };
}

function frames(bytes: Uint8Array): { pieces: Uint8Array[]; end: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pieces: Uint8Array[] = [];
  let start = 0;
  while (bytes.length - start >= PREFIX) {
    const length = view.getUint32(start);
    if (length > MOST_BYTES) throw new MalformedEvent(`a watch event is said to have ${length} bytes`);
    const end = start + PREFIX + length;
    if (end > bytes.length) break;
    pieces.push(bytes.subarray(start + PREFIX, end));
    start = end;
  }
  return { pieces, end: start };
}

function parseLine(line: Uint8Array): RawEvent {
  let value: unknown;
  try {
    value = JSON.parse(decoder.decode(line));
  } catch (error) {
    throw new MalformedEvent(`a watch event is not JSON: ${error instanceof Error ? error.message : error}`);
  }
  if (typeof value !== "object" || value === null) throw new MalformedEvent("a watch event is no object");
  return value;
}

function parseFrame(frame: Uint8Array): RawEvent {
  try {
    return readProtobufEvent(frame);
  } catch (error) {
    if (!(error instanceof MalformedMessage)) throw error;
    throw new MalformedEvent(`a watch event is not protobuf: ${error.message}`);
  }
}
