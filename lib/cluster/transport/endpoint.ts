// Where a direct connection goes, whom it trusts and who it says it is; and what of a kubeconfig can be had so. Pure. What
// needs a program of kubectl's is refused here, never half done: one would be somebody else at the server.

import { UsageError } from "../../errors.ts";
import type { KubeConfig, Section } from "../kube_config.ts";

/** An API server and one's credentials there. */
export interface Endpoint {
  readonly isTls: boolean;
  /** Name or address, IPv6 without brackets. */
  readonly hostname: string;
  readonly port: number;
  /** Goes before every path; empty for most servers. */
  readonly basePath: string;
  /** PEM; null: whom the system trusts. */
  readonly authority: string | null;
  /** Name that the certificate must have instead of `hostname`. */
  readonly certificateName: string | null;
  /** PEM. */
  readonly certificate: { readonly cert: string; readonly key: string } | null;
}

/** A bearer token, or the file that it is read from. */
export type Token = { readonly token: string } | { readonly file: string };

const WAY_OUT = "leave --transport out: kubectl proxy can do that";
/** A user's fields that are no name or password but a way to be somebody. */
const IMPERSONATION = ["as", "as-uid", "as-groups", "as-user-extra"];

/** @throws {UsageError} where the address is none */
export function endpointAt(
  server: string,
  rest: Pick<Endpoint, "authority"> & Partial<Pick<Endpoint, "certificateName" | "certificate">>,
): Endpoint {
  const url = URL.canParse(server) ? new URL(server) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === "") {
    throw new UsageError(`Cannot connect to ${server} as it is no https address; ${WAY_OUT}`);
  }
  return {
    certificateName: null,
    certificate: null,
    ...rest,
    isTls: url.protocol === "https:",
    hostname: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: Number(url.port || (url.protocol === "https:" ? 443 : 80)),
    basePath: url.pathname.replace(/\/+$/, ""),
  };
}

/**
 * What a kubeconfig says, with its secrets.
 *
 * @throws {UsageError} naming what kubectl alone can do
 */
export function endpointOf(
  config: KubeConfig,
): { readonly endpoint: Endpoint; readonly token: Token | null } {
  const { cluster, user } = config;
  const where = config.context === "" ? "the kubeconfig" : `context ${config.context}`;
  const refuse = (why: string) =>
    new UsageError(`Cannot connect to ${where} with --transport direct as ${why}; ${WAY_OUT}`);
  if (isSet(user.exec)) throw refuse("its user logs in by a program (exec)");
  if (isSet(user["auth-provider"])) throw refuse("its user logs in by a plugin of kubectl (auth-provider)");
  if (isSet(user.username)) throw refuse("its user logs in by a password");
  if (IMPERSONATION.some((field) => isSet(user[field]))) throw refuse("its user acts as another one (as)");
  if (isSet(cluster["proxy-url"])) throw refuse("its server is reached through a proxy (proxy-url)");
  if (cluster["insecure-skip-tls-verify"] === true) {
    throw refuse("its server's certificate is not to be looked at (insecure-skip-tls-verify)");
  }
  const pem = (part: Section, field: string) => decode(part, field, where);
  const cert = pem(user, "client-certificate-data");
  const key = pem(user, "client-key-data");
  if ((cert === null) !== (key === null)) throw refuse("of its client certificate and key there is only one");
  if (key !== null && /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(key)) {
    throw refuse("its client key is encrypted");
  }
  const certificateName = text(cluster["tls-server-name"]);
  if (certificateName !== null && cert !== null) {
    throw refuse("it has both a client certificate and a tls-server-name");
  }
  const endpoint = endpointAt(config.server, {
    authority: pem(cluster, "certificate-authority-data"),
    certificateName,
    certificate: cert === null || key === null ? null : { cert, key },
  });
  // kubectl's order: of the two, the file has the newer token
  const file = text(user.tokenFile);
  const token = text(user.token);
  return { endpoint, token: file !== null ? { file } : token !== null ? { token } : null };
}

function decode(part: Section, field: string, where: string): string | null {
  const data = text(part[field]);
  if (data === null) return null;
  let pem: string;
  try {
    pem = atob(data);
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    throw new UsageError(
      `Cannot connect to ${where} as ${field} of the kubeconfig is not base64; ${WAY_OUT}`,
    );
  }
  if (/^-----BEGIN /m.test(pem)) return pem;
  throw new UsageError(`Cannot connect to ${where} as ${field} of the kubeconfig is not PEM; ${WAY_OUT}`);
}

function text(value: unknown): string | null {
  return typeof value === "string" && value !== "" ? value : null;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" &&
    !(Array.isArray(value) && value.length === 0);
}
