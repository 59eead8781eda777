// Protobuf messages read into the objects that JSON would have given, by a table of the fields that somebody reads. What no
// table names is skipped unread: of a pod that is most. The wire format is that of proto2 (protobuf.dev, "Encoding").

import { Buffer } from "node:buffer";

/** The fields of a message that are read, by their numbers. */
export type Message = ReadonlyMap<number, Field>;

/** One field. Its name is the JSON key. */
export interface Field {
  readonly name: string;
  readonly kind:
    | "text"
    | "number"
    /** A number whose 0 JSON leaves out. */
    | "number or nothing"
    /** A Time: RFC 3339 to the second; null for the zero time. */
    | "time"
    /** An entry of a map from text to text. */
    | "entry"
    | "bytes"
    | "message";
  /** Of kind `message`. */
  readonly message?: Message;
  /** Its values become an array. */
  readonly isRepeated?: boolean;
}

/** What a message becomes. */
export type Fields = { [key: string]: unknown };

/** The bytes are no message, or only a part of one. */
export class MalformedMessage extends Error {
  override name = "MalformedMessage";
}

const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;
const TIME_SECONDS = 1;
const VARINT = 0;
const FIXED64 = 1;
const DELIMITED = 2;
const FIXED32 = 5;

/**
 * Reads all of the bytes as one message.
 *
 * @throws {MalformedMessage} where they are cut, or of another format
 */
export function readMessage(bytes: Uint8Array, message: Message): Fields {
  return new Reader(bytes).message(bytes.length, message);
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  message(end: number, message: Message): Fields {
    const fields: Fields = {};
    while (this.#at < end) {
      const key = this.#varint(end);
      const field = message.get(Math.floor(key / 8));
      const wire = key % 8;
      if (field === undefined) this.#skip(wire, end);
      else if (wire !== (field.kind.startsWith("number") ? VARINT : DELIMITED)) {
        throw new MalformedMessage(`its field ${field.name} is of wire type ${wire}`);
      } else this.#read(field, end, fields);
    }
    return fields;
  }

  #read(field: Field, end: number, into: Fields): void {
    const { name, kind } = field;
    if (kind === "number" || kind === "number or nothing") {
      const value = this.#varint(end);
      if (value !== 0 || kind === "number") into[name] = value;
      return;
    }
    const limit = this.#length(end);
    if (kind === "entry") return this.#entry(limit, (into[name] ??= {}) as Fields);
    const value = this.#value(field, limit);
    if (field.isRepeated) ((into[name] ??= []) as unknown[]).push(value);
    else into[name] = value;
  }

  #value({ kind, message = new Map() }: Field, end: number): unknown {
    if (kind === "message") return this.message(end, message);
    if (kind === "text") return this.#text(end);
    if (kind === "time") return this.#time(end);
    const bytes = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return bytes;
  }

  #text(end: number): string {
    const text = this.#bytes.toString("utf8", this.#at, end);
    this.#at = end;
    return text;
  }

  #entry(end: number, into: Fields): void {
    let key = "";
    let value = "";
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag === ENTRY_KEY * 8 + DELIMITED) key = this.#text(this.#length(end));
      else if (tag === ENTRY_VALUE * 8 + DELIMITED) value = this.#text(this.#length(end));
      else this.#skip(tag % 8, end);
    }
    into[key] = value;
  }

  /** The zero time has no fields at all; 1970 has. */
  #time(end: number): string | null {
    let seconds: number | null = null;
    while (this.#at < end) {
      const tag = this.#varint(end);
      if (tag === TIME_SECONDS * 8 + VARINT) seconds = this.#varint(end);
      else this.#skip(tag % 8, end);
    }
    if (seconds === null) return null;
    return timeText(seconds);
  }

  /** Where the field ends whose length comes next. */
  #length(end: number): number {
    const length = this.#varint(end);
    if (length < 0 || this.#at + length > end) throw new MalformedMessage("it is cut");
    return this.#at + length;
  }

  #skip(wire: number, end: number): void {
    if (wire === VARINT) this.#varint(end);
    else if (wire === DELIMITED) this.#at = this.#length(end);
    else if (wire === FIXED64) this.#at += 8;
    else if (wire === FIXED32) this.#at += 4;
    else throw new MalformedMessage(`it has a field of wire type ${wire}`);
    if (this.#at > end) throw new MalformedMessage("it is cut");
  }

  /** Exact up to 2^53; negative numbers are ten bytes of two's complement. */
  #varint(end: number): number {
    const first = this.#byte(end);
    if (first < 0x80) return first;
    let low = first & 0x7f;
    let scale = 0x80;
    for (let count = 1; count < 9; count++, scale *= 0x80) {
      const byte = this.#byte(end);
      // the last bits of a negative number: only they need more than a double holds
      if (count === 8 && byte >= 0x80) return this.#negative(end);
      low += (byte & 0x7f) * scale;
      if (byte < 0x80) return low;
    }
    return low;
  }

  /** Nine bytes of it are read. */
  #negative(end: number): number {
    this.#byte(end);
    let value = 0n;
    for (let count = 0; count < 10; count++) {
      value |= BigInt((this.#bytes[this.#at - 10 + count] ?? 0) & 0x7f) << BigInt(7 * count);
    }
    if ((this.#bytes[this.#at - 1] ?? 0) >= 0x80) {
      throw new MalformedMessage("it has a number of over ten bytes");
    }
    return Number(BigInt.asIntN(64, value));
  }

  #byte(end: number): number {
    if (this.#at >= end) throw new MalformedMessage("it is cut");
    return this.#bytes[this.#at++] ?? 0;
  }
}

/** Seconds since the epoch and their text. The times of pods that run side by side are few and come again and again. */
const timeTexts = new Map<number, string>();
const KEPT_TIMES = 256;

function timeText(seconds: number): string {
  const known = timeTexts.get(seconds);
  if (known !== undefined) return known;
  const date = new Date(seconds * 1000);
  if (Number.isNaN(date.getTime())) throw new MalformedMessage("it has a time beyond all calendars");
  const text = `${date.toISOString().slice(0, -5)}Z`;
  if (timeTexts.size >= KEPT_TIMES) timeTexts.clear();
  timeTexts.set(seconds, text);
  return text;
}
