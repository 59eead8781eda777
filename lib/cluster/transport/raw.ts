// One `kubectl … --raw` process per request: for wrappers that no socket goes through (`ssh host kubectl`, `microk8s
// kubectl`). Slow (some 60 ms of CPU a call), but works wherever the command does.

import { makeGate } from "../gate.ts";
import { type KubectlOptions, kubectlWords } from "./kubectl.ts";
import { refusal, warningHeader } from "./kubectl_words.ts";
import { cutTether, onTether } from "./tether.ts";
import { LateRefusal, type RequestOptions, type Transport, TransportError } from "./transport.ts";

const PROCESSES = 8;
/** Large logs may take minutes each: short calls, whose time-out runs while they wait for a place, must not wait for those. */
const LOG_PROCESSES = PROCESSES / 2;
/** A stream's process that says nothing for so long has been let in: kubectl shows no status before the first byte. */
const OPEN_MILLISECONDS = 5000;
const KILL_MILLISECONDS = 2000;

/** How to call kubectl, and how long a stream's answer is waited for. */
export interface RawOptions extends KubectlOptions {
  /** @default {OPEN_MILLISECONDS} */
  readonly openMilliseconds?: number;
}

/** @param options how to call kubectl; a first word `ssh` means that the words after the host pass a remote shell */
export function openRaw(options: RawOptions): Transport {
  const { openMilliseconds = OPEN_MILLISECONDS } = options;
  const gate = makeGate(PROCESSES, PROCESSES);
  const logs = makeGate(LOG_PROCESSES, LOG_PROCESSES);
  const children = new Set<Deno.ChildProcess>();
  let isClosed = false;
  const begin = (path: string, request: RequestOptions): Promise<Call> => {
    if (isClosed) throw new TransportError("the transport is closed");
    if (request.signal?.aborted) throw new TransportError("aborted");
    const verb = { GET: "get", POST: "create", DELETE: "delete" }[request.method ?? "GET"];
    const words = kubectlWords(options, [verb, "--raw", path, ...(verb === "get" ? [] : ["-f", "-"])]);
    return run(words, request, children, openMilliseconds);
  };
  const close = async () => {
    isClosed = true;
    options.signal?.removeEventListener("abort", closeNow);
    await Promise.all([...children].map((child) => kill(child, children)));
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

interface End {
  readonly success: boolean;
  /** Standard error. */
  readonly said: string;
}

async function run(
  words: readonly string[],
  request: RequestOptions,
  children: Set<Deno.ChildProcess>,
  openMilliseconds: number,
): Promise<Call> {
  const [program = "kubectl", ...args] = words;
  let child: Deno.ChildProcess;
  try {
    const pipes = { stdout: "piped", stderr: "piped", detached: true } as const;
    // short calls end by themselves; a stream would outlive us until the server next had something to say
    child = request.isStream
      ? new Deno.Command("sh", { ...onTether(words), ...pipes }).spawn()
      : new Deno.Command(program, { args, stdin: request.body === undefined ? "null" : "piped", ...pipes })
        .spawn();
  } catch (error) {
    throw new TransportError(`cannot start ${program}: ${error instanceof Error ? error.message : error}`);
  }
  children.add(child);
  const abort = () => void kill(child, children);
  request.signal?.addEventListener("abort", abort, { once: true });
  const text = new Response(child.stderr).text();
  const ended: Promise<End> = child.status.then(async ({ success }) => {
    children.delete(child);
    request.signal?.removeEventListener("abort", abort);
    if (request.isStream) await cutTether(child.stdin.getWriter());
    return { success, said: await text };
  });
  if (request.body !== undefined) await feed(child.stdin, request.body);
  const reader = child.stdout.getReader();
  let pending: ReturnType<typeof reader.read> | null = reader.read();
  const first = request.isStream ? await within(pending, openMilliseconds) : await pending;
  if (first?.done) {
    const end = await ended;
    return { ended, response: end.success ? new Response("") : refusal(end.said) };
  }
  let hasBegun = false;
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await (pending ?? reader.read());
      pending = null;
      if (!next.done) {
        hasBegun = true;
        return controller.enqueue(next.value);
      }
      const end = await ended;
      if (end.success) return controller.close();
      const words = end.said.trim() || "kubectl failed without a word";
      controller.error(hasBegun ? new TransportError(words) : new LateRefusal(words));
    },
    async cancel() {
      await kill(child, children);
      await reader.cancel();
    },
  }, { highWaterMark: 0 });
  return { ended, response: new Response(body, { status: 200 }) };
}

/** Writes the body; a kubectl that ended before reading it says why by its own end. */
async function feed(stdin: WritableStream<Uint8Array>, body: string): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(new TextEncoder().encode(body));
    await writer.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
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

/** Ends a child and what it started (it leads a process group of its own); resolves when it has ended. */
async function kill(child: Deno.ChildProcess, children: ReadonlySet<Deno.ChildProcess>): Promise<void> {
  if (!children.has(child)) return; // ended: its number may be another's by now
  signalGroup(child, "SIGTERM");
  if (await within(child.status, KILL_MILLISECONDS) !== null) return;
  signalGroup(child, "SIGKILL");
  await child.status;
}

function signalGroup(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    Deno.kill(-child.pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error; // it has ended
  }
}
