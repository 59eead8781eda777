// Whether the cluster answers and permits what a run needs, before anything is created.

import { ClusterError } from "../errors.ts";
import { readJson, readStatus } from "./answer.ts";
import { type Transport, TransportError } from "./transport/transport.ts";

const RIGHTS: readonly (readonly [verb: string, subresource: string])[] = [
  ["create", ""],
  ["get", ""],
  ["list", ""],
  ["watch", ""],
  ["delete", ""],
  ["get", "log"],
];

/** What the rights are wanted for; `cancel` creates nothing. */
export type Purpose = "run" | "cancel";

const LIMIT_MILLISECONDS = 9_000;

/** @throws {ClusterError} naming what is missing and the Role that grants it */
export async function checkAccess(
  transport: Transport,
  namespace: string,
  context: string,
  purpose: Purpose = "run",
): Promise<void> {
  const signal = AbortSignal.timeout(LIMIT_MILLISECONDS);
  const where = context === "" ? "the cluster" : `context ${context}`;
  const rights = purpose === "run" ? RIGHTS : RIGHTS.filter(([verb]) => verb !== "create");
  let answers: (string | null)[];
  try {
    [answers] = await Promise.all([
      Promise.all(rights.map(([verb, part]) => review(transport, namespace, verb, part, signal))),
      purpose === "run" ? seekNamespace(transport, namespace, where, signal) : null,
    ]);
  } catch (error) {
    if (error instanceof ClusterError) throw error;
    const why = signal.aborted
      ? "no answer within 9 s"
      : error instanceof Error
      ? error.message
      : String(error);
    throw new ClusterError(`Cannot reach ${where}: ${why}\nTry kubectl get pods -n ${namespace}`);
  }
  const missing = answers.filter((right) => right !== null);
  if (missing.length > 0) throw new ClusterError(missingText(missing, namespace, where));
}

/** Reviews permit what they like in a namespace that is not there, and a list of it is empty: only a create says 404. */
async function seekNamespace(
  transport: Transport,
  namespace: string,
  where: string,
  signal: AbortSignal,
): Promise<void> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?dryRun=All`;
  const body = JSON.stringify({
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name: "qupods-preflight" },
    spec: { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] },
  });
  const answer = await transport.fetch(path, { method: "POST", body, signal });
  const { reason, message } = await readStatus(answer);
  if (answer.status === 404 && reason === "NotFound" && /^namespaces? /.test(message)) {
    throw new ClusterError(
      `Cannot run pods in namespace ${namespace} of ${where} as it does not exist: ${message}\n` +
        `Type kubectl create namespace ${namespace}, or choose another with -n`,
    );
  }
}

/** Null if permitted, else the right in words. */
async function review(
  transport: Transport,
  namespace: string,
  verb: string,
  subresource: string,
  signal: AbortSignal,
): Promise<string | null> {
  const body = JSON.stringify({
    kind: "SelfSubjectAccessReview",
    apiVersion: "authorization.k8s.io/v1",
    spec: {
      resourceAttributes: {
        namespace,
        verb,
        resource: "pods",
        ...(subresource === "" ? {} : { subresource }),
      },
    },
  });
  const path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
  const answer = await transport.fetch(path, { method: "POST", body, signal });
  if (answer.status === 201 || answer.status === 200) {
    const value = await readJson(answer) as { status?: { allowed?: boolean } } | null;
    return value?.status?.allowed === true
      ? null
      : `${verb} pods${subresource === "" ? "" : `/${subresource}`}`;
  }
  const { reason, message } = await readStatus(answer);
  if (answer.status === 401) {
    throw new ClusterError(
      `Cannot log in: ${message || reason}\nRenew your login, then try kubectl get pods -n ${namespace}`,
    );
  }
  // a cluster may hide reviews from its users: then the requests themselves will tell
  if (answer.status === 403 || answer.status === 404) return null;
  throw new TransportError(`${reason}: ${message}`);
}

function missingText(missing: readonly string[], namespace: string, where: string): string {
  return `Cannot run pods in namespace ${namespace} of ${where} as these rights are missing: ${
    missing.join(", ")
  }
Ask for this Role and its RoleBinding (YOUR-USER is what kubectl auth whoami prints):
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: qupods, namespace: ${namespace}}
rules:
- {apiGroups: [""], resources: [pods], verbs: [create, get, list, watch, delete]}
- {apiGroups: [""], resources: [pods/log], verbs: [get]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: qupods, namespace: ${namespace}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: qupods}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: YOUR-USER}
An administrator saves it as qupods-role.yaml and types: kubectl apply -f qupods-role.yaml`;
}
