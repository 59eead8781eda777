// The place where pods run: a cluster by way of kubectl, checked for the rights that a run needs,
// or this machine (`--local`).

import type { ClusterOptions } from "../cli/options.ts";
import { connect } from "../cluster/connect.ts";
import type { KubectlStart } from "../cluster/kubectl_start.ts";
import { checkAccess, type Purpose } from "../cluster/preflight.ts";
import { clusterFlags } from "../cluster/transport/kubectl.ts";
import type { Transport } from "../cluster/transport/transport.ts";
import { load } from "../load.ts";
import type { Via } from "../results/record.ts";
import { shellWords } from "../shell_word.ts";
import { recordVia } from "./via.ts";

/** The way to a place that runs pods. */
export interface OpenCluster extends AsyncDisposable {
  /**
   * Waits until requests can be sent and the place is known to permit what is needed; asks once.
   *
   * @throws {ClusterError} where it cannot be reached or does not permit that
   */
  enter(): Promise<Transport>;
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
  /** kubectl, if it was begun already. */
  readonly begun?: KubectlStart | null;
}

/** @throws {ClusterError} where no cluster is known */
export async function openCluster(
  options: ClusterOptions,
  templateNamespace: string | null,
  { purpose = "run", localFolder, begun = null }: OpenSettings = {},
): Promise<OpenCluster> {
  if (options.isLocal) {
    const { openLocal } = await load(import("../local/local.ts"));
    const local = openLocal({ folder: localFolder ?? null });
    return {
      enter: () => Promise.resolve(local.transport),
      server: "local",
      namespace: options.namespace ?? templateNamespace ?? "default",
      via: null,
      description: "this machine (--local)",
      notes: local.notes,
      problems: local.problems,
      [Symbol.asyncDispose]: () => local[Symbol.asyncDispose](),
    };
  }
  const link = await connect(options, templateNamespace, { begun });
  const { namespace, contextName } = link;
  const flags = clusterFlags({ context: contextName || null, kubeconfig: options.kubeconfig });
  const kubectl = shellWords([...options.kubectl, ...flags]);
  let entered: Promise<Transport> | null = null;
  async function enter(): Promise<Transport> {
    const transport = await link.open();
    await checkAccess(transport, { namespace, context: contextName, kubectl }, purpose);
    return transport;
  }
  return {
    enter: () => entered ??= enter(),
    server: link.server,
    namespace,
    via: recordVia(options, contextName),
    notes: () => [],
    problems: () => [],
    description: `context ${contextName || "(in cluster)"}, namespace ${namespace}`,
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
}
