// What a place in a Pod means for a value put there: whether the API takes only a string, and whether the kubelet
// expands `$(NAME)`. A path has `*` for a place in a list.

export type Path = readonly string[];

const STRING_MAPS = new Set([
  "labels",
  "annotations",
  "nodeSelector",
  "matchLabels",
  "volumeAttributes",
  "options",
]);
const STRING_LISTS = new Set(
  ("args command values nameservers searches hostnames accessModes mountOptions drop add finalizers matchLabelKeys " +
    "mismatchLabelKeys namespaces monitors wwids targetWWNs").split(" "),
);
const STRING_KEYS = new Set(
  ("apiVersion kind name generateName namespace image imagePullPolicy value workingDir restartPolicy serviceAccountName " +
    "serviceAccount nodeName hostname subdomain schedulerName priorityClassName runtimeClassName preemptionPolicy " +
    "dnsPolicy mountPath subPath subPathExpr mountPropagation devicePath path key operator effect claimName secretName " +
    "medium server fieldPath resource containerName terminationMessagePath terminationMessagePolicy topologyKey " +
    "whenUnsatisfiable type localhostProfile fsType driver volumeName storageClassName volumeMode user role level host " +
    "hostIP ip protocol scheme service prefix procMount conditionType resourceClaimName resourceClaimTemplateName audience " +
    "signerName reference pullPolicy repository revision directory stopSignal supplementalGroupsPolicy fsGroupChangePolicy")
    .split(" "),
);

/** Whether only a string will do there. Anywhere else a plain number is a number. */
export function takesString(path: Path): boolean {
  const last = path.at(-1) ?? "";
  const parent = path.at(-2) ?? "";
  if (last === "*") return STRING_LISTS.has(parent) && path.at(-3) !== "exitCodes";
  return STRING_MAPS.has(parent) || STRING_KEYS.has(last);
}

/**
 * Whether the kubelet replaces `$(NAME)` and `$$` there: command, args, env values, commands of probes (not of lifecycle
 * hooks) and subPathExpr of any container (kubernetes pkg/kubelet/container/helpers.go, prober/prober.go).
 */
export function isKubeletExpanded(path: Path): boolean {
  const [spec, group, , field, ...rest] = path;
  if (spec !== "spec" || (group !== "containers" && group !== "initContainers")) return false;
  if (field === "command" || field === "args") return rest.length === 1;
  if (field === "env") return rest.join(".") === "*.value";
  if (field === "volumeMounts") return rest.join(".") === "*.subPathExpr";
  return (field ?? "").endsWith("Probe") && rest.join(".") === "exec.command.*";
}
