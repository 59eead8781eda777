// A priority level of API priority and fairness with few seats, for qupods' user and a stranger: made by API objects, so that
// the API server needs no flags. Each of the two has a flow schema of its own, by which the server counts their requests.
// Another stranger has a level to himself, the same in all else: what he notices is the machine's doing.

import type { Lab } from "./lab.ts";
import { run } from "./lab.ts";

/** Requests of qupods that the server let through, and that it refused with 429. */
export interface Counts {
  readonly dispatched: number;
  readonly rejected: number;
}

export interface PriorityLevel extends AsyncDisposable {
  /** Name of the user that shares the level with qupods, and of the one that has another to himself; both may list pods. */
  readonly stranger: string;
  readonly apart: string;
  /** Seats that the server has given to the level. */
  readonly seats: number;
  /** Since the API server's start. */
  counts(): Promise<Counts>;
}

const NAME = "bench-overload";
const STRANGER = "bench-stranger";
const APART = "bench-apart";
/** Of the default levels' 245, so that a stock server's 600 seats leave four or five to this one. */
const SHARES = 2;

/** Makes the level; whoever disposes of it takes all of it away. */
export async function makePriorityLevel(lab: Lab): Promise<PriorityLevel> {
  const user = (await run("kubectl", [
    ...["--context", lab.context, "auth", "whoami", "-o", "jsonpath={.status.userInfo.username}"],
  ])).trim();
  const objects = [
    ...[level(NAME), level(APART)],
    ...[schema("ours", user, NAME), schema("stranger", STRANGER, NAME), schema("apart", APART, APART)],
    ...rights(lab.namespace),
  ];
  const remove = () =>
    lab.admin(
      "delete",
      "--ignore-not-found",
      ...objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
    );
  await remove();
  const path = await lab.folder();
  await Deno.writeTextFile(
    `${path}/level.json`,
    JSON.stringify({ kind: "List", apiVersion: "v1", items: objects }),
  );
  await lab.admin("create", "-f", `${path}/level.json`);
  const metrics = async (name: string, of: string) => {
    const labels = new RegExp(`^apiserver_flowcontrol_${name}\\{.*"${NAME}${of}".*\\} (\\S+)$`, "gm");
    const text = await lab.admin("get", "--raw", "/metrics");
    return [...text.matchAll(labels)].reduce((sum, [, value]) => sum + Number(value), 0);
  };
  let seats = 0;
  for (let tries = 0; seats === 0 && tries < 50; tries++) {
    seats = await metrics("nominal_limit_seats", "");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return {
    stranger: STRANGER,
    apart: APART,
    seats,
    async counts() {
      return {
        dispatched: await metrics("dispatched_requests_total", "-ours"),
        rejected: await metrics("rejected_requests_total", "-ours"),
      };
    },
    async [Symbol.asyncDispose]() {
      await remove();
    },
  };
}

interface Named {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** Seats that nobody lends to it or takes from it, and queues as short as to be full at once. */
function level(name: string): Named & { readonly spec: unknown } {
  const queuing = { queues: 16, handSize: 4, queueLengthLimit: 2 };
  const limited = {
    nominalConcurrencyShares: SHARES,
    lendablePercent: 0,
    borrowingLimitPercent: 0,
    limitResponse: { type: "Queue", queuing },
  };
  return {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "PriorityLevelConfiguration",
    metadata: { name },
    spec: { type: "Limited", limited },
  };
}

function schema(of: string, user: string, level: string): Named & { readonly spec: unknown } {
  const all = { verbs: ["*"], apiGroups: ["*"], resources: ["*"], clusterScope: true, namespaces: ["*"] };
  return {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    kind: "FlowSchema",
    metadata: { name: `${NAME}-${of}` },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence: 500,
      distinguisherMethod: { type: "ByUser" },
      rules: [{ subjects: [{ kind: "User", user: { name: user } }], resourceRules: [all] }],
    },
  };
}

function rights(namespace: string): (Named & { readonly [key: string]: unknown })[] {
  const apiVersion = "rbac.authorization.k8s.io/v1";
  const metadata = { name: STRANGER, namespace };
  return [
    {
      apiVersion,
      kind: "Role",
      metadata,
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["list"] }],
    },
    {
      apiVersion,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: STRANGER },
      subjects: [STRANGER, APART].map((name) => ({
        apiGroup: "rbac.authorization.k8s.io",
        kind: "User",
        name,
      })),
    },
  ];
}
