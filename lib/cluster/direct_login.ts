// The direct transport with what is known of a login: a kubeconfig's credentials, or a pod's service account.

import { systemClock } from "../clock.ts";
import { ClusterError, UsageError } from "../errors.ts";
import { type ConfigOptions, type KubeConfig, readKubeConfig } from "./kube_config.ts";
import type { ServiceAccount } from "./service_account.ts";
import { type CertificateSource, openDirect, trustAsKubectl } from "./transport/direct.ts";
import { type Endpoint, endpointAt, endpointOf } from "./transport/endpoint.ts";
import { makeTokenSource, type TokenSource } from "./transport/token.ts";
import { type Transport, TransportError } from "./transport/transport.ts";

/** A token's file is read so often, as by client-go. */
const FRESH_MILLISECONDS = 60_000;
/** A token that was refused is not looked for more often: asking kubectl takes a process. */
const PAUSE_MILLISECONDS = 10_000;

/**
 * @throws {UsageError} naming what only kubectl can do
 * @throws {ClusterError} where a token cannot be read
 */
export function openWithConfig(
  config: KubeConfig,
  options: ConfigOptions,
): Promise<Transport> {
  const { endpoint, token } = endpointOf(config);
  const certificates = endpoint.certificate === null
    ? null
    : { read: () => certificateNow(options), clock: systemClock };
  if (token === null) return open(endpoint, null, certificates);
  if ("file" in token) return open(endpoint, fileTokens(token.file), certificates);
  let first: string | null = token.token;
  const tokens = tokensFrom(Infinity, async () => {
    const known = first;
    first = null;
    return known ?? await tokenNow(options);
  });
  return open(endpoint, tokens, certificates);
}

/** @throws {ClusterError} where the token cannot be read */
export function openWithAccount({ server, tokenFile, authority }: ServiceAccount): Promise<Transport> {
  return open(endpointAt(server, { authority }), fileTokens(tokenFile), null);
}

async function open(
  endpoint: Endpoint,
  tokens: TokenSource | null,
  certificates: CertificateSource | null,
): Promise<Transport> {
  try {
    await tokens?.current();
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    throw new ClusterError(
      `Cannot log in as the token cannot be had: ${error.message}\nTry kubectl get pods`,
    );
  }
  trustAsKubectl(endpoint);
  return openDirect(endpoint, tokens, certificates);
}

function fileTokens(path: string): TokenSource {
  return tokensFrom(FRESH_MILLISECONDS, () => Deno.readTextFile(path));
}

function tokensFrom(freshMilliseconds: number, read: () => Promise<string>): TokenSource {
  return makeTokenSource({
    read,
    clock: systemClock,
    freshMilliseconds,
    pauseMilliseconds: PAUSE_MILLISECONDS,
  });
}

/** The token that a login in another terminal has put into the kubeconfig meanwhile. */
async function tokenNow(options: ConfigOptions): Promise<string> {
  const { token } = await loginNow(options);
  if (token !== null && "token" in token) return token.token;
  throw new Error("the kubeconfig has no token any more");
}

/** The client certificate of there; null where none can be read just now. */
async function certificateNow(options: ConfigOptions): Promise<Endpoint["certificate"]> {
  try {
    return (await loginNow(options)).endpoint.certificate;
  } catch (error) {
    if (!(error instanceof ClusterError || error instanceof UsageError)) throw error;
    return null; // a file that is being written: the next look comes
  }
}

async function loginNow(options: ConfigOptions): Promise<ReturnType<typeof endpointOf>> {
  const config = await readKubeConfig(options);
  if (config instanceof ClusterError) throw config;
  return endpointOf(config);
}
