// Answers of the API server: reading objects, JSON or protobuf, Status objects and waiting times. Never parses without
// looking at status and type.

import { MalformedMessage } from "./protobuf/message.ts";
import { readProtobufObject } from "./protobuf/object.ts";
import { type Answer, PROTOBUF } from "./transport/transport.ts";

/** What a Status object says. */
export interface ApiStatus {
  /** False where the body was something else. */
  readonly isStatus: boolean;
  /** `HTTP 502` where there is none; a webhook that denies need not give one. */
  readonly reason: string;
  readonly message: string;
}

/** Whether an answer, or each event of a watch, is Kubernetes' protobuf: where nobody asked for that, or the server has none, it is JSON. */
export function isProtobuf(answer: Answer): boolean {
  return answer.headers.get("content-type")?.startsWith(PROTOBUF) ?? false;
}

/** The object of an answer; null where it is none (an HTML page of a proxy in between). */
export async function readObject(answer: Answer): Promise<unknown> {
  return (await readAny(answer)).value;
}

/** The object of an answer, null where it is none, and the text of one that is not protobuf. */
async function readAny(answer: Answer): Promise<{ readonly value: unknown; readonly text: string }> {
  try {
    if (isProtobuf(answer)) {
      return { value: readProtobufObject(await answer.bytes()), text: "" };
    }
  } catch (error) {
    if (error instanceof MalformedMessage) return { value: null, text: "" };
    throw error;
  }
  const text = await answer.text();
  try {
    return { value: JSON.parse(text), text };
  } catch (error) {
    if (error instanceof SyntaxError) return { value: null, text };
    throw error;
  }
}

/** The answer's object if it is of the kind asked for; null for any other body, such as a page of a proxy in between. */
export async function readKind(
  answer: Answer,
  kind: string,
): Promise<{ readonly [key: string]: unknown } | null> {
  const value = await readObject(answer);
  if (typeof value !== "object" || value === null) return null;
  const object = value as { readonly [key: string]: unknown };
  return object.kind === kind ? object : null;
}

/** The Status of a refusal; for other bodies the start of their text. */
export async function readStatus(answer: Answer): Promise<ApiStatus> {
  const { value, text } = await readAny(answer);
  const status = typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  return {
    isStatus: status.kind === "Status",
    reason: typeof status.reason === "string" && status.reason !== ""
      ? status.reason
      : `HTTP ${answer.status}`,
    message: (typeof status.message === "string" ? status.message : text.slice(0, 300)).trim(),
  };
}

/** Retry-After in milliseconds, if the server said one; at most five minutes. */
export function retryAfter(answer: Answer): number | null {
  const seconds = Number(answer.headers.get("retry-after") ?? "");
  return Number.isFinite(seconds) && seconds > 0 ? Math.min(seconds, 300) * 1000 : null;
}

/** Exponential pause with jitter: 0.5 s doubling to 30 s (client-go's cap). */
export function backoffMilliseconds(tries: number): number {
  return Math.min(30_000, 500 * 2 ** Math.min(tries, 6)) * (0.75 + Math.random() / 2);
}

/** Whether nobody's pod would be let in now, whatever it looks like: after the preflight these are an administrator's doing. */
export function isClosed(status: number, message: string): boolean {
  return (status === 403 && /cannot create resource "pods"|being terminated/.test(message)) ||
    (status === 404 && /^namespaces? .* not found/.test(message));
}
