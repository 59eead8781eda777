// The place where pods run: a cluster by way of kubectl, or this machine (`--local`). Both are a transport from here on.

import type { ClusterOptions } from "../cli/options.ts";
import { connect } from "../cluster/connect.ts";
import { checkAccess } from "../cluster/preflight.ts";
import type { Transport } from "../cluster/transport/transport.ts";
import { openLocal } from "../local/local.ts";
import type { Plan } from "../run/plan.ts";

/** An open way to a place that runs pods. */
export interface OpenCluster extends AsyncDisposable {
  readonly transport: Transport;
  /** Server URL, or `local`. */
  readonly server: string;
  readonly namespace: string;
  /** For the first line: `context plain, namespace lab`. */
  readonly description: string;
  /** What this place does not do of what the template asks for, one line each. */
  notes(plan: Plan): readonly string[];
}

/** @throws {ClusterError} where it cannot be reached or does not permit what is needed */
export async function openCluster(
  options: ClusterOptions,
  templateNamespace: string | null,
  signal: AbortSignal,
): Promise<OpenCluster> {
  if (options.isLocal) {
    const local = openLocal();
    return {
      transport: local.transport,
      server: "local",
      namespace: options.namespace ?? templateNamespace ?? "default",
      description: "this machine (--local)",
      notes: (plan) => plan.length === 0 ? [] : local.notes(plan.manifest(0, 1)),
      [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
    };
  }
  const link = await connect(options, templateNamespace);
  try {
    await checkAccess(link.transport, link.namespace, link.contextName);
  } catch (error) {
    await link.transport[Symbol.asyncDispose]();
    throw error;
  }
  return {
    transport: link.transport,
    server: link.server,
    namespace: link.namespace,
    description: `context ${link.contextName || "(in cluster)"}, namespace ${link.namespace}`,
    notes: () => [],
    [Symbol.asyncDispose]: () => link.transport[Symbol.asyncDispose](),
  };
}
