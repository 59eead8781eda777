// An admission webhook for the pods of one namespace, played by the test: the API server asks it on loopback.

import { makeAuthority } from "../../lib/cluster/transport/test_certificates.ts";
import { kubectl } from "./cluster.ts";
import type { Namespace } from "./namespace.ts";

/** What a webhook is asked about a pod. */
export interface Admission {
  readonly operation: "CREATE" | "DELETE";
  readonly name: string;
}

/** A denial, with the status code and reason that it likes. */
export interface Denial {
  readonly code: number;
  readonly reason?: string;
  readonly message: string;
}

/** Asks `judge` of each pod that is created or deleted in the namespace, until it is disposed of; null admits it. */
export async function webhook(
  space: Namespace,
  judge: (admission: Admission) => Denial | null,
): Promise<AsyncDisposable> {
  const authority = await makeAuthority();
  const { cert, key } = await authority.sign("webhook", ["127.0.0.1"]);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} },
    async (request) => {
      const { apiVersion, kind, request: { uid, operation, name } } = await request.json();
      const denial = judge({ operation, name });
      const response = denial === null ? { uid, allowed: true } : { uid, allowed: false, status: denial };
      return Response.json({ apiVersion, kind, response });
    },
  );
  await space.apply(`
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: ${space.name}}
webhooks:
- name: judge.qupods.dev
  clientConfig: {url: "https://127.0.0.1:${server.addr.port}/", caBundle: ${btoa(authority.cert)}}
  rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, DELETE], resources: [pods]}]
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: ${space.name}}}
  admissionReviewVersions: [v1]
  sideEffects: None
  timeoutSeconds: 5
`);
  return {
    async [Symbol.asyncDispose]() {
      await kubectl("delete", "validatingwebhookconfiguration", space.name);
      await server.shutdown();
    },
  };
}
