import assert from "node:assert/strict";
import { ClusterError, UsageError } from "../errors.ts";
import { connect, type Link } from "./connect.ts";
import type { Transport } from "./transport/transport.ts";
import { serveTls, type TestServer } from "./transport/test_tls_server.ts";

const SECRET = "s3cret-token";

/** A folder with a kubectl that prints a kubeconfig (null: there is none), a service account, and an API server. */
async function play(
  kubeconfig: ((server: TestServer) => unknown) | null,
  work: (place: Place) => Promise<void>,
  variables: { readonly [name: string]: string } = {},
): Promise<void> {
  const path = await Deno.makeTempDir();
  const seen: string[] = [];
  await using server = await serveTls((request) => {
    seen.push(`${new URL(request.url).pathname} ${request.headers.get("authorization")}`);
    return new Response("ok");
  });
  await Deno.mkdir(`${path}/bin`);
  // the shell and what it needs, but no other kubectl
  for (const program of ["sh", "cat", "mv", "rm", "sleep"]) {
    const found = (Deno.env.get("PATH") ?? "").split(":").map((folder) => `${folder}/${program}`);
    await Deno.symlink(found.find(isThere) ?? program, `${path}/bin/${program}`);
  }
  await Deno.mkdir(`${path}/account`);
  await Deno.writeTextFile(`${path}/account/token`, `${SECRET}-of-the-pod\n`);
  await Deno.writeTextFile(`${path}/account/namespace`, "pods-own\n");
  await Deno.writeTextFile(`${path}/account/ca.crt`, server.authority.cert);
  if (kubeconfig !== null) {
    await Deno.writeTextFile(`${path}/config.json`, JSON.stringify(kubeconfig(server)));
    const script = `#!/bin/sh\necho "$@" >> ${path}/calls\ncat ${path}/config.json\n`;
    await Deno.writeTextFile(`${path}/bin/kubectl`, script, { mode: 0o755 });
  }
  const environment: { [name: string]: string | undefined } = {
    PATH: `${path}/bin`,
    KUBECONFIG: undefined,
    KUBERNETES_SERVICE_HOST: "127.0.0.1",
    KUBERNETES_SERVICE_PORT: String(server.port),
    ...variables,
  };
  const names = [...Object.keys(environment), "DENO_TLS_CA_STORE", "DENO_CERT", "NODE_EXTRA_CA_CERTS"];
  const before = names.map((name) => [name, Deno.env.get(name)] as const);
  Object.entries(environment).forEach(setVariable);
  const ways: Link[] = [];
  try {
    await work({ path, server, seen, ways });
  } finally {
    for (const way of ways) await way[Symbol.asyncDispose]();
    before.forEach(setVariable);
    await Deno.remove(path, { recursive: true });
  }
}

interface Place {
  readonly path: string;
  readonly server: TestServer;
  readonly seen: string[];
  /** Ended with the place. */
  readonly ways: Link[];
}

function setVariable([name, value]: readonly [string, string | undefined]): void {
  if (value === undefined) Deno.env.delete(name);
  else Deno.env.set(name, value);
}

function isThere(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

/** The way, and the transport opened. */
async function link(
  { path, ways }: Place,
  transport: "auto" | "proxy" | "direct" | "raw",
  kubectl: readonly string[] = ["kubectl"],
): Promise<Opened> {
  const options = { kubectl, context: null, kubeconfig: null, namespace: null, transport };
  const way = await connect(
    { ...options, requestTimeoutSeconds: 60, isLocal: false },
    null,
    { accountFolder: `${path}/account` },
  );
  ways.push(way);
  const { server, namespace, contextName } = way;
  return { server, namespace, contextName, transport: await way.open() };
}

type Opened = Pick<Link, "server" | "namespace" | "contextName"> & { readonly transport: Transport };

const kubeconfig = (user: unknown) => ({ hostname, port, authority }: TestServer) => ({
  "current-context": "prod",
  contexts: [{ name: "prod", context: { namespace: "team" } }],
  clusters: [{
    cluster: {
      server: `https://${hostname}:${port}/base`,
      "certificate-authority-data": btoa(authority.cert),
    },
  }],
  users: [{ user }],
});

Deno.test("connect() with --transport direct goes where the kubeconfig says, as its user", () =>
  play(kubeconfig({ token: SECRET }), async (place) => {
    const { transport, ...rest } = await link(place, "direct");
    await using direct = transport;
    assert.deepEqual(rest, {
      server: `https://127.0.0.1:${place.server.port}/base`,
      namespace: "team",
      contextName: "prod",
    });
    assert.equal(direct.kind, "direct");
    assert.equal(await (await direct.fetch("/version")).text(), "ok");
    assert.deepEqual(place.seen, [`/base/version Bearer ${SECRET}`]);
    assert.equal(
      await Deno.readTextFile(`${place.path}/calls`),
      "config view --minify --raw --flatten -o json\n",
    );
  }));

Deno.test("connect() with --transport direct refuses a user that only kubectl can be", () =>
  play(kubeconfig({ exec: { command: "login" } }), async (place) => {
    await assert.rejects(link(place, "direct"), UsageError);
  }));

Deno.test("connect() stays with the context of the start, whichever is the current one later", () =>
  play(kubeconfig({ token: SECRET }), async (place) => {
    const { transport: raw } = await link(place, "raw");
    await (await raw.fetch("/version")).text();
    await raw[Symbol.asyncDispose]();
    assert.deepEqual((await Deno.readTextFile(`${place.path}/calls`)).split("\n").slice(0, 2), [
      "config view --minify -o json",
      "--context prod get --raw /version",
    ]);
  }));

for (const transport of ["auto", "direct"] as const) {
  Deno.test(`connect() with --transport ${transport} in a pod without kubectl takes the service account`, () =>
    play(null, async (place) => {
      const { transport: direct, ...rest } = await link(place, transport);
      await using _ = direct;
      assert.deepEqual(rest, {
        server: `https://127.0.0.1:${place.server.port}`,
        namespace: "pods-own",
        contextName: "",
      });
      assert.equal(await (await direct.fetch("/version")).text(), "ok");
      assert.deepEqual(place.seen, [`/version Bearer ${SECRET}-of-the-pod`]);
    }));
}

Deno.test("connect() in a pod with a kubectl that has no kubeconfig takes the account only if direct is asked for", () =>
  play(() => ({ clusters: null, contexts: null }), async (place) => {
    await using direct = (await link(place, "direct")).transport;
    assert.equal(direct.kind, "direct");
    await using raw = (await link(place, "raw")).transport;
    assert.equal(raw.kind, "raw");
  }));

for (
  const [what, transport, kubectl, variables] of [
    ["--transport proxy", "proxy", ["kubectl"], {}],
    ["--kubectl", "auto", ["oc"], {}],
    ["KUBECONFIG", "auto", ["kubectl"], { KUBECONFIG: "/some/file" }],
  ] as const
) {
  Deno.test(`connect() in a pod takes no account where ${what} asks for a kubectl that is not there`, () =>
    play(null, async (place) => {
      await assert.rejects(link(place, transport, kubectl), (error) => {
        assert.ok(error instanceof ClusterError);
        assert.match(error.message, /^Cannot run \w+ as there is no such program/);
        return true;
      });
    }, variables));
}

Deno.test("connect() says which token file cannot be read", () =>
  play(kubeconfig({ tokenFile: "/nonexistent/token" }), async (place) => {
    await assert.rejects(link(place, "direct"), (error) => {
      assert.ok(error instanceof ClusterError);
      assert.match(error.message, /^Cannot log in .*\/nonexistent\/token/);
      return true;
    });
  }));
