// One `kubectl … --raw` process per request: for wrappers that no socket goes through (`ssh host kubectl`, `microk8s
// kubectl`). Slow (some 60 ms of CPU a call), but works wherever the command does.

import { type RequestOptions, type Transport, TransportError } from "./transport.ts";
import { makeGate } from "../gate.ts";
import { clusterFlags, type KubectlOptions } from "./proxy.ts";

/** kubectl's words for refusals and the HTTP status that each stands for. */
const STATUS_OF: { readonly [reason: string]: number } = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Expired: 410,
  Gone: 410,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
  ServerTimeout: 500,
};

const PROCESSES = 8;

/** @param options how to call kubectl; a first word `ssh` means that the words after the host pass a remote shell */
export function openRaw(options: KubectlOptions): Transport {
  const gate = makeGate(PROCESSES, PROCESSES);
  const children = new Set<Deno.ChildProcess>();
  const fetch = async (path: string, request: RequestOptions = {}): Promise<Response> => {
    const verb = { GET: "get", POST: "create", DELETE: "delete" }[request.method ?? "GET"];
    const words = command(options, [verb, "--raw", path, ...(verb === "get" ? [] : ["-f", "-"])]);
    if (request.isStream) return await run(words, request, children);
    return await gate.run(async () => {
      const answer = await run(words, request, children);
      if (path.includes("/log?")) return answer;
      // read here, so that the gate counts processes and not promises
      return new Response(await answer.arrayBuffer(), { status: answer.status });
    });
  };
  return {
    kind: "raw",
    maxStreams: 4,
    fetch,
    [Symbol.asyncDispose]: async () => {
      for (const child of children) kill(child);
      await Promise.all([...children].map((child) => child.status));
    },
  };
}

function command(options: KubectlOptions, args: readonly string[]): string[] {
  const words = [...options.kubectl, ...clusterFlags(options), ...args];
  if (options.kubectl[0] !== "ssh") return words;
  const host = options.kubectl.findIndex((word, place) => place > 0 && !word.startsWith("-"));
  return words.map((word, place) => place > host ? `'${word.replaceAll("'", "'\\''")}'` : word);
}

async function run(
  words: readonly string[],
  request: RequestOptions,
  children: Set<Deno.ChildProcess>,
): Promise<Response> {
  const [program, ...args] = words;
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command(program ?? "kubectl", {
      args,
      stdin: request.body === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      detached: true,
    }).spawn();
  } catch (error) {
    throw new TransportError(`cannot start ${program}: ${error instanceof Error ? error.message : error}`);
  }
  children.add(child);
  const abort = () => kill(child);
  request.signal?.addEventListener("abort", abort, { once: true });
  child.status.then(() => {
    children.delete(child);
    request.signal?.removeEventListener("abort", abort);
  });
  const said = new Response(child.stderr).text();
  if (request.body !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(request.body)).then(() => writer.close()).catch(() =>
      undefined
    );
  }
  const reader = child.stdout.getReader();
  const first = await reader.read();
  if (first.done) {
    const { success } = await child.status;
    return success ? new Response("") : refusal(await said);
  }
  return new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(first.value),
      async pull(controller) {
        const next = await reader.read();
        if (!next.done) return controller.enqueue(next.value);
        const { success } = await child.status;
        if (success) controller.close();
        else controller.error(new TransportError((await said).trim() || "kubectl failed"));
      },
      cancel: () => kill(child),
    }),
    { status: 200 },
  );
}

/** kubectl's error text as the answer that it stands for. */
function refusal(said: string): Response {
  const match = said.match(/Error from server \((\w+)\): ([\s\S]*)/);
  const reason = match?.[1] ?? "";
  const code = STATUS_OF[reason];
  if (code === undefined) throw new TransportError(said.trim() || "kubectl failed without a word");
  return new Response(JSON.stringify({ kind: "Status", reason, message: (match?.[2] ?? "").trim(), code }), {
    status: code,
  });
}

function kill(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error; // it has ended
  }
}
