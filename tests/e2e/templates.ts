// Pods for the end-to-end tests: light ones, and shell scripts on a real node.

import { hasHollow } from "./cluster.ts";

/** How a light pod lives. */
export interface Light {
  /** Of the pod; `MARK` stands for the folder's mark. @default {"MARK-{{.Item}}"} */
  readonly name?: string;
  readonly runSeconds?: number | string;
  /** From its node to its start; heeded by hollow nodes alone. */
  readonly startSeconds?: number | string;
  readonly exitCode?: number | string;
  /** More lines of the spec, two spaces deep. */
  readonly spec?: string;
}

/** A template whose pods cost little: hollow ones where there are hollow nodes, else a busybox that sleeps. */
export function light(
  { name = "MARK-{{.Item}}", runSeconds = 0, startSeconds = 0, exitCode = 0, spec = "" }: Light = {},
): string {
  const head = `apiVersion: v1\nkind: Pod\nmetadata:\n  name: "${name}"\n  labels: {e2e: MARK}\n`;
  const body = hasHollow
    ? `  annotations: {hollow/run: "${runSeconds}s", hollow/start: "${startSeconds}s", hollow/exit-code: "${exitCode}"}\nspec:\n` +
      `  nodeSelector: {qupods.dev/node: hollow}\n  tolerations: [{key: qupods.dev/hollow, operator: Exists}]\n` +
      `  containers: [{name: main, image: "busybox:1.36", command: ["true"]}]\n`
    : `spec:\n  containers:\n  - name: main\n    image: busybox:1.36\n` +
      `    command: [sh, -c, "sleep ${runSeconds}; exit ${exitCode}"]\n    resources: {requests: {cpu: 1m}}\n`;
  return `${head}${body}  terminationGracePeriodSeconds: 1\n${spec}`;
}

/** A template with a shell script on a real node. */
export function scriptPod(script: string, spec = "", name = "MARK-{{.Item}}"): string {
  const lines = script.trim().split("\n").map((line) => `      ${line}`).join("\n");
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: "${name}"\n  labels: {e2e: MARK}\nspec:\n` +
    `  terminationGracePeriodSeconds: 1\n  containers:\n  - name: main\n    image: busybox:1.36\n` +
    `    command:\n    - sh\n    - -c\n    - |\n${lines}\n${spec}`;
}
