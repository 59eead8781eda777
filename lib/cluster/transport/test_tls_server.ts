// An HTTPS server of a test's own on loopback, certified by an authority that nobody knows.

import { type Authority, makeAuthority } from "./test_certificates.ts";

/** A server that answers as it is told. */
export interface TestServer extends AsyncDisposable {
  readonly authority: Authority;
  readonly hostname: string;
  readonly port: number;
  /** Connections there have been. */
  connections(): number;
}

/** @param names what its certificate says */
export async function serveTls(
  answer: (request: Request) => Response | Promise<Response>,
  { hostname = "127.0.0.1", names = [hostname], authority }: {
    readonly hostname?: string;
    readonly names?: readonly string[];
    readonly authority?: Authority;
  } = {},
): Promise<TestServer> {
  const signer = authority ?? await makeAuthority();
  const ports = new Set<number>();
  const server = Deno.serve({
    hostname,
    port: 0,
    ...await signer.sign("server", names),
    onListen() {},
    onError: (error) => new Response(String(error), { status: 500 }),
  }, (request, { remoteAddr }) => {
    ports.add(remoteAddr.port);
    return answer(request);
  });
  return {
    authority: signer,
    hostname,
    port: server.addr.port,
    connections: () => ports.size,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
