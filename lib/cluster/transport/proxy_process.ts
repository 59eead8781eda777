// One `kubectl proxy` as a child on its tether. Knows nothing of requests, nor of the one before it.

import { type KubectlOptions, kubectlWords } from "./kubectl.ts";
import { cutTether, onTether } from "./tether.ts";
import { settlesWithin } from "./waits.ts";

const KEPT_CHARACTERS = 4000;
const WORDS_MILLISECONDS = 500;

/** What the proxy is to let through, besides. */
export interface ProxyWords extends Pick<KubectlOptions, "kubectl" | "context" | "kubeconfig"> {
  /** Null where it is not known yet: pods of any. */
  readonly namespace: string | null;
}

/** A proxy that was started. */
export interface ProxyProcess {
  /** Resolves when it has ended. */
  readonly status: Promise<unknown>;
  readonly hasEnded: boolean;
  /** The last of what it wrote to standard error, once it has ended; whatever it left behind may hold that open. */
  said(): Promise<string>;
  /** Ends it and waits; harmless if it has ended. */
  end(): Promise<void>;
}

/**
 * Starts one that lets through only what qupods asks for.
 *
 * @param folder the socket's, which goes when we have gone
 * @throws what the system says where no process is to be had
 */
export function startProxy(options: ProxyWords, folder: string, socket: string): ProxyProcess {
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
  let hasEnded = false;
  const status = child.status.then(() => {
    hasEnded = true;
  });
  return {
    status,
    get hasEnded() {
      return hasEnded;
    },
    said: async () => await settlesWithin(WORDS_MILLISECONDS, said) ? (await said).trim() : "",
    async end() {
      await cutTether(pipe);
      await status;
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
