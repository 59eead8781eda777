// Whether the cluster answers and permits what a run needs, before anything is created.

import { slept, systemClock } from "../clock.ts";
import { ClusterError } from "../errors.ts";
import { isClosed, readKind, readStatus, retryAfter } from "./answer.ts";
import { type Answer, type Transport, TransportError } from "./transport/transport.ts";

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

const LIMIT_MILLISECONDS = 8_000;
/** This thread may have been at work for as long: answers that came meanwhile are looked at before it is given up. */
const LOOK_MILLISECONDS = 100;

/** A pause before what was too much for the server is asked again, where it says none. */
const BUSY_MILLISECONDS = 1_000;

/** The server answers, and is too busy to. */
class BusyError extends TransportError {}

/** Something else than an API server has answered: a mistyped address, a portal. */
class NoServerError extends TransportError {
  constructor(status: number) {
    super(`HTTP ${status} that is no answer of an API server`);
  }
}

/** Which namespace of which cluster. */
export interface Place {
  readonly namespace: string;
  /** Empty inside a cluster. */
  readonly context: string;
  /** The command that asks this cluster, whichever is the current one: for the words on what to type. */
  readonly kubectl: string;
}

/** @throws {ClusterError} naming what is missing and the Role that grants it */
export async function checkAccess(
  transport: Transport,
  place: Place,
  purpose: Purpose = "run",
): Promise<void> {
  const { namespace, context, kubectl } = place;
  const late = new AbortController();
  let timer = setTimeout(() => {
    timer = setTimeout(() => late.abort(), LOOK_MILLISECONDS);
  }, LIMIT_MILLISECONDS);
  const { signal } = late;
  const where = context === "" ? "the cluster" : `context ${context}`;
  const rights = purpose === "run" ? RIGHTS : RIGHTS.filter(([verb]) => verb !== "create");
  let answers: (string | null)[];
  try {
    const seeking = purpose === "run"
      ? seekNamespace(transport, place, where, signal)
      : seekPods(transport, place, signal);
    seeking.catch(() => {}); // awaited below, unless a review fails before
    const reviews = await Promise.all(
      rights.map(([verb, part]) => review(transport, place, verb, part, signal)),
    );
    answers = [await seeking, ...reviews];
  } catch (error) {
    if (error instanceof ClusterError) throw error;
    const why = signal.aborted && !(error instanceof BusyError)
      ? `no answer within ${LIMIT_MILLISECONDS / 1000} s`
      : error instanceof Error
      ? error.message
      : String(error);
    throw new ClusterError(`Cannot reach ${where}: ${why}\nTry ${kubectl} get pods -n ${namespace}`);
  } finally {
    clearTimeout(timer);
  }
  const missing = new Set(answers.filter((right) => right !== null));
  if (missing.size > 0) throw new ClusterError(missingText([...missing], place, where));
}

/**
 * Reviews permit what they like in a namespace that is not there, and a list of it is empty: only a create says 404.
 * Gives the missing right where the create is refused for want of it.
 *
 * @throws {NoServerError}
 */
async function seekNamespace(
  transport: Transport,
  { namespace, kubectl }: Place,
  where: string,
  signal: AbortSignal,
): Promise<string | null> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?dryRun=All`;
  const body = JSON.stringify({
    kind: "Pod",
    apiVersion: "v1",
    metadata: { name: "qupods-preflight" },
    spec: { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] },
  });
  let answer: Answer;
  try {
    answer = await transport.fetch(path, { method: "POST", body, signal });
  } catch (error) {
    // a slow webhook of somebody's: the reviews tell whether the server answers at all
    if (error instanceof TransportError) return null;
    throw error;
  }
  const { isStatus, reason, message } = await readStatus(answer);
  if (answer.ok) return null;
  if (!isClosed(answer.status, message)) {
    knowServer(answer.status, isStatus);
    return null;
  }
  if (answer.status === 403 && !/being terminated/.test(message)) return "create pods";
  const state = answer.status === 404 ? "it does not exist" : "it is being deleted";
  throw new ClusterError(
    `Cannot run pods in namespace ${namespace} of ${where} as ${state}: ${message || reason}\n` +
      `Type ${kubectl} create namespace ${namespace}, or choose another with -n`,
  );
}

/** The same for what creates nothing: whether an API server is there at all. */
async function seekPods(transport: Transport, { namespace }: Place, signal: AbortSignal): Promise<null> {
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods?limit=1`;
  const answer = await transport.fetch(path, { signal });
  const { isStatus } = await readStatus(answer);
  if (!answer.ok) knowServer(answer.status, isStatus);
  return null;
}

/**
 * Of pods in a namespace that is there an API server says no 404, and no refusal without a Status; only where it is too busy,
 * or something in between cannot reach it, is there none.
 *
 * @throws {NoServerError}
 */
function knowServer(status: number, isStatus: boolean): void {
  const mayBe = status === 429 || status >= 500 || (isStatus && status !== 404);
  if (!mayBe) throw new NoServerError(status);
}

/** Null if permitted, else the right in words. */
async function review(
  transport: Transport,
  { namespace, kubectl }: Place,
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
  let answer = await transport.fetch(path, { method: "POST", body, signal });
  while (answer.status === 429 && !signal.aborted) {
    // too much for a moment, mostly of somebody else's: it says when to come again
    const pause = retryAfter(answer) ?? BUSY_MILLISECONDS;
    const { reason, message } = await readStatus(answer);
    if (pause > LIMIT_MILLISECONDS || !(await slept(systemClock, pause, signal))) {
      throw new BusyError(`${reason}: ${message}`);
    }
    answer = await transport.fetch(path, { method: "POST", body, signal });
  }
  if (answer.status === 201 || answer.status === 200) {
    const value = await readKind(answer, "SelfSubjectAccessReview");
    // a page of a portal in between says nothing about rights
    if (value === null) throw new NoServerError(answer.status);
    const { allowed } = (value.status ?? {}) as { readonly allowed?: unknown };
    return allowed === true ? null : `${verb} pods${subresource === "" ? "" : `/${subresource}`}`;
  }
  const { reason, message } = await readStatus(answer);
  if (answer.status === 401) {
    throw new ClusterError(
      `Cannot log in: ${message || reason}\nRenew your login, then try ${kubectl} get pods -n ${namespace}`,
    );
  }
  // a cluster may hide reviews from its users: then the requests themselves will tell
  if (answer.status === 403 || answer.status === 404) return null;
  throw new TransportError(`${reason}: ${message}`);
}

function missingText(missing: readonly string[], { namespace, kubectl }: Place, where: string): string {
  const isAll = missing.length === RIGHTS.length;
  return `Cannot run pods in namespace ${namespace} of ${where} as these rights are missing: ${
    missing.join(", ")
  }
${
    isAll
      ? "If that is not the namespace you meant (or it does not exist), choose another with -n; else a"
      : "A"
  }sk for this Role and its RoleBinding (YOUR-USER is what ${kubectl} auth whoami prints):
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
An administrator saves it as qupods-role.yaml and types: ${kubectl} apply -f qupods-role.yaml`;
}
