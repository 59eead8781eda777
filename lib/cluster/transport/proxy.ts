// Requests through `kubectl proxy` on a private unix socket: right wherever kubectl is (exec plugins, OIDC, corporate
// proxies), and one process for all pods. The proxy lets through only what qupods asks for, is started anew when it dies,
// and ends when our end of a pipe closes, even if we are killed.

import { ClusterError } from "../../errors.ts";
import { type KubectlOptions, kubectlWords } from "./kubectl.ts";
import { openSocketFolder } from "./socket_folder.ts";
import { cutTether, onTether } from "./tether.ts";
import { type Transport, TransportError } from "./transport.ts";
import { type HttpClient, openHttpClient } from "./http_client.ts";

const START_MILLISECONDS = 10_000;
/** A look whether it listens costs less than a tenth of a millisecond. */
const POLL_MILLISECONDS = 4;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
/** A proxy that lived so long did not die of what killed the one before it. */
const STEADY_MILLISECONDS = 60_000;
const KEPT_CHARACTERS = 4000;

/** What the proxy is to let through, besides. */
export interface ProxyOptions extends KubectlOptions {
  /** Null where it is not known yet: pods of any. */
  readonly namespace: string | null;
}

/**
 * Starts the proxy and waits until it answers.
 *
 * @throws {ClusterError} with kubectl's own words where it cannot be started
 */
export async function openProxy(options: ProxyOptions): Promise<Transport> {
  const command = options.kubectl.join(" ");
  const { folder, socket, tidy, remove } = openSocketFolder();
  /** Deno was started without `--allow-net` for the socket: no proxy will ever answer. */
  let denied: Error | null = null;
  const client = openHttpClient({
    name: "kubectl proxy",
    host: "localhost",
    isReadAtOnce: true,
    open: async () => {
      try {
        return await Deno.connect({ transport: "unix", path: socket });
      } catch (error) {
        if (error instanceof Deno.errors.NotCapable) denied = error;
        throw error;
      }
    },
  });
  const closing = new AbortController();
  let child: Proxy;
  try {
    child = start(options, folder, socket);
  } catch (error) {
    await remove();
    throw cannotStart(command, String(error));
  }
  const first = child;
  const tidying = tidy();
  let hasAnswered = false;
  let isClosed: Promise<void> | null = null;
  const close = (): Promise<void> => isClosed ??= shut();
  const closeNow = () => void close();

  async function shut(): Promise<void> {
    closing.abort();
    options.signal?.removeEventListener("abort", closeNow);
    client.close();
    await supervisor;
    await child.end();
    await tidying;
    await remove();
  }

  /** Starts the proxy anew whenever it has ended, at growing intervals. */
  async function supervise(): Promise<void> {
    let pause = 250;
    while (!closing.signal.aborted) {
      const began = performance.now();
      await unlessAborted(child.status, closing.signal);
      if (closing.signal.aborted || !hasAnswered) return;
      pause = performance.now() - began > STEADY_MILLISECONDS
        ? 500
        : Math.min(pause * 2, LONGEST_PAUSE_MILLISECONDS);
      await child.end();
      await wait(pause, closing.signal);
      if (closing.signal.aborted) return;
      try {
        child = start(options, folder, socket);
      } catch (error) {
        if (error instanceof TypeError) throw error;
        // no process to be had just now: `child` is still the dead one, and the next round tries again
      }
    }
  }

  const began = performance.now();
  let supervisor: Promise<void> = Promise.resolve();
  options.signal?.addEventListener("abort", closeNow, { once: true });
  if (options.signal?.aborted) closeNow();
  while (!closing.signal.aborted) {
    // taken before the look: this thread may have been at work for longer than the limit, while the proxy came up
    const isLastLook = performance.now() - began > START_MILLISECONDS;
    if (await answers(client)) break;
    if (denied !== null) {
      await close();
      throw denied;
    }
    const hasEnded = await settlesWithin(POLL_MILLISECONDS, first.status);
    if (hasEnded || isLastLook) {
      const hasSpoken = hasEnded && await settlesWithin(500, first.said());
      const said = hasSpoken ? await first.said() : hasEnded ? "" : "no answer within 10 s";
      await close();
      throw cannotStart(command, said.trim() || "it ended at once");
    }
  }
  if (closing.signal.aborted) {
    await close();
    throw new ClusterError(`Cannot start ${command} proxy as the run was stopped`);
  }
  await tidying;
  hasAnswered = true;
  supervisor = supervise();
  return {
    kind: "proxy",
    maxStreams: 500,
    fetch(path, request = {}) {
      if (closing.signal.aborted) return Promise.reject(new TransportError("the transport is closed"));
      return client.send(path, request);
    },
    [Symbol.asyncDispose]: close,
  };
}

interface Proxy {
  readonly status: Promise<unknown>;
  /** The last of what it wrote to standard error, once that has ended. */
  said(): Promise<string>;
  /** Ends it and waits; harmless if it has ended. */
  end(): Promise<void>;
}

function start(options: ProxyOptions, folder: string, socket: string): Proxy {
  const namespace = options.namespace?.replaceAll(".", "\\.") ?? "[^/]+";
  const pods = `^/api/v1/namespaces/${namespace}/pods`;
  const paths = [
    `${pods}$`,
    `${pods}/[^/]+$`,
    `${pods}/[^/]+/log$`,
    "^/version$",
    "^/apis/authorization.k8s.io/v1/selfsubjectaccessreviews$",
  ];
  const words = kubectlWords(options, [
    "proxy",
    `--unix-socket=${socket}`,
    `--accept-paths=${paths.join(",")}`,
    "--reject-methods=^(PUT|PATCH|CONNECT)$",
  ]);
  const child = new Deno.Command("sh", {
    ...onTether(words, folder),
    // it only passes bytes on, more than we can take on one thread: threads that wake each other cost a tenth of our CPU
    env: { GOMAXPROCS: "1" },
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const said = lastWords(child.stderr);
  const pipe = child.stdin.getWriter();
  return {
    status: child.status,
    said: () => said,
    async end() {
      await cutTether(pipe);
      await child.status;
    },
  };
}

async function lastWords(stream: ReadableStream<Uint8Array>): Promise<string> {
  let said = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    said = (said + text).slice(-KEPT_CHARACTERS);
  }
  return said;
}

/** Whether a proxy listens: `/` is not among the accepted paths, so it answers by itself, whatever the cluster does. */
async function answers(client: HttpClient): Promise<boolean> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), 2000);
  try {
    const answer = await client.send("/", { signal: late.signal });
    await answer.body?.cancel();
    return true;
  } catch (error) {
    if (error instanceof TransportError) return false;
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

function cannotStart(command: string, words: string): ClusterError {
  return new ClusterError(
    `Cannot start ${command} proxy: ${words}\nInstall kubectl, or name it with --kubectl`,
  );
}

/** Resolves after the time, or at once when the signal aborts. */
function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, milliseconds);
    signal?.addEventListener("abort", wake, { once: true });
  });
}

/** Whether the promise settles in time. */
async function settlesWithin(milliseconds: number, promise: Promise<unknown>): Promise<boolean> {
  const over = new AbortController();
  try {
    return await Promise.race([promise.then(() => true), wait(milliseconds, over.signal).then(() => false)]);
  } finally {
    over.abort();
  }
}

/** Resolves with the promise, or when the signal aborts. */
async function unlessAborted(promise: Promise<unknown>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<void>();
  const stop = () => aborted.resolve();
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  await Promise.race([promise, aborted.promise]);
  signal.removeEventListener("abort", stop);
}
