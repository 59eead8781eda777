// The kubectl processes of a start, begun at once, as each takes longer than anything else before the first pod: the one
// that tells its configuration and, where requests go through it, the proxy. Neither asks the cluster for anything by itself.

import type { ClusterOptions } from "../cli/options.ts";
import { ClusterError } from "../errors.ts";
import { type KubeConfigAnswer, readKubeConfig } from "./kube_config.ts";
import { openProxy } from "./transport/proxy.ts";
import type { Transport } from "./transport/transport.ts";

/** What was begun. Disposing of it ends the proxy, whoever uses it, also one that has not come up. */
export interface KubectlStart extends AsyncDisposable {
  readonly config: Promise<KubeConfigAnswer>;
  /** Null where requests go another way. */
  readonly proxy: Promise<Transport> | null;
}

/** Which kubectl, and what for. */
export type StartOptions = Pick<
  ClusterOptions,
  "kubectl" | "context" | "kubeconfig" | "namespace" | "transport"
>;

/** Begins them, before it returns. Errors are told where the promises are awaited. */
export function startKubectl(options: StartOptions): KubectlStart {
  const config = readKubeConfig(options);
  const stop = new AbortController();
  const lastingContext = config.then((known) => contextOf(known, options), () => options.context);
  const proxy = wayOf(options) === "proxy" ? openProxyOf(options, lastingContext, stop.signal) : null;
  config.catch(ignore);
  proxy?.catch(ignore);
  return {
    config,
    proxy,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await proxy?.then((transport) => transport[Symbol.asyncDispose](), ignore);
    },
  };
}

/** How requests are carried where kubectl carries them, or `direct`. */
export function wayOf({ kubectl, transport }: StartOptions): "proxy" | "raw" | "direct" {
  if (transport !== "auto") return transport;
  // a plain local kubectl can open a socket here; of anything else only its output is sure
  const program = kubectl[0]?.split("/").at(-1) ?? "";
  return kubectl.length === 1 && /^(kubectl([-._]?v?\d[\w.]*)?|oc)(\.exe)?$/.test(program) ? "proxy" : "raw";
}

/** The context by its name, null where there is none: what is said of it later must not follow the current one. */
export function contextOf(
  config: KubeConfigAnswer,
  { context }: Pick<StartOptions, "context">,
): string | null {
  return context ?? (config instanceof ClusterError || config.context === "" ? null : config.context);
}

function openProxyOf(
  options: StartOptions,
  lastingContext: Promise<string | null>,
  signal: AbortSignal,
): Promise<Transport> {
  const { kubectl, context, kubeconfig, namespace } = options;
  return openProxy({ kubectl, context, kubeconfig, namespace, lastingContext, signal });
}

function ignore(): void {}
