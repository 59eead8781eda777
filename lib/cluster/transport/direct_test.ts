import assert from "node:assert/strict";
import { createServer, type Server } from "node:tls";
import { openDirect } from "./direct.ts";
import { type Endpoint, endpointAt } from "./endpoint.ts";
import { makeAuthority } from "./test_certificates.ts";
import { serveTls, type TestServer } from "./test_tls_server.ts";
import type { TokenSource } from "./token.ts";
import { TransportError } from "./transport.ts";

function endpointOf({ hostname, port, authority }: TestServer, rest: Partial<Endpoint> = {}): Endpoint {
  return {
    isTls: true,
    hostname,
    port,
    basePath: "",
    authority: authority.cert,
    certificateName: null,
    certificate: null,
    ...rest,
  };
}

/** Tokens in turn: the next one whenever one is refused. */
function tokensOf(...tokens: string[]): TokenSource {
  const [first = "", ...others] = tokens;
  let token = first;
  return {
    current: () => Promise.resolve(token),
    isRenewed(refused) {
      if (token === refused) token = others.shift() ?? token;
      return Promise.resolve(token !== refused);
    },
  };
}

const hasIpv6 = (() => {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
})();

Deno.test("openDirect() brings method, path, body and token to the server, on one connection", async () => {
  const seen: string[] = [];
  await using server = await serveTls(async (request) => {
    const { pathname, search } = new URL(request.url);
    const { method, headers } = request;
    seen.push(`${method} ${pathname}${search} ${headers.get("host")} ${headers.get("authorization")}`);
    return new Response(`got ${await request.text()}`, { status: 201, headers: { warning: "299 - x" } });
  });
  await using direct = openDirect(endpointOf(server), tokensOf("t1"));
  for (const method of ["POST", "DELETE"] as const) {
    const answer = await direct.fetch("/api/v1/pods?a=b", { method, body: '{"é":1}' });
    assert.deepEqual([answer.status, answer.headers.get("warning")], [201, "299 - x"]);
    assert.equal(await answer.text(), 'got {"é":1}');
  }
  const host = `127.0.0.1:${server.port}`;
  assert.deepEqual(seen, [
    `POST /api/v1/pods?a=b ${host} Bearer t1`,
    `DELETE /api/v1/pods?a=b ${host} Bearer t1`,
  ]);
  assert.equal(server.connections(), 1);
});

Deno.test("openDirect() asks below the server's base path", async () => {
  await using server = await serveTls((request) => new Response(new URL(request.url).pathname));
  await using direct = openDirect(endpointOf(server, { basePath: "/k8s/clusters/c-xyz" }), null);
  assert.equal(await (await direct.fetch("/api/v1/x")).text(), "/k8s/clusters/c-xyz/api/v1/x");
});

Deno.test({
  name: "openDirect() reaches an IPv6 address",
  ignore: !hasIpv6,
  fn: async () => {
    await using server = await serveTls((request) => new Response(request.headers.get("host")), {
      hostname: "::1",
    });
    await using direct = openDirect(endpointOf(server), null);
    assert.equal(await (await direct.fetch("/")).text(), `[::1]:${server.port}`);
  },
});

Deno.test("openDirect() hands a stream out as it comes, until it is cancelled or the transport is closed", async () => {
  const ended: string[] = [];
  await using server = await serveTls((request) => {
    const { pathname } = new URL(request.url);
    const cancel = () => void ended.push(pathname);
    return new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode(`of ${pathname}\n`)),
        cancel,
      }),
    );
  });
  const direct = openDirect(endpointOf(server), null);
  const read = async (path: string) => {
    const { body } = await direct.fetch(path, { isStream: true });
    assert.ok(body);
    const pieces = body[Symbol.asyncIterator]();
    assert.equal(new TextDecoder().decode((await pieces.next()).value), `of ${path}\n`);
    return { body, pieces };
  };
  const [first, second] = [await read("/1"), await read("/2")];
  await first.body.cancel();
  const cut = assert.rejects(second.pieces.next(), TransportError);
  await direct[Symbol.asyncDispose]();
  await cut;
  await assert.rejects(direct.fetch("/"), TransportError);
});

Deno.test("openDirect() trusts no certificate of another authority, or for another name", async () => {
  await using server = await serveTls(() => new Response("secret"), { names: ["kube.example"] });
  const other = await makeAuthority();
  await using stranger = openDirect(endpointOf(server, { authority: other.cert }), null);
  await assert.rejects(stranger.fetch("/"), {
    name: "TransportError",
    message: `https://127.0.0.1:${server.port}: invalid peer certificate: UnknownIssuer`,
  });
  await using misnamed = openDirect(endpointOf(server), null);
  await assert.rejects(misnamed.fetch("/"), /certificate not valid for name "127.0.0.1"/);
  await using wrong = openDirect(endpointOf(server, { certificateName: "other.example" }), null);
  await assert.rejects(wrong.fetch("/"), /certificate not valid for name "other.example"/);
  await using named = openDirect(endpointOf(server, { certificateName: "kube.example" }), null);
  assert.equal(await (await named.fetch("/")).text(), "secret");
});

/** A server that wants a client certificate; `users` are the names that came, of which it lets one not in. */
async function withCertificates(
  work: (place: TestServer, users: unknown[]) => Promise<void>,
  refused = "",
): Promise<void> {
  const authority = await makeAuthority();
  const users: unknown[] = [];
  const server: Server = createServer({
    ...await authority.sign("server", ["127.0.0.1"]),
    ca: authority.cert,
    requestCert: true,
    rejectUnauthorized: true,
  }, (socket) => {
    const user = socket.getPeerCertificate().subject.CN;
    users.push(user);
    socket.on("error", (error) => users.push(error.message));
    const status = user === refused ? "401 Unauthorized" : "200 OK";
    socket.on("data", () => socket.write(`HTTP/1.1 ${status}\r\nContent-Length: 2\r\n\r\nhi`));
  });
  const port = await new Promise<number>((resolve) =>
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      resolve(typeof address === "object" && address !== null ? address.port : 0);
    })
  );
  const to = { authority, hostname: "127.0.0.1", port, connections: () => 0 };
  await work({ ...to, [Symbol.asyncDispose]: () => Promise.resolve() }, users);
  await new Promise((resolve) => server.close(resolve));
}

Deno.test("openDirect() shows its client certificate", () =>
  withCertificates(async (place, users) => {
    const certificate = await place.authority.sign("jane");
    await using direct = openDirect(endpointOf(place, { certificate }), null);
    assert.equal(await (await direct.fetch("/")).text(), "hi");
    await using nobody = openDirect(endpointOf(place), null);
    await assert.rejects(nobody.fetch("/"), TransportError);
    assert.deepEqual(users, ["jane"]);
  }));

Deno.test("openDirect() shows another client certificate where the first one is refused, not sooner than after 10 s", () =>
  withCertificates(async (place, users) => {
    const certificate = await place.authority.sign("jane");
    let now = 0;
    const certificates = {
      read: () => place.authority.sign("joe"),
      clock: { monotonic: () => now },
    };
    await using direct = openDirect(endpointOf(place, { certificate }), null, certificates);
    assert.equal((await direct.fetch("/")).status, 401);
    now = 10_000;
    assert.equal((await direct.fetch("/")).status, 200);
    assert.equal((await direct.fetch("/")).status, 200);
    assert.deepEqual(users, ["jane", "joe"]);
  }, "jane"));

Deno.test("openDirect() sends again with the new token what was refused with the old one", async () => {
  const seen: string[] = [];
  await using server = await serveTls(async (request) => {
    const token = request.headers.get("authorization");
    seen.push(`${token} ${await request.text()}`);
    return new Response(null, { status: token === "Bearer new" ? 201 : 401 });
  });
  await using direct = openDirect(endpointOf(server), tokensOf("old", "new"));
  assert.equal((await direct.fetch("/pods", { method: "POST", body: "{}" })).status, 201);
  assert.deepEqual(seen, ["Bearer old {}", "Bearer new {}"]);
  await using late = openDirect(endpointOf(server), tokensOf("old"));
  assert.equal((await late.fetch("/pods", { method: "POST", body: "{}" })).status, 401);
  assert.equal(seen.length, 3);
});

Deno.test("openDirect() opens new connections once the server has dropped the old ones", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accept = async (text: string) => {
    const connection = await listener.accept();
    await connection.read(new Uint8Array(1000));
    await connection.write(new TextEncoder().encode(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n${text}`));
    connection.close();
  };
  const authority = await makeAuthority();
  const to = { authority, hostname: "127.0.0.1", port: listener.addr.port, connections: () => 0 };
  const place: TestServer = { ...to, [Symbol.asyncDispose]: () => Promise.resolve() };
  await using direct = openDirect(endpointOf(place, { isTls: false }), null);
  for (const text of ["a", "b"]) {
    const accepted = accept(text);
    assert.equal(await (await direct.fetch("/")).text(), text);
    await accepted;
    await assert.rejects(direct.fetch("/"), TransportError);
  }
  listener.close();
  await assert.rejects(direct.fetch("/"), /^TransportError: http:\/\/127.0.0.1:\d+: Connection refused/);
});

Deno.test("trustAsKubectl() leaves the kubeconfig's authority alone to be trusted", async () => {
  const authority = await makeAuthority();
  const stranger = await makeAuthority();
  await using server = await serveTls(() => new Response("hi"), { authority });
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/ca.pem`, authority.cert);
  const file = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const ask = async (cert: string, code: string) => {
    const endpoint = JSON.stringify(endpointOf(server, { authority: cert }));
    const program = `import { openDirect, trustAsKubectl } from ${file("./direct.ts")};
      const endpoint = ${endpoint};
      ${code}
      await using direct = openDirect(endpoint, null);
      console.log(await direct.fetch("/").then((answer) => answer.text(), (error) => error.message));`;
    await Deno.writeTextFile(`${folder}/main.ts`, program);
    const env = { DENO_CERT: `${folder}/ca.pem`, NODE_EXTRA_CA_CERTS: `${folder}/ca.pem`, NO_COLOR: "1" };
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-config", `${folder}/main.ts`],
      env,
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  assert.match(await ask(stranger.cert, "trustAsKubectl(endpoint);"), /UnknownIssuer$/);
  assert.equal(await ask(authority.cert, "trustAsKubectl(endpoint);"), "hi");
  // without it Deno's own variables count: that this is seen shows that the first one proves something
  assert.equal(await ask(stranger.cert, ""), "hi");
  await Deno.remove(folder, { recursive: true });
});

Deno.test("openDirect() closes each connection that comes when nobody waits for it any more", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let closed = 0;
  const readToEnd = async (connection: Deno.Conn) => {
    while (await connection.read(new Uint8Array(1024)).catch(() => null) !== null);
    connection.close();
    closed++;
  };
  const serving = (async () => {
    for await (const connection of listener) void readToEnd(connection);
  })();
  await using direct = openDirect(
    endpointAt(`http://127.0.0.1:${listener.addr.port}`, { authority: null }),
    null,
  );
  const asked = 800;
  for (let round = 0; round < asked; round += 40) {
    await Promise.all(Array.from({ length: 40 }, async (_, at) => {
      const stop = new AbortController();
      setTimeout(() => stop.abort(), at / 8);
      await assert.rejects(direct.fetch("/", { signal: stop.signal }), TransportError);
    }));
  }
  for (let turns = 0; closed < asked && turns < 5_000; turns++) {
    await new Promise((wake) => setTimeout(wake, 2));
  }
  assert.equal(closed, asked);
  listener.close();
  await serving;
});
