// The API's objects written as protobuf: the way back from lib/cluster/protobuf, by the same tables, so that what reads it
// can be tested against any pod. Whether the tables are the server's is for tests/e2e/protobuf_test.ts to say.

import { PROTOBUF, type RequestOptions, type Transport } from "../lib/cluster/transport/transport.ts";
import type { Field, Message } from "../lib/cluster/protobuf/message.ts";
import { KINDS, UNKNOWN, WATCH_EVENT } from "../lib/cluster/protobuf/messages.ts";
import { responseOf } from "./response.ts";

type Fields = { readonly [key: string]: unknown };

const encoder = new TextEncoder();
const VARINT = 0;
const DELIMITED = 2;

/** A message as the server writes it: numbers always, also those that are 0; nothing of what the table does not name. */
export function writeMessage(fields: Fields, message: Message): Uint8Array<ArrayBuffer> {
  const out: number[] = [];
  for (const [number, field] of message) {
    const value = fields[field.name];
    const values = field.isRepeated ? (value ?? []) as unknown[] : [value];
    if (field.kind === "entry") values.splice(0, 1, ...Object.entries(value ?? {}));
    for (const one of values) out.push(...writeField(number, field, one));
  }
  return Uint8Array.from(out);
}

function writeField(number: number, { kind, message = new Map() }: Field, value: unknown): number[] {
  const delimited = (
    bytes: Uint8Array,
  ) => [...varint(number * 8 + DELIMITED), ...varint(bytes.length), ...bytes];
  switch (kind) {
    case "number":
      return value === undefined ? [] : [...varint(number * 8 + VARINT), ...varint(Number(value))];
    case "number or nothing":
      return [...varint(number * 8 + VARINT), ...varint(Number(value ?? 0))];
    case "text":
      return delimited(encoder.encode(String(value ?? "")));
    case "bytes":
      return value instanceof Uint8Array ? delimited(value) : [];
    case "time":
      if (value === undefined || value === null) return delimited(new Uint8Array());
      return delimited(Uint8Array.from([VARINT + 8, ...varint(Date.parse(String(value)) / 1000), 16, 0]));
    case "entry": {
      const [key, text] = (value as [string, string]).map((part) => encoder.encode(part));
      return delimited(
        Uint8Array.from([
          10,
          ...varint(key?.length ?? 0),
          ...key ?? [],
          18,
          ...varint(text?.length ?? 0),
          ...text ?? [],
        ]),
      );
    }
    case "message":
      return value === undefined || value === null ? [] : delimited(writeMessage(value as Fields, message));
  }
}

/** Ten bytes where it is negative. */
export function varint(value: number): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest >= 0x80n; rest >>= 7n) out.push(Number(rest & 0x7fn) | 0x80);
  return [...out, Number(rest)];
}

/** A Pod, PodList or Status in Kubernetes' wrapping. */
export function writeProtobufObject(object: Fields): Uint8Array<ArrayBuffer> {
  const { kind = "Pod" } = object;
  const raw = writeMessage(object, KINDS.get(String(kind)) ?? new Map());
  const wrapped = writeMessage({ typeMeta: { apiVersion: "v1", kind }, raw }, UNKNOWN);
  return Uint8Array.from([0x6b, 0x38, 0x73, 0x00, ...wrapped]);
}

/** A watch event behind its length. */
export function writeProtobufFrame(
  { type, object }: { type: string; object: Fields },
): Uint8Array<ArrayBuffer> {
  const bytes = writeMessage({ type, object: { raw: writeProtobufObject(object) } }, WATCH_EVENT);
  const frame = new Uint8Array(4 + bytes.length);
  new DataView(frame.buffer).setUint32(0, bytes.length);
  frame.set(bytes, 4);
  return frame;
}

/** An API that answers in protobuf where it is asked to, as a cluster's does. Its watch gives one event a piece. */
export function inProtobuf(inner: Transport): Transport {
  return {
    ...inner,
    async fetch(path, options: RequestOptions = {}) {
      const answer = responseOf(await inner.fetch(path, options));
      if (!options.mayBeProtobuf || answer.body === null) return answer;
      const headers = new Headers(answer.headers);
      headers.set("content-type", PROTOBUF);
      const { status } = answer;
      if (options.isStream && answer.ok) return new Response(framed(answer.body), { status, headers });
      return new Response(writeProtobufObject(await answer.json()), { status, headers });
    },
    [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose](),
  };
}

function framed(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const lines: string[] = [""];
  return new ReadableStream({
    async pull(controller) {
      while (lines.length < 2) {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        lines.push(...`${lines.pop()}${decoder.decode(value, { stream: true })}`.split("\n"));
      }
      const line = lines.shift() ?? "";
      controller.enqueue(writeProtobufFrame(JSON.parse(line)));
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
