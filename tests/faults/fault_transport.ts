// A transport that fails and lies on demand, between the program and an API. Knows requests, not pods; what is to happen to
// which request is decided by whoever makes it.

import { isProtobuf } from "../../lib/cluster/answer.ts";
import type { RequestOptions, Transport } from "../../lib/cluster/transport/transport.ts";
import { TransportError } from "../../lib/cluster/transport/transport.ts";
import { responseOf } from "../response.ts";
import { event, page, status } from "./fault_answers.ts";
import type { Fault, Verb } from "./faults.ts";
import type { Machine } from "./machine.ts";

/** What is known of a request. */
export interface Call {
  readonly verb: Verb;
  readonly path: string;
  /** Empty where it has none. */
  readonly body: string;
  /** Milliseconds of the machine's clock. */
  readonly at: number;
}

/** Called for each request: what is to happen to it, null for nothing. It may kill the program, too. */
export interface FaultHook {
  choose(call: Call): Fault | null;
  /** How long a request takes to the server, and its answer back, in milliseconds each. */
  delay(): number;
  /** The request has taken effect, its answer is on its way. */
  answered(call: Call): void;
}

/** What the request is: by its method and path. */
export function verbOf(path: string, { method = "GET" }: RequestOptions): Verb {
  if (method === "POST") return "create";
  if (method === "DELETE") return "delete";
  if (/\/log\?/.test(path)) return "log";
  if (/[?&]watch=/.test(path)) return "watch";
  return /\/pods\/[^/?]+/.test(path) ? "get" : "list";
}

const encoder = new TextEncoder();

/** One program's way to the server: it ends with the program. */
export function faultyTransport(inner: Transport, machine: Machine, hook: FaultHook): Transport {
  const { clock } = machine;
  let hasEnded = false;
  machine.onDeath(() => hasEnded = true);

  async function send(path: string, options: RequestOptions): Promise<Response> {
    const answer = responseOf(await inner.fetch(path, options));
    return answer.body === null ? answer : new Response(mortal(answer.body), answer);
  }

  /** A body that a dead program gets nothing of. */
  function mortal(body: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await reader.read();
        if (hasEnded) {
          await reader.cancel();
          return await new Promise<never>(() => {});
        }
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  }

  /** Rejects when the program gives up. */
  function never(signal: AbortSignal | undefined): Promise<never> {
    return new Promise((_, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
    });
  }

  /** On the way; whoever gives up does not hear of it. */
  async function pass(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
    await Promise.race([clock.sleep(milliseconds), never(signal)]);
    if (hasEnded) await new Promise<never>(() => {});
  }

  async function discard(path: string, options: RequestOptions): Promise<void> {
    const answer = await send(path, { ...options, isStream: false });
    await answer.body?.cancel();
  }

  async function fail(fault: Fault, verb: Verb, path: string, options: RequestOptions): Promise<Response> {
    const { signal } = options;
    switch (fault) {
      case "refused":
        throw new TransportError("connection refused");
      case "cut":
        await discard(path, options);
        throw new TransportError("connection reset by peer");
      case "late":
        await Promise.race([clock.sleep(90_000), never(signal)]);
        return await send(path, options);
      case "hung":
        await discard(path, options);
        return await never(signal);
      case "twice":
        await discard(path, options);
        return await send(path, options);
      case "lands later":
        void clock.sleep(20_000).then(() =>
          hasEnded ? undefined : discard(path, { ...options, signal: new AbortController().signal })
        );
        return await never(signal);
      case "504 done":
        await discard(path, options);
        return status(504, "Timeout", "the server was unable to return a response in the time allotted");
      case "quota done":
        await discard(path, options);
        return status(
          403,
          "Forbidden",
          'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5',
        );
      case "quota":
        return status(
          403,
          "Forbidden",
          'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=5',
        );
      case "409 conflict":
        return status(
          409,
          "Conflict",
          verb === "create"
            ? 'Operation cannot be fulfilled on resourcequotas "q": the object has been modified'
            : "Operation cannot be fulfilled on pods: the object has been modified; please apply your changes",
        );
      case "404 lie":
        return status(404, "NotFound", 'pods "x" not found');
      case "401":
        return status(401, "Unauthorized", "Unauthorized");
      case "410":
        return status(410, "Expired", "too old resource version: 1 (2)");
      case "429":
        return status(429, "TooManyRequests", "please try again later", { "retry-after": "7" });
      case "429 at once":
        return status(429, "TooManyRequests", "please try again later");
      case "500":
      case "503":
        return status(Number(fault), "InternalError", "etcdserver: request timed out");
      case "502":
      case "504":
        return page(Number(fault));
      case "page 200":
        return page(200);
      case "page 404":
        return page(404);
      case "empty":
        return new Response("", { status: 200 });
      case "text":
        return new Response("unable to retrieve container logs for containerd://0123456789abcdef", {
          status: 200,
        });
      case "expired":
        return event(410, "Expired");
      case "broken":
        return event(500, "InternalError");
      case "silent":
        await discard(path, options);
        return new Response(new ReadableStream<Uint8Array>({ pull: () => never(signal) }));
      case "short":
      case "torn":
      case "skips":
      case "doubles":
      case "second":
        return await spoil(fault, await send(path, options), signal);
    }
  }

  /** An honest answer whose body is tampered with. */
  async function spoil(fault: Fault, answer: Response, signal: AbortSignal | undefined): Promise<Response> {
    if (answer.body === null) return answer;
    if (fault === "short" || fault === "torn") {
      const reader = answer.body.getReader();
      const { value = new Uint8Array(0) } = await reader.read();
      await reader.cancel();
      const part = value.subarray(0, Math.floor(value.length * machine.draw()));
      if (fault === "short") return new Response(part, answer);
      let isGiven = false;
      return new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            if (isGiven || part.length === 0) return controller.error(new TransportError("unexpected EOF"));
            isGiven = true;
            controller.enqueue(part);
          },
        }, { highWaterMark: 0 }),
        answer,
      );
    }
    let isOver = false;
    if (fault === "second") void clock.sleep(1000).then(() => isOver = true);
    const lines = answer.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          if (isOver) return controller.terminate();
          for (const event of isProtobuf(answer) ? [chunk] : linesOf(chunk)) {
            const times = fault === "doubles" ? 2 : fault === "skips" && machine.draw() < 0.5 ? 0 : 1;
            for (let time = 0; time < times; time++) controller.enqueue(event);
          }
        },
      }),
      signal ? { signal } : {},
    );
    return new Response(fault === "second" ? cutAfter(lines, 1000) : lines, answer);
  }

  function cutAfter(body: ReadableStream<Uint8Array>, milliseconds: number): ReadableStream<Uint8Array> {
    const reader = body.getReader();
    const over = clock.sleep(milliseconds).then(() => ({ done: true, value: undefined } as const));
    return new ReadableStream({
      async pull(controller) {
        const { done, value } = await Promise.race([reader.read(), over]);
        if (!done) return controller.enqueue(value);
        controller.close();
        await reader.cancel();
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
  }

  return {
    kind: "local",
    maxStreams: inner.maxStreams,
    async fetch(path, options = {}) {
      if (hasEnded) return await new Promise<never>(() => {});
      options.signal?.throwIfAborted();
      const { body = "" } = options;
      const call = { verb: verbOf(path, options), path, body, at: clock.monotonic() };
      const fault = hook.choose(call);
      const there = hook.delay();
      if (there > 0) await pass(there, options.signal);
      const answer = fault === null ? await send(path, options) : await fail(fault, call.verb, path, options);
      const back = hook.delay();
      if (back > 0) await pass(back, options.signal);
      hook.answered(call);
      return answer;
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

function linesOf(chunk: Uint8Array): Uint8Array[] {
  return new TextDecoder().decode(chunk).split(/(?<=\n)/).map((line) => encoder.encode(line));
}
