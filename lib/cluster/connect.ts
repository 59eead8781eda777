// Which cluster and namespace `kubectl` points at, and the transport that fits the command.

import type { ClusterOptions } from "../cli/options.ts";
import { ClusterError, UsageError } from "../errors.ts";
import { kubectlWords } from "./transport/kubectl.ts";
import { openProxy } from "./transport/proxy.ts";
import { openRaw } from "./transport/raw.ts";
import { cutTether, onTether } from "./transport/tether.ts";
import type { Transport } from "./transport/transport.ts";

/** An open way to a cluster. */
export interface Link {
  readonly transport: Transport;
  /** Server URL: the cluster's identity for the log directory. */
  readonly server: string;
  readonly namespace: string;
  /** Empty inside a cluster. */
  readonly contextName: string;
}

/** `kubectl config view` asks no server: only a wrapper (`ssh host`) can take long. */
const CONFIG_MILLISECONDS = 9_000;
const ACCOUNT_NAMESPACE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/**
 * Asks kubectl once for its configuration and opens the transport.
 *
 * @throws {ClusterError} where kubectl cannot be run or knows no cluster
 * @throws {UsageError} where `-n` contradicts the template
 */
export async function connect(
  options: ClusterOptions,
  templateNamespace: string | null,
  signal?: AbortSignal,
): Promise<Link> {
  if (options.namespace !== null && templateNamespace !== null && options.namespace !== templateNamespace) {
    throw new UsageError(
      `Cannot use -n ${options.namespace} as the template says metadata.namespace: ${templateNamespace}; leave one of them out`,
    );
  }
  const config = await readConfig(options);
  const namespace = options.namespace ?? templateNamespace ?? config.namespace;
  const link = {
    kubectl: options.kubectl,
    context: options.context,
    kubeconfig: options.kubeconfig,
    namespace,
    signal,
  };
  const kind = options.transport === "auto" ? fitting(options.kubectl) : options.transport;
  const transport = kind === "proxy" ? await openProxy(link) : openRaw(link);
  return { transport, server: config.server, namespace, contextName: config.context };
}

/** A plain local kubectl can open a socket here; of anything else only its output is sure. */
function fitting(kubectl: readonly string[]): "proxy" | "raw" {
  const program = kubectl[0]?.split("/").at(-1) ?? "";
  return kubectl.length === 1 && /^(kubectl([-._]?v?\d[\w.]*)?|oc)(\.exe)?$/.test(program) ? "proxy" : "raw";
}

async function readConfig(
  options: ClusterOptions,
): Promise<{ server: string; namespace: string; context: string }> {
  const words = kubectlWords(options, ["config", "view", "--minify", "-o", "json"]);
  const command = options.kubectl.join(" ");
  const child = new Deno.Command("sh", { ...onTether(words), stdout: "piped", stderr: "piped" }).spawn();
  const pipe = child.stdin.getWriter();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    void cutTether(pipe);
  }, CONFIG_MILLISECONDS);
  const output = await child.output();
  clearTimeout(timer);
  await cutTether(pipe);
  const said = new TextDecoder().decode(output.stderr).trim();
  if (isLate) {
    throw new ClusterError(
      `Cannot reach a cluster as ${command} gave no configuration within ${CONFIG_MILLISECONDS / 1000} s` +
        `${said && `: ${said}`}\nTry ${command} config view --minify`,
    );
  }
  if (output.code === 127 || output.code === 126) { // the shell's words for what it cannot start
    throw new ClusterError(
      `Cannot run ${command} as there is no such program: ${
        said.replace(/^qupods-tether: (\d+|line \d+): /, "")
      }\nInstall kubectl, or name it with --kubectl`,
    );
  }
  const inside = Deno.env.get("KUBERNETES_SERVICE_HOST");
  const config = parseConfig(new TextDecoder().decode(output.stdout));
  if (output.success && config !== null) return config;
  if (inside !== undefined && options.context === null) {
    const port = Deno.env.get("KUBERNETES_SERVICE_PORT") ?? "443";
    return { server: `https://${inside}:${port}`, namespace: await accountNamespace(), context: "" };
  }
  throw new ClusterError(
    `Cannot find a cluster: ${said || "kubectl has no current context"}\n` +
      `Choose one with --context or KUBECONFIG (kubectl config get-contexts lists them)`,
  );
}

function parseConfig(text: string): { server: string; namespace: string; context: string } | null {
  let value: KubeConfig | null;
  try {
    value = JSON.parse(text);
  } catch {
    return null; // a wrapper that prints something else: its standard error is shown
  }
  const server = value?.clusters?.[0]?.cluster?.server;
  if (typeof server !== "string") return null;
  return {
    server,
    namespace: value?.contexts?.[0]?.context?.namespace || "default",
    context: value?.["current-context"] ?? "",
  };
}

interface KubeConfig {
  readonly clusters?: readonly { readonly cluster?: { readonly server?: string } }[] | null;
  readonly contexts?: readonly { readonly context?: { readonly namespace?: string } }[] | null;
  readonly "current-context"?: string;
}

async function accountNamespace(): Promise<string> {
  try {
    return (await Deno.readTextFile(ACCOUNT_NAMESPACE)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "default";
    throw error;
  }
}
