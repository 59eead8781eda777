// What `--local` does not do of what a pod asks for, in a line per kind. Pure.

import { borrowed, containersOf } from "./kubelet/machine.ts";
import { specOf } from "./pod_object.ts";

const IGNORED_SPEC = [
  "affinity",
  "hostNetwork",
  "imagePullSecrets",
  "nodeSelector",
  "priorityClassName",
  "runtimeClassName",
  "securityContext",
  "serviceAccountName",
  "tolerations",
  "topologySpreadConstraints",
];
const IGNORED_CONTAINER = ["lifecycle", "livenessProbe", "readinessProbe", "securityContext", "startupProbe"];

/** The lines for a pod as it is sent. */
export function localNotes(manifest: string): string[] {
  const spec = specOf(manifest);
  const containers = containersOf(spec);
  const unique = (list: readonly string[]) => [...new Set(list)].join(", ");
  const notes = [
    `--local runs commands as processes of this machine in this folder, not in their images (${
      unique(containers.map(({ image }) => image))
    })`,
  ];
  if (containers.some(({ resources }) => Object.keys(resources ?? {}).length > 0)) {
    notes.push("--local sets no limits: resources are ignored; --max-running bounds how many run at once");
  }
  const mounts = containers.flatMap(({ volumeMounts = [] }) =>
    volumeMounts.map(({ mountPath }) => mountPath)
  );
  if (mounts.length > 0) notes.push(`--local mounts no volumes: these must exist here: ${unique(mounts)}`);
  const taken = containers.flatMap(borrowed);
  if (taken.length > 0) {
    const names = unique(taken.map(({ name, source }) => `${name} (${source})`));
    notes.push(`--local takes from this shell what a cluster has elsewhere: ${names}`);
  }
  const ignored = [
    ...IGNORED_SPEC.filter((key) => isSet(spec[key])),
    ...IGNORED_CONTAINER.filter((key) => containers.some((container) => isSet(container[key]))),
  ];
  if (ignored.length > 0) notes.push(`--local ignores ${unique(ignored)}`);
  return notes;
}

function isSet(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return Object.keys(value).length > 0;
  return value !== undefined && value !== null && value !== false && value !== "";
}
