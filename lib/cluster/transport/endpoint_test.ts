import assert from "node:assert/strict";
import { UsageError } from "../../errors.ts";
import type { Section } from "../kube_config.ts";
import { endpointAt, endpointOf } from "./endpoint.ts";

const PEM = (text: string) => btoa(`-----BEGIN ${text}-----\nsecret\n-----END ${text}-----\n`);

function configOf(user: Section, cluster: Section = {}, server = "https://a.example:6443") {
  return { server, namespace: "n", context: "prod", cluster: { server, ...cluster }, user };
}

for (
  const [server, expected] of [
    ["https://10.0.0.1:6443", ["10.0.0.1", 6443, ""]],
    ["https://a.example", ["a.example", 443, ""]],
    ["https://[fd00::1]:6443", ["fd00::1", 6443, ""]],
    ["https://rancher.example/k8s/clusters/c-xyz/", ["rancher.example", 443, "/k8s/clusters/c-xyz"]],
    ["http://localhost:8080", ["localhost", 8080, ""]],
  ] as const
) {
  Deno.test(`endpointAt() takes ${server} apart`, () => {
    const { hostname, port, basePath, isTls } = endpointAt(server, { authority: null });
    assert.deepEqual([hostname, port, basePath], expected);
    assert.equal(isTls, server.startsWith("https:"));
  });
}

for (const server of ["", "a.example:6443", "unix:///x", "https://"]) {
  Deno.test(`endpointAt() refuses ${JSON.stringify(server)}`, () =>
    assert.throws(() => endpointAt(server, { authority: null }), UsageError));
}

Deno.test("endpointOf() takes authority, certificate, key and the name to be certified", () => {
  const pair = { "client-certificate-data": PEM("CERTIFICATE"), "client-key-data": PEM("EC PRIVATE KEY") };
  const { endpoint, token } = endpointOf(
    configOf(pair, { "certificate-authority-data": PEM("CERTIFICATE") }),
  );
  assert.match(endpoint.authority ?? "", /^-----BEGIN CERTIFICATE/);
  assert.match(endpoint.certificate?.key ?? "", /^-----BEGIN EC PRIVATE KEY/);
  assert.equal(token, null);
  const named = endpointOf(configOf({ token: "t" }, { "tls-server-name": "kube.example" }));
  assert.equal(named.endpoint.certificateName, "kube.example");
  assert.equal(named.endpoint.authority, null);
});

Deno.test("endpointOf() prefers a token's file to the token, as kubectl does", () => {
  assert.deepEqual(endpointOf(configOf({ token: "t" })).token, { token: "t" });
  assert.deepEqual(endpointOf(configOf({ token: "t", tokenFile: "/t" })).token, { file: "/t" });
});

const CERTIFIED = { "client-certificate-data": PEM("CERTIFICATE"), "client-key-data": PEM("PRIVATE KEY") };

for (
  const [user, cluster, words] of [
    [{ exec: { command: "aws", args: ["secret"] } }, {}, "logs in by a program (exec)"],
    [
      { "auth-provider": { name: "oidc", config: { x: "secret" } } },
      {},
      "logs in by a plugin of kubectl (auth-provider)",
    ],
    [{ username: "u", password: "secret" }, {}, "logs in by a password"],
    [{ token: "secret", as: "root" }, {}, "acts as another one (as)"],
    [{ token: "secret", "as-groups": ["g"] }, {}, "acts as another one (as)"],
    [{ token: "secret" }, { "proxy-url": "http://u:secret@p" }, "is reached through a proxy (proxy-url)"],
    [
      { token: "secret" },
      { "insecure-skip-tls-verify": true },
      "certificate is not to be looked at (insecure-skip-tls-verify)",
    ],
    [{ "client-certificate-data": PEM("CERTIFICATE") }, {}, "there is only one"],
    [{ ...CERTIFIED, "client-key-data": PEM("ENCRYPTED PRIVATE KEY") }, {}, "its client key is encrypted"],
    [CERTIFIED, { "tls-server-name": "x" }, "has both a client certificate and a tls-server-name"],
    [{ ...CERTIFIED, "client-key-data": "sec%ret" }, {}, "client-key-data of the kubeconfig is not base64"],
    [{ ...CERTIFIED, "client-key-data": btoa("secret") }, {}, "client-key-data of the kubeconfig is not PEM"],
  ] as [Section, Section, string][]
) {
  Deno.test(`endpointOf() refuses what ${words}, names the default transport, and shows no secret`, () =>
    assert.throws(() => endpointOf(configOf(user, cluster)), (error) => {
      assert.ok(error instanceof UsageError);
      assert.ok(error.message.includes(words), error.message);
      assert.match(error.message, /^Cannot connect to context prod .*leave --transport out/s);
      assert.doesNotMatch(error.message, /sec(%)?ret|c2VjcmV0/);
      return true;
    }));
}
