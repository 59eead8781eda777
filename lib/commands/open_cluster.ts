// The place where pods run: a cluster by way of kubectl, checked for the rights that a run needs,
// or this machine (`--local`).

import type { ClusterOptions } from "../cli/options.ts";
import { connect } from "../cluster/connect.ts";
import type { KubeConfigAnswer } from "../cluster/kube_config.ts";
import { checkAccess, type Purpose } from "../cluster/preflight.ts";
import type { Transport } from "../cluster/transport/transport.ts";
import type { Via } from "../results/record.ts";
import { recordVia } from "./via.ts";

/** An open way to a place that runs pods. */
export interface OpenCluster extends AsyncDisposable {
  readonly transport: Transport;
  /** Server URL, or `local`. */
  readonly server: string;
  readonly namespace: string;
  /** What is written down of the way there; null for this machine. */
  readonly via: Via | null;
  /** For the first line: `context plain, namespace lab`. */
  readonly description: string;
  /** What this place ignores of a pod, one line each. */
  notes(manifest: string): readonly string[];
  /** Why a pod can never run in this place, one line each. */
  problems(manifest: string): readonly string[];
}

/** What may be known of the place and the purpose. */
export interface OpenSettings {
  /** @default {"run"} */
  readonly purpose?: Purpose;
  /** Where `--local` keeps large logs until they are fetched. */
  readonly localFolder?: string;
  /** What kubectl says of the cluster, if it was asked already. */
  readonly config?: Promise<KubeConfigAnswer> | null;
}

/** @throws {ClusterError} where it cannot be reached or does not permit what is needed */
export async function openCluster(
  options: ClusterOptions,
  templateNamespace: string | null,
  { purpose = "run", localFolder, config = null }: OpenSettings = {},
): Promise<OpenCluster> {
  if (options.isLocal) {
    const { openLocal } = await import("../local/local.ts");
    const local = openLocal({ folder: localFolder ?? null });
    return {
      transport: local.transport,
      server: "local",
      namespace: options.namespace ?? templateNamespace ?? "default",
      via: null,
      description: "this machine (--local)",
      notes: local.notes,
      problems: local.problems,
      [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
    };
  }
  const link = await connect(options, templateNamespace, { config });
  try {
    await checkAccess(link.transport, link.namespace, link.contextName, purpose);
  } catch (error) {
    await link.transport[Symbol.asyncDispose]();
    throw error;
  }
  return {
    transport: link.transport,
    server: link.server,
    namespace: link.namespace,
    via: recordVia(options, link.contextName),
    notes: () => [],
    problems: () => [],
    description: `context ${link.contextName || "(in cluster)"}, namespace ${link.namespace}`,
    [Symbol.asyncDispose]: () => link.transport[Symbol.asyncDispose](),
  };
}
