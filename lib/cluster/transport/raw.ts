// One `kubectl … --raw` process per request: for wrappers that no socket goes through (`ssh host kubectl`, `microk8s
// kubectl`). Slow (some 60 ms of CPU a call), but works wherever the command does.

import { makeGate } from "../gate.ts";
import { type KubectlOptions, kubectlWords } from "./kubectl.ts";
import { refusal, warningHeader } from "./kubectl_words.ts";
import { type End, type RawOrder, type RawProcess, startRaw } from "./raw_process.ts";
import { LateRefusal, type RequestOptions, type Transport, TransportError } from "./transport.ts";

const PROCESSES = 8;
/** Large logs may take minutes each: short calls, whose time-out runs while they wait for a place, must not wait for those. */
const LOG_PROCESSES = PROCESSES / 2;
/** A stream's process that says nothing for so long has been let in: kubectl shows no status before the first byte. */
const OPEN_MILLISECONDS = 5000;
const KILL_MILLISECONDS = 2000;

/** How to call kubectl, how long a stream's answer is waited for, and the end of what is killed. */
export interface RawOptions extends KubectlOptions {
  /** @default {OPEN_MILLISECONDS} */
  readonly openMilliseconds?: number;
  /** @default {KILL_MILLISECONDS} */
  readonly killMilliseconds?: number;
}

/** @param options how to call kubectl; a first word `ssh` means that the words after the host pass a remote shell */
export function openRaw(options: RawOptions): Transport {
  const { openMilliseconds = OPEN_MILLISECONDS, killMilliseconds = KILL_MILLISECONDS } = options;
  const gate = makeGate(PROCESSES, PROCESSES);
  const logs = makeGate(LOG_PROCESSES, LOG_PROCESSES);
  const processes = new Set<RawProcess>();
  let isClosed = false;
  const begin = (path: string, request: RequestOptions): Promise<Call> => {
    if (isClosed) throw new TransportError("the transport is closed");
    if (request.signal?.aborted) throw new TransportError("aborted");
    const verb = { GET: "get", POST: "create", DELETE: "delete" }[request.method ?? "GET"];
    const words = kubectlWords(options, [verb, "--raw", path, ...(verb === "get" ? [] : ["-f", "-"])]);
    const { isStream = false, body } = request;
    const order = { words, isStream, hasInput: body !== undefined, killMilliseconds };
    return run(order, request, processes, openMilliseconds);
  };
  const close = async () => {
    isClosed = true;
    options.signal?.removeEventListener("abort", closeNow);
    await Promise.all([...processes].map((one) => one.kill()));
  };
  const closeNow = () => void close();
  options.signal?.addEventListener("abort", closeNow, { once: true });
  if (options.signal?.aborted) closeNow();
  return {
    kind: "raw",
    maxStreams: 4,
    async fetch(path, request = {}) {
      if (request.isStream) return (await begin(path, request)).response;
      const answered = Promise.withResolvers<Response>();
      // the place is kept until the process has ended, also while a log is read
      const log = async () => {
        const { response, ended } = await begin(path, request);
        answered.resolve(response);
        await ended;
      };
      const call = async () => {
        const { response, ended } = await begin(path, request);
        const bytes = await response.arrayBuffer();
        const warning = response.ok ? warningHeader((await ended).said) : "";
        const headers = warning === "" ? {} : { warning };
        answered.resolve(new Response(bytes, { status: response.status, headers }));
      };
      (isLog(path) ? logs.run(() => gate.run(log)) : gate.run(call)).catch(answered.reject);
      return await answered.promise;
    },
    [Symbol.asyncDispose]: close,
  };
}

function isLog(path: string): boolean {
  return /\/pods\/[^/?]+\/log(\?|$)/.test(path);
}

interface Call {
  readonly response: Response;
  readonly ended: Promise<End>;
}

async function run(
  order: RawOrder,
  request: RequestOptions,
  processes: Set<RawProcess>,
  openMilliseconds: number,
): Promise<Call> {
  let child: RawProcess;
  try {
    child = startRaw(order);
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new TransportError(`cannot start ${order.words[0]}: ${why}`);
  }
  const { output, ended } = child;
  processes.add(child);
  const abort = () => void child.kill();
  request.signal?.addEventListener("abort", abort, { once: true });
  void ended.then(() => {
    processes.delete(child);
    request.signal?.removeEventListener("abort", abort);
  });
  if (request.body !== undefined) await Promise.race([child.feed(request.body), ended]);
  let pending: ReturnType<typeof output.read> | null = output.read();
  const first = request.isStream ? await within(pending, openMilliseconds) : await pending;
  if (first?.done) {
    const end = await ended;
    return { ended, response: end.success && !child.isKilled ? new Response("") : refusal(end.said) };
  }
  let hasBegun = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await (pending ?? output.read());
      pending = null;
      if (!next.done) {
        hasBegun = true;
        return controller.enqueue(next.value);
      }
      const end = await ended;
      if (end.success && !child.isKilled) return controller.close();
      const words = end.said.trim() || "kubectl failed without a word";
      controller.error(hasBegun ? new TransportError(words) : new LateRefusal(words));
    },
    cancel: () => child.kill(),
  }, { highWaterMark: 0 });
  return { ended, response: new Response(body, { status: 200 }) };
}

/** The promise's value, or null if it takes longer. */
async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T | null> {
  const late = Promise.withResolvers<null>();
  const timer = setTimeout(() => late.resolve(null), milliseconds);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
