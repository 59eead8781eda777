// The door of the template room: template text in, pod manifests out. Pure: knows nothing of files, clusters or where
// items come from.

import { createHash } from "node:crypto";
import type { Item } from "../items/item.ts";
import {
  ATTEMPT_ANNOTATION,
  CONTAINERS_ANNOTATION,
  HASH_ANNOTATION,
  INDEX_ANNOTATION,
  RUN_LABEL,
} from "../marks.ts";
import { at, checkPod, literal } from "./check_pod.ts";
import { holeText, parseTree, type Tree } from "./compile.ts";
import { findExpressions, type Scope } from "./expression.ts";
import { nameProblem } from "./names.ts";
import { rawJson } from "./raw_json.ts";

/** What is added to a rendered pod besides the item's own values. */
export interface Stamp {
  /** Run id, for the label and `.Run`. */
  readonly run: string;
  /** Attempt, from 1, for the annotation and `.Attempt`. */
  readonly attempt: number;
  /** Namespace written into the manifest. */
  readonly namespace: string;
  /** False under `--no-env`: no `QUPODS_*` variables. */
  readonly hasEnv: boolean;
  /** `--timeout`: `activeDeadlineSeconds` where the template has none. */
  readonly timeoutSeconds: number | null;
}

/** A template, parsed once and compiled into parts. */
export interface Template {
  /** `metadata.namespace` as the template has it, if it does. */
  readonly namespace: string | null;
  /** Lint warnings, each one line with file and line. */
  readonly warnings: readonly string[];
  /** The pod's name for this item. */
  name(item: Item): string;
  /** Hex SHA-256 of the pod as rendered before anything of ours is added, Attempt and Run blank. */
  hash(item: Item): string;
  /** The pod as sent to the API server, as one JSON text. */
  manifest(item: Item, stamp: Stamp): string;
  /** What is wrong with this item in this template (missing key, type, illegal value), each one line; normally empty. */
  problems(item: Item, stamp: Stamp): string[];
}

/** How a template is read. */
export interface CompileOptions {
  /** File name, for messages. */
  readonly file: string;
  /** Marks by `--delims`; null: both `{{ }}` and `<< >>`. */
  readonly delims: readonly [string, string] | null;
  /** Fields that every item has; null where items may differ. */
  readonly columns: readonly string[] | null;
}

/** Parses and compiles a template. @throws {UsageError} with file and line of every problem */
export function compileTemplate(text: string, options: CompileOptions): Template {
  const found = findExpressions(text, options);
  const root = checkPod(parseTree(text, found, options.file), options.file);
  const nameTree = at(root, "metadata", "name");
  const nameParts = nameTree?.kind === "hole" ? nameTree.parts : [];
  const warnings = lint(root, options.file);
  const scopeOf = (item: Item, run: string, attempt: number | null): Scope => {
    const scope: Scope = {
      item,
      run,
      attempt,
      name: () => holeText(nameParts, { ...scope, attempt: null }, false),
    };
    return scope;
  };
  const name = (item: Item) => holeText(nameParts, scopeOf(item, "", null), false);
  const hash = (item: Item) =>
    createHash("sha256").update(JSON.stringify(render(root, [], scopeOf(item, "", null)))).digest("hex");
  const manifest = (item: Item, stamp: Stamp) => {
    const pod = render(root, [], scopeOf(item, stamp.run, stamp.attempt)) as PodObject;
    return JSON.stringify(addMarks(pod, item, stamp, hash(item)));
  };
  return {
    namespace: literal(at(root, "metadata", "namespace")),
    warnings,
    name,
    hash,
    manifest,
    problems(item, stamp) {
      try {
        const podName = name(item);
        const problem = nameProblem(podName, stamp.namespace);
        if (problem !== null) {
          return [`${item.origin}: ${problem}; write {{.Item | slug}} or {{.Index}} in metadata.name`];
        }
        const size = manifest(item, stamp).length;
        return size > 1_000_000
          ? [
            `${item.origin}: the pod has ${size} bytes, the API server takes about 1 MiB; pass a file name instead`,
          ]
          : [];
      } catch (error) {
        if (error instanceof RangeError) return [`${item.origin}: ${error.message}`];
        throw error;
      }
    },
  };
}

interface PodObject {
  metadata: { name: string; namespace?: string; labels?: Fields; annotations?: Fields };
  spec: {
    restartPolicy?: string;
    activeDeadlineSeconds?: unknown;
    containers: Container[];
    initContainers?: Container[];
  };
}
interface Container {
  name: string;
  env?: unknown[];
}
type Fields = { [key: string]: unknown };

/** The tree with an item's values in it. `path` has `*` for places in a list. */
function render(tree: Tree, path: readonly string[], scope: Scope): unknown {
  switch (tree.kind) {
    case "literal":
      return tree.value;
    case "list":
      return tree.items.map((item) => render(item, [...path, "*"], scope));
    case "map":
      return Object.fromEntries(
        tree.entries.map(([key, value]) => [key, render(value, [...path, key], scope)]),
      );
    case "hole": {
      const first = tree.parts[0];
      if (!tree.isWhole || first === undefined || typeof first === "string") {
        return holeText(tree.parts, scope, isKubeletText(path));
      }
      const { text, json } = first.value(scope);
      const isString = takesString(path);
      if (json !== undefined && !json.startsWith('"')) {
        if (isString) {
          throw new RangeError(
            `${path.join(".")} takes a string and ${first.source} is ${json}; write "${first.source}"`,
          );
        }
        return /^[[{]/.test(json) ? JSON.parse(json) : rawJson(json);
      }
      if (isString) return isKubeletText(path) ? text.replaceAll("$", "$$$$") : text;
      return /^(-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?|true|false)$/.test(text) ? rawJson(text) : text;
    }
  }
}

/** Places of a Pod that hold strings whatever stands there; elsewhere a plain number is a number. */
function takesString(path: readonly string[]): boolean {
  const last = path.at(-1) ?? "";
  const parent = path.at(-2) ?? "";
  if (last === "*") {
    return ["args", "command", "values", "nameservers", "searches", "drop", "add"].includes(parent);
  }
  return ["labels", "annotations", "nodeSelector", "matchLabels"].includes(parent) || STRING_KEYS.has(last);
}

const STRING_KEYS = new Set(
  ("name namespace image value workingDir imagePullPolicy restartPolicy serviceAccountName nodeName hostname subdomain mountPath " +
    "subPath path key operator effect schedulerName priorityClassName runtimeClassName claimName secretName medium server fieldPath")
    .split(" "),
);

/** Where the kubelet replaces `$(NAME)` and `$$`. */
function isKubeletText(path: readonly string[]): boolean {
  const parent = path.at(-2);
  return (path.at(-1) === "*" && (parent === "args" || parent === "command")) ||
    (path.at(-1) === "value" && path.at(-3) === "env");
}

function addMarks(pod: PodObject, item: Item, stamp: Stamp, hash: string): PodObject {
  const { metadata, spec } = pod;
  metadata.namespace = stamp.namespace;
  metadata.labels = { ...metadata.labels, [RUN_LABEL]: stamp.run };
  metadata.annotations = {
    ...metadata.annotations,
    [INDEX_ANNOTATION]: String(item.index),
    [ATTEMPT_ANNOTATION]: String(stamp.attempt),
    [HASH_ANNOTATION]: hash,
    [CONTAINERS_ANNOTATION]: spec.containers.map((container) => container.name).join(","),
  };
  spec.restartPolicy = "Never";
  if (stamp.timeoutSeconds !== null) spec.activeDeadlineSeconds ??= Math.ceil(stamp.timeoutSeconds);
  if (!stamp.hasEnv) return pod;
  const variables = environment(item, stamp);
  for (const container of [...spec.containers, ...(spec.initContainers ?? [])]) {
    container.env = [...variables, ...(container.env ?? [])];
  }
  return pod;
}

function environment(item: Item, stamp: Stamp): { name: string; value: string }[] {
  const pairs: [string, string][] = [
    ["ITEM", item.value.text],
    ["INDEX", String(item.index)],
    ["ATTEMPT", String(stamp.attempt)],
    ["RUN", stamp.run],
  ];
  const taken = new Map<string, string>();
  for (const [key, { text }] of item.fields) {
    const variable = `VALUE_${key.toUpperCase().replace(/[^A-Z0-9]+/g, "_")}`;
    const other = taken.get(variable);
    if (other !== undefined) {
      throw new RangeError(
        `fields "${other}" and "${key}" would both be QUPODS_${variable}; rename one, or use --no-env`,
      );
    }
    taken.set(variable, key);
    pairs.push([variable, text]);
  }
  return pairs.map(([name, value]) => ({ name: `QUPODS_${name}`, value: value.replaceAll("$", "$$$$") }));
}

/** A placeholder inside a shell's script is code: the item could end the quotes round it. */
function lint(root: Tree, file: string): string[] {
  const warnings: string[] = [];
  const containers = at(root, "spec", "containers");
  for (const container of containers?.kind === "list" ? containers.items : []) {
    const words = ["command", "args"].flatMap((key) => {
      const list = at(container, key);
      return list?.kind === "list" ? list.items : [];
    });
    if (!/(^|\/)(ba|da|a|z)?sh$/.test(literal(words[0]) ?? "")) continue;
    for (const word of words) {
      if (word.kind !== "hole") continue;
      const bare = word.parts.find((part) => typeof part !== "string" && !part.hasShquote);
      if (bare !== undefined && typeof bare !== "string") {
        warnings.push(
          `${file}:${bare.line}: ${bare.source} stands in a shell script: an item with quotes or $ would be run as code; ` +
            `use "$QUPODS_ITEM", or | shquote`,
        );
      }
    }
  }
  return warnings;
}
