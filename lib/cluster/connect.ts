// Which cluster and namespace is meant, and the transport that fits: kubectl's where there is a kubectl, else, in a pod, our own
// with the pod's service account.

import type { ClusterOptions } from "../cli/options.ts";
import { ClusterError, UsageError } from "../errors.ts";
import { openWithAccount, openWithConfig } from "./direct_login.ts";
import { type KubeConfigAnswer, NoKubectlError, readKubeConfig } from "./kube_config.ts";
import { readServiceAccount } from "./service_account.ts";
import { openProxy } from "./transport/proxy.ts";
import { openRaw } from "./transport/raw.ts";
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

/** What may be known already, or differ. */
export interface ConnectSettings {
  /** kubectl's answer, if it was asked already. */
  readonly config?: Promise<KubeConfigAnswer> | null;
  /** Where a pod finds its service account, if not at the usual place. */
  readonly accountFolder?: string;
}

/**
 * Asks kubectl once for its configuration and opens the transport.
 *
 * @throws {ClusterError} where kubectl cannot be run or knows no cluster
 * @throws {UsageError} where `-n` contradicts the template, or `--transport direct` asks for what only kubectl can do
 */
export async function connect(
  options: ClusterOptions,
  templateNamespace: string | null,
  { config: asked = null, accountFolder }: ConnectSettings = {},
): Promise<Link> {
  if (options.namespace !== null && templateNamespace !== null && options.namespace !== templateNamespace) {
    throw new UsageError(
      `Cannot use -n ${options.namespace} as the template says metadata.namespace: ${templateNamespace}; leave one of them out`,
    );
  }
  const isDirect = options.transport === "direct";
  const namespaceOr = (other: string) => options.namespace ?? templateNamespace ?? other;
  const config = await (asked ?? readKubeConfig(options));
  if (!(config instanceof ClusterError)) {
    const { server, context } = config;
    const namespace = namespaceOr(config.namespace);
    const transport = isDirect
      ? await openWithConfig(config, options)
      : await openKubectl(options, namespace);
    return { transport, server, namespace, contextName: context };
  }
  const account = options.context === null ? await readServiceAccount(accountFolder) : null;
  const hasNoKubectl = config instanceof NoKubectlError;
  if (account === null || (hasNoKubectl && isKubectlNamed(options))) throw config;
  const namespace = namespaceOr(account.namespace);
  const transport = isDirect || hasNoKubectl
    ? await openWithAccount(account)
    : await openKubectl(options, namespace);
  return { transport, server: account.server, namespace, contextName: "" };
}

/** Whether something says that kubectl, or a kubeconfig, is what is wanted: then a pod's own account is none of it. */
function isKubectlNamed({ kubectl, kubeconfig, transport }: ClusterOptions): boolean {
  return kubectl.join(" ") !== "kubectl" || kubeconfig !== null || transport === "proxy" ||
    transport === "raw" ||
    (Deno.env.get("KUBECONFIG") ?? "") !== "";
}

async function openKubectl(
  options: ClusterOptions,
  namespace: string,
): Promise<Transport> {
  const { kubectl, context, kubeconfig } = options;
  const link = { kubectl, context, kubeconfig, namespace };
  const kind = options.transport === "auto" ? fitting(kubectl) : options.transport;
  return kind === "proxy" ? await openProxy(link) : openRaw(link);
}

/** A plain local kubectl can open a socket here; of anything else only its output is sure. */
function fitting(kubectl: readonly string[]): "proxy" | "raw" {
  const program = kubectl[0]?.split("/").at(-1) ?? "";
  return kubectl.length === 1 && /^(kubectl([-._]?v?\d[\w.]*)?|oc)(\.exe)?$/.test(program) ? "proxy" : "raw";
}
