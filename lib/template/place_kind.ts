// What the API takes at a place of a Pod, as far as it is the same for all versions, and what is wrong with a value there. What
// is not known here is the server's to judge.

import { shown } from "./names.ts";
import { type Path, takesString } from "./positions.ts";

/** `open`: anything, as far as is known here. */
export type PlaceKind = "open" | "text" | "label" | "image" | "quantity" | "integer" | "boolean";

/** A value as it would be sent. */
export interface PlaceValue {
  readonly text: string;
  /** Sent as JSON number or boolean. */
  readonly isTyped: boolean;
}

const LABELS = new Set(["labels", "nodeSelector", "matchLabels"]);
const QUANTITIES = new Set(["limits", "requests", "overhead"]);
const INTEGERS = new Set(
  ("activeDeadlineSeconds terminationGracePeriodSeconds priority tolerationSeconds runAsUser runAsGroup fsGroup " +
    "containerPort hostPort initialDelaySeconds periodSeconds timeoutSeconds successThreshold failureThreshold " +
    "defaultMode mode weight maxSkew expirationSeconds").split(" "),
);
const BOOLEANS = new Set(
  ("tty stdin stdinOnce hostNetwork hostPID hostIPC hostUsers shareProcessNamespace automountServiceAccountToken " +
    "enableServiceLinks setHostnameAsFQDN privileged readOnlyRootFilesystem allowPrivilegeEscalation runAsNonRoot readOnly " +
    "optional").split(" "),
);
const LABEL_VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
/** k8s.io/apimachinery/pkg/api/resource: a number, then a suffix or an exponent. */
const QUANTITY = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+|[KMGTPE]i|[numkMGTPE])?$/;

/** What may stand at a path. */
export function placeKind(path: Path): PlaceKind {
  const [top] = path;
  const last = path.at(-1) ?? "";
  const parent = path.at(-2) ?? "";
  if (top !== "metadata" && top !== "spec") return "open";
  if (LABELS.has(parent)) return "label";
  if (takesString(path)) {
    return last === "image" && /^(?:initC|c)ontainers$/.test(path[1] ?? "") && path.length === 4
      ? "image"
      : "text";
  }
  if (top === "metadata") return "open";
  if (QUANTITIES.has(parent) || last === "sizeLimit") return "quantity";
  return INTEGERS.has(last) ? "integer" : BOOLEANS.has(last) ? "boolean" : "open";
}

/** What is wrong with a value, as a clause that ends with what to write; null when it will do. */
export function valueProblem(kind: PlaceKind, { text, isTyped }: PlaceValue): string | null {
  switch (kind) {
    case "open":
    case "text":
      return null;
    case "label":
      return LABEL_VALUE.test(text)
        ? null
        : `${
          shown(text)
        } is no label value, which has at most 63 letters, digits, "-", "_" and "."; write | slug, ` +
          "or make it an annotation";
    case "image":
      return /^\S+$/.test(text)
        ? null
        : `${shown(text)} is no image; write a name such as busybox:1.36, without spaces`;
    case "quantity":
      return QUANTITY.test(text)
        ? null
        : `${shown(text)} is no quantity; write a number and a unit, such as 500m, 2 or 1.5Gi`;
    case "integer":
      return isTyped && /^-?\d+$/.test(text)
        ? null
        : `${shown(text)} is no whole number, or is in quotes; write a number without quotes`;
    case "boolean":
      return isTyped && /^(?:true|false)$/.test(text)
        ? null
        : `${shown(text)} is not true or false, or is in quotes; write true or false without quotes`;
  }
}
