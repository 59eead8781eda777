// Which cluster and namespace is meant, and the transport that fits: kubectl's where there is a kubectl, else, in a pod, our own
// with the pod's service account.

import type { ClusterOptions } from "../cli/options.ts";
import { ClusterError, UsageError } from "../errors.ts";
import { openWithAccount, openWithConfig } from "./direct_login.ts";
import { NoKubectlError } from "./kube_config.ts";
import { contextOf, type KubectlStart, startKubectl } from "./kubectl_start.ts";
import { readServiceAccount } from "./service_account.ts";
import { openRaw } from "./transport/raw.ts";
import type { Transport } from "./transport/transport.ts";

/** The way to a cluster. */
export interface Link extends AsyncDisposable {
  /** Server URL: the cluster's identity for the log directory. */
  readonly server: string;
  readonly namespace: string;
  /** Empty inside a cluster. */
  readonly contextName: string;
  /**
   * Waits until requests can be sent; the same transport each time.
   *
   * @throws {ClusterError} where it cannot be opened
   * @throws {UsageError} where `--transport direct` asks for what only kubectl can do
   */
  open(): Promise<Transport>;
}

/** What may be known already, or differ. */
export interface ConnectSettings {
  /** kubectl, if it was begun already. */
  readonly begun?: KubectlStart | null;
  /** Where a pod finds its service account, if not at the usual place. */
  readonly accountFolder?: string;
}

/**
 * Asks kubectl once for its configuration: which cluster is meant, and how it is reached.
 *
 * @throws {ClusterError} where kubectl cannot be run or knows no cluster
 * @throws {UsageError} where `-n` contradicts the template
 */
export async function connect(
  options: ClusterOptions,
  templateNamespace: string | null,
  { begun = null, accountFolder }: ConnectSettings = {},
): Promise<Link> {
  if (options.namespace !== null && templateNamespace !== null && options.namespace !== templateNamespace) {
    throw new UsageError(
      `Cannot use -n ${options.namespace} as the template says metadata.namespace: ${templateNamespace}; leave one of them out`,
    );
  }
  const kubectl = begun ?? startKubectl(options);
  try {
    return await linkThrough(kubectl, options, templateNamespace, accountFolder);
  } catch (error) {
    await kubectl[Symbol.asyncDispose]();
    throw error;
  }
}

async function linkThrough(
  kubectl: KubectlStart,
  options: ClusterOptions,
  templateNamespace: string | null,
  accountFolder: string | undefined,
): Promise<Link> {
  const isDirect = options.transport === "direct";
  const namespaceOr = (other: string) => options.namespace ?? templateNamespace ?? other;
  const config = await kubectl.config;
  const lasting = { ...options, context: contextOf(config, options) };
  const openKubectl = async () => await kubectl.proxy ?? openRaw(lasting);
  if (!(config instanceof ClusterError)) {
    const { server, context } = config;
    const open = isDirect ? () => openWithConfig(config, lasting) : openKubectl;
    const where = { server, namespace: namespaceOr(config.namespace), contextName: context };
    return linkOf(where, kubectl, open);
  }
  const account = options.context === null ? await readServiceAccount(accountFolder) : null;
  const hasNoKubectl = config instanceof NoKubectlError;
  if (account === null || (hasNoKubectl && isKubectlNamed(options))) throw config;
  const open = isDirect || hasNoKubectl ? () => openWithAccount(account) : openKubectl;
  const where = { server: account.server, namespace: namespaceOr(account.namespace), contextName: "" };
  return linkOf(where, kubectl, open);
}

function linkOf(
  where: Pick<Link, "server" | "namespace" | "contextName">,
  kubectl: KubectlStart,
  open: () => Promise<Transport>,
): Link {
  let opened: Promise<Transport> | null = null;
  return {
    ...where,
    open: () => opened ??= open(),
    async [Symbol.asyncDispose]() {
      await kubectl[Symbol.asyncDispose]();
      // what could not be opened need not be closed; why, was told to whoever asked
      await opened?.then((transport) => transport[Symbol.asyncDispose](), () => {});
    },
  };
}

/** Whether something says that kubectl, or a kubeconfig, is what is wanted: then a pod's own account is none of it. */
function isKubectlNamed({ kubectl, kubeconfig, transport }: ClusterOptions): boolean {
  return kubectl.join(" ") !== "kubectl" || kubeconfig !== null || transport === "proxy" ||
    transport === "raw" ||
    (Deno.env.get("KUBECONFIG") ?? "") !== "";
}
