// Requests straight to the API server, over TLS connections of our own: for credentials that are simply there (client
// certificate, token, service account), with no kubectl beside us. Whatever else kubectl can do is its proxy's.

import { unmasked } from "./denial.ts";
import { openHttpClient } from "./http_client.ts";
import type { Clock } from "../../clock.ts";
import type { ByteStream } from "./http_connection.ts";
import type { Endpoint } from "./endpoint.ts";
import { makeLogins } from "./logins.ts";
import type { TokenSource } from "./token.ts";
import { type Transport, TransportError } from "./transport.ts";

/** What lies between drops idle connections without a word, some after 30 s; a new one costs three milliseconds. */
const MAX_IDLE_MILLISECONDS = 20_000;
const ALPN = ["http/1.1"];

/** Where a client certificate comes from, once the server no longer takes the one of the endpoint. */
export interface CertificateSource {
  /** The one of now; null where there is none to be had. */
  readonly read: () => Promise<Endpoint["certificate"]>;
  readonly clock: Pick<Clock, "monotonic">;
}

/**
 * @param tokens null where the certificate alone says who we are
 * @param certificates null where it stays the same
 */
export function openDirect(
  endpoint: Endpoint,
  tokens: TokenSource | null,
  certificates: CertificateSource | null = null,
): Transport {
  let { certificate } = endpoint;
  const { hostname, port, isTls, basePath } = endpoint;
  const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const client = openHttpClient({
    name: `${isTls ? "https" : "http"}://${host}`,
    host,
    open: (signal) => isTls ? openTls({ ...endpoint, certificate }, signal) : openTcp(endpoint),
    maxIdleMilliseconds: MAX_IDLE_MILLISECONDS,
  });
  const logins = certificates && makeLogins({ renew: () => renew(certificates), clock: certificates.clock });
  let isClosed = false;

  /** A certificate is shown when a connection is opened: those that are open stay with the old one. */
  async function renew({ read }: CertificateSource): Promise<boolean> {
    const next = await read();
    if (next === null || next.cert === certificate?.cert) return false;
    certificate = next;
    void client.retire();
    return true;
  }

  return {
    kind: "direct",
    maxStreams: 500,
    async fetch(path, request = {}) {
      for (;;) {
        if (isClosed) throw new TransportError("the transport is closed");
        const token = await tokens?.current();
        const login = await logins?.current();
        const headers = `user-agent: qupods\r\n${
          token === undefined ? "" : `authorization: Bearer ${token}\r\n`
        }`;
        const answer = await unmasked(await client.send(basePath + path, request, headers), request);
        if (answer.status !== 401 && login !== undefined) logins?.accepted(login);
        if (answer.status !== 401 || request.isPassedOn) return answer;
        const isRenewed = (token !== undefined && await tokens?.isRenewed(token)) ||
          (login !== undefined && await logins?.isRenewed(login));
        // refused before it was looked at, so it may be sent again, whatever it is
        if (!isRenewed) return answer;
        await answer.body?.cancel();
      }
    },
    [Symbol.asyncDispose]() {
      isClosed = true;
      client.close();
      return Promise.resolve();
    },
  };
}

/**
 * Deno adds an authority to its own roots; kubectl trusts the authority of the kubeconfig alone, and the system's roots where
 * there is none. Deno reads these variables at its first TLS connection (seen with 2.9.6; a test holds it to that), so this
 * comes before it, once.
 */
export function trustAsKubectl({ authority }: Endpoint): void {
  if (authority !== null) {
    Deno.env.set("DENO_TLS_CA_STORE", "");
    Deno.env.delete("DENO_CERT");
    Deno.env.delete("NODE_EXTRA_CA_CERTS");
  } else if (Deno.env.get("DENO_TLS_CA_STORE") === undefined) {
    Deno.env.set("DENO_TLS_CA_STORE", "system");
  }
}

/**
 * Sends small pieces at once: by default the first request waits 40 ms for the other end's acknowledgement. Takes no signal: a
 * connection that comes just as that aborts is neither given nor closed (Deno 2.9.6); whoever opens this closes what comes late.
 */
async function openTcp({ hostname, port }: Endpoint): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ hostname, port });
  connection.setNoDelay(true);
  connection.setKeepAlive(true);
  return connection;
}

async function openTls(endpoint: Endpoint, signal: AbortSignal): Promise<ByteStream> {
  const { hostname, port, authority, certificate, certificateName } = endpoint;
  const options = { caCerts: authority === null ? [] : [authority], alpnProtocols: ALPN };
  // startTls takes no client certificate, and connectTls none of the settings of openTcp
  const connection = certificate === null
    ? await Deno.startTls(await openTcp(endpoint), {
      ...options,
      hostname: certificateName ?? hostname,
    })
    : await Deno.connectTls({ ...options, ...certificate, hostname, port });
  const giveUp = () => connection.close();
  signal.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) giveUp();
  try {
    await connection.handshake();
    return connection;
  } catch (error) {
    if (!signal.aborted) connection.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}
