// Fields of a Pod whose mistyping is noticed without a server. A field that is not known here may be a newer one: it is only
// spoken of when it is near to a known one. The server's strict validation has the last word.

import { nearest } from "./names.ts";
import { type Faults, type MapNode, member, type Node } from "./node.ts";

const POD = words("apiVersion kind metadata spec");
const METADATA = words("annotations labels name namespace");
const SPEC = words(
  "activeDeadlineSeconds affinity automountServiceAccountToken containers dnsConfig dnsPolicy enableServiceLinks " +
    "hostAliases hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets initContainers nodeName " +
    "nodeSelector os overhead preemptionPolicy priority priorityClassName readinessGates resourceClaims resources " +
    "restartPolicy runtimeClassName schedulerName schedulingGates securityContext serviceAccount serviceAccountName " +
    "setHostnameAsFQDN shareProcessNamespace subdomain terminationGracePeriodSeconds tolerations " +
    "topologySpreadConstraints volumes workloadRef schedulingGroup",
);
const CONTAINER = words(
  "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports readinessProbe resizePolicy " +
    "resources restartPolicy restartPolicyRules securityContext startupProbe stdin stdinOnce terminationMessagePath " +
    "terminationMessagePolicy tty volumeDevices volumeMounts workingDir",
);
const RESOURCES = words("limits requests claims");

/** One line per field that looks like a known one mistyped. */
export function lintFields(pod: MapNode, faults: Faults): string[] {
  const warnings: string[] = [];
  const look = (node: Node | undefined, known: readonly string[]): void => {
    if (node?.kind !== "map") return;
    for (const [key, value] of node.entries) {
      if (known.includes(key)) continue;
      const near = nearest(key, known);
      if (near !== null && !node.entries.has(near)) {
        warnings.push(`${faults.place(value.at)}: there is no field ${key} here; did you mean ${near}?`);
      }
    }
  };
  const spec = member(pod, "spec");
  look(pod, POD);
  look(member(pod, "metadata"), METADATA);
  look(spec, SPEC);
  for (const group of ["initContainers", "containers"]) {
    const list = member(spec, group);
    for (const container of list?.kind === "list" ? list.items : []) {
      look(container, CONTAINER);
      look(member(container, "resources"), RESOURCES);
    }
  }
  return warnings;
}

function words(text: string): readonly string[] {
  return text.split(" ");
}
