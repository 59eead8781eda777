// Requests through `kubectl proxy` on a private unix socket: right wherever kubectl is (exec plugins, OIDC, corporate
// proxies), and one process for all pods. The socket lies in a fresh 0700 folder; the proxy lets through only what qupods
// asks for, is started anew when it dies, and ends when our end of a pipe closes, even if we are killed.

import { Agent, type IncomingMessage, request } from "node:http";
import { Readable } from "node:stream";
import { ClusterError } from "../../errors.ts";
import { type RequestOptions, type Transport, TransportError } from "./transport.ts";

/** Which kubectl, and what for. */
export interface KubectlOptions {
  readonly kubectl: readonly string[];
  readonly context: string | null;
  readonly kubeconfig: string | null;
  readonly namespace: string;
}

/** Flags that say which cluster. */
export function clusterFlags(options: Pick<KubectlOptions, "context" | "kubeconfig">): string[] {
  return [
    ...(options.context === null ? [] : ["--context", options.context]),
    ...(options.kubeconfig === null ? [] : ["--kubeconfig", options.kubeconfig]),
  ];
}

/**
 * The proxy lives as long as our end of a pipe, and does not see the terminal's Ctrl-C. Whoever ends us, by kill -9 too,
 * closes the pipe: the socket's folder goes with the proxy.
 */
const WRAPPER = 'trap "" INT HUP; dir=$1; shift; exec 3<&0; "$@" </dev/null 3<&- & k=$!; ' +
  '(cat <&3; kill $k; rm -rf "$dir") >/dev/null 2>&1 & exec 3<&-; wait $k';
const START_MILLISECONDS = 10_000;

/**
 * Starts the proxy and waits until its socket is there.
 *
 * @throws {ClusterError} with kubectl's own words where it cannot be started
 */
export async function openProxy(options: KubectlOptions): Promise<Transport> {
  const folder = await Deno.makeTempDir({ prefix: "qupods-" });
  const socket = `${folder}/api`;
  const agent = new Agent({ keepAlive: true, maxSockets: Infinity });
  let isClosed = false;
  let child = start(options, socket);
  supervise();

  function supervise(): void {
    child.status.then(async () => {
      if (isClosed) return;
      await new Promise((resolve) => setTimeout(resolve, 1000));
      if (isClosed) return;
      await Deno.remove(socket).catch(ignoreMissing);
      child = start(options, socket);
      supervise();
    });
  }
  async function close(): Promise<void> {
    isClosed = true;
    agent.destroy();
    await child.stdin.close().catch(ignoreMissing);
    await child.status;
    await Deno.remove(folder, { recursive: true }).catch(ignoreMissing);
  }

  const began = performance.now();
  while (!(await isThere(socket))) {
    const ended = await Promise.race([
      child.status,
      new Promise<null>((resolve) => setTimeout(() => resolve(null), 20)),
    ]);
    if (ended !== null || performance.now() - began > START_MILLISECONDS) {
      const words = (await Promise.race([
        child.said,
        new Promise<string>((r) => setTimeout(() => r(""), 200)),
      ])).trim();
      await close();
      throw new ClusterError(
        `Cannot start ${options.kubectl.join(" ")} proxy: ${words || "it ended at once"}\n` +
          `Install kubectl, or name it with --kubectl`,
      );
    }
  }
  return {
    kind: "proxy",
    maxStreams: 500,
    fetch: (path, requestOptions = {}) => send(socket, agent, path, requestOptions),
    [Symbol.asyncDispose]: close,
  };
}

interface Proxy {
  readonly status: Promise<unknown>;
  readonly stdin: WritableStream<Uint8Array>;
  /** What it wrote to standard error, once it has ended. */
  readonly said: Promise<string>;
}

function start(options: KubectlOptions, socket: string): Proxy {
  const pods = `^/api/v1/namespaces/${options.namespace}/pods`;
  const paths = [
    `${pods}$`,
    `${pods}/[^/]+$`,
    `${pods}/[^/]+/log$`,
    "^/version$",
    "^/apis/authorization.k8s.io/v1/selfsubjectaccessreviews$",
  ];
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      WRAPPER,
      "sh",
      socket.slice(0, socket.lastIndexOf("/")),
      ...options.kubectl,
      ...clusterFlags(options),
      "proxy",
      `--unix-socket=${socket}`,
      `--accept-paths=${paths.join(",")}`,
      "--reject-methods=^(PUT|PATCH|CONNECT)$",
    ],
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
    detached: true,
  }).spawn();
  const said = new Response(child.stderr).text();
  return { status: child.status, stdin: child.stdin, said };
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.lstat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** One request by node:http: a cut body is an error of its stream, never a quiet end. */
function send(socketPath: string, agent: Agent, path: string, options: RequestOptions): Promise<Response> {
  return new Promise((resolve, reject) => {
    if (options.signal?.aborted) return reject(options.signal.reason);
    const body = options.body === undefined ? null : new TextEncoder().encode(options.body);
    const out = request({
      socketPath,
      path,
      method: options.method ?? "GET",
      headers: {
        host: "localhost",
        accept: "application/json, */*",
        ...(body === null ? {} : { "content-type": "application/json", "content-length": body.length }),
      },
      // a stream has a connection of its own, so that ending it costs nobody else
      ...(options.isStream ? { agent: false } : { agent }),
    });
    const abort = () => out.destroy(new TransportError("aborted"));
    options.signal?.addEventListener("abort", abort, { once: true });
    const unlisten = () => options.signal?.removeEventListener("abort", abort);
    out.on("response", (answer) => {
      answer.on("close", unlisten);
      resolve(toResponse(answer));
    });
    out.on("error", (error) => {
      unlisten();
      reject(new TransportError(`kubectl proxy: ${error.message}`));
    });
    out.end(body ?? undefined);
  });
}

function toResponse(answer: IncomingMessage): Response {
  const status = answer.statusCode ?? 502;
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    if (typeof value === "string") headers.set(name, value);
  }
  if (status === 204 || status === 304) {
    answer.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(answer) as ReadableStream<Uint8Array>, { status, headers });
}

/** What is gone already needs no second removal. */
function ignoreMissing(): void {}
