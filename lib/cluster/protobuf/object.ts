// Kubernetes' own wrapping of protobuf objects: a magic number, then a message that names the kind and holds the bytes
// (k8s.io/apimachinery, runtime/serializer/protobuf).

import { type Fields, MalformedMessage, readMessage } from "./message.ts";
import { KINDS, UNKNOWN, WATCH_EVENT } from "./messages.ts";

const MAGIC = [0x6b, 0x38, 0x73, 0x00];

/**
 * Reads an object into what JSON would have given of it: kind, and the fields that qupods reads. Of a kind that qupods does
 * not know there is the kind alone.
 *
 * @throws {MalformedMessage} where it is none, or cut
 */
export function readProtobufObject(bytes: Uint8Array): Fields {
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) {
    throw new MalformedMessage("it does not begin as an object does");
  }
  const { typeMeta, raw } = readMessage(bytes.subarray(MAGIC.length), UNKNOWN) as {
    readonly typeMeta?: Fields;
    readonly raw?: Uint8Array;
  };
  const kind = String(typeMeta?.kind ?? "");
  const message = KINDS.get(kind);
  if (raw === undefined) throw new MalformedMessage("it has no bytes");
  const object: Fields = message === undefined ? {} : readMessage(raw, message);
  if (kind === "PodList") object.items ??= []; // an empty list takes no bytes
  object.kind = kind;
  return object;
}

/**
 * Reads one event of a watch.
 *
 * @throws {MalformedMessage} where it is none, or cut
 */
export function readProtobufEvent(bytes: Uint8Array): { readonly type?: unknown; readonly object?: unknown } {
  const { type, object } = readMessage(bytes, WATCH_EVENT) as {
    readonly type?: unknown;
    readonly object?: { readonly raw?: Uint8Array };
  };
  return { type, object: readProtobufObject(object?.raw ?? new Uint8Array()) };
}
