// Words of the command line into a typed command. Checks of single values are in values.ts, of options against each other in
// conflicts.ts.

import { UsageError } from "../errors.ts";
import { shellWord } from "../shell_word.ts";
import { isNamespaceName, nearest } from "../template/names.ts";
import { completionScript, SHELLS } from "./completion.ts";
import { checkConflicts } from "./conflicts.ts";
import { type Flags, readFlags } from "./flags.ts";
import { helpText, USAGE } from "./help.ts";
import type { CancelCommand, ClusterOptions, Command, Source, UiOptions } from "./options.ts";
import { CANCEL_OPTIONS } from "./table.ts";
import { backoff, delims, halt, oneOf, positive, seconds, whole, words } from "./values.ts";

/** What the parser knows of the program and the machine. */
export interface Facts {
  readonly version: string;
  readonly cores: number;
}

/** As many pods in the queue are enough for any scheduler (1,000 a second at 60 ms each), and do no harm to others in it. */
const MOST_PENDING_AUTO = 64;
const VERBS = ["run", "cancel", "completion", "help", "version"];

type Get = (name: string) => string | undefined;

/** Kubernetes' limit of activeDeadlineSeconds. */
const MOST_DEADLINE_SECONDS = 2 ** 31 - 1;

/** @throws {UsageError} that says what to type instead */
export function parseCommand(args: readonly string[], facts: Facts): Command {
  const flags = readFlags(args);
  const get: Get = (name) => flags.values.get(name);
  const has = (name: string) => flags.values.has(name);
  const [verb] = flags.positionals;
  if (has("help") || verb === "help") return { verb: "print", text: helpText() };
  if (has("version") || verb === "version") {
    return { verb: "print", text: `qupods ${facts.version}` };
  }
  if (verb === "cancel") return cancelCommand(flags);
  if (verb === "completion") return { verb: "print", text: completionOf(flags) };
  const path = templatePath(flags, verb === "run" ? flags.positionals.slice(1) : flags.positionals);
  checkConflicts(flags);
  const items = source(flags);
  if (items.kind === "file" && items.path === "-" && path === "-") {
    throw new UsageError(
      "Cannot read both the list and the template from standard input; put one of them into a file",
    );
  }
  const pause = backoff(get("backoff") ?? "10s..6m");
  const maxRunning = whole("max-running", get("max-running"), has("local") ? facts.cores : Infinity);
  return {
    verb: "run",
    items: {
      source: items,
      format: get("format") === undefined
        ? null
        : oneOf("format", get("format") ?? "", ["lines", "json", "jsonl", "csv", "tsv"] as const),
      isNulSeparated: has("null"),
      range: get("range") ?? null,
      sample: get("sample") === undefined ? null : whole("sample", get("sample"), 10, 1),
    },
    template: {
      path,
      delims: get("delims") === undefined ? null : delims(get("delims") ?? ""),
      hasEnv: !has("no-env"),
    },
    cluster: clusterOptions(get),
    schedule: {
      isPendingAuto: get("max-pending") === "auto",
      maxPending: get("max-pending") === "auto"
        ? MOST_PENDING_AUTO
        : whole("max-pending", get("max-pending"), 3, 1),
      maxRunning: maxRunning === 0 ? Infinity : maxRunning,
      rate: get("rate") === undefined ? Infinity : positive("rate", get("rate") ?? ""),
      delaySeconds: seconds("delay", get("delay") ?? "0"),
      retries: whole("retries", get("retries"), 0),
      infraRetries: whole("infra-retries", get("infra-retries"), 5),
      backoffSeconds: pause.first,
      backoffCapSeconds: pause.most,
      timeoutSeconds: get("timeout") === undefined
        ? null
        : seconds("timeout", get("timeout") ?? "", 1, MOST_DEADLINE_SECONDS),
      pendingTimeoutSeconds: get("pending-timeout") === undefined
        ? null
        : seconds("pending-timeout", get("pending-timeout") ?? "", 1),
      nodeLostTimeoutSeconds: get("node-lost-timeout") === undefined
        ? null
        : seconds("node-lost-timeout", get("node-lost-timeout") ?? "", 1),
      halt: halt(get("halt") ?? "never"),
      isNoWait: has("nowait"),
      keep: oneOf("keep", get("keep") ?? "none", ["none", "failed", "all"]),
    },
    results: {
      logdir: get("logdir") ?? "QUJOBS",
      again: has("rerun") ? "all" : has("retry-failed") ? "failed" : "none",
      changed: has("rerun-changed") ? "rerun" : has("keep-changed") ? "keep" : null,
    },
    ui: uiOptions(has),
    dryRun: has("dry-run")
      ? oneOf("dry-run", get("dry-run") || "client", ["none", "client", "server"])
      : "none",
    output: oneOf("output", get("output") ?? "yaml", ["yaml", "json", "name"]),
  };
}

function cancelCommand(flags: Flags): CancelCommand {
  const { values, lists, positionals } = flags;
  for (const flag of values.keys()) {
    if (!CANCEL_OPTIONS.includes(flag)) {
      throw new UsageError(
        `Cannot use --${flag} with cancel; leave it out (a template that is named cancel: qupods run cancel)`,
      );
    }
  }
  checkConflicts(flags);
  const named = [...positionals.slice(1), ...(values.has("logdir") ? [values.get("logdir") ?? ""] : [])];
  if (named.length > 1 || lists.length > 0) {
    throw new UsageError(
      `Cannot cancel ${named.join(", ")}: name one log directory, such as qupods cancel QUJOBS`,
    );
  }
  return {
    verb: "cancel",
    logdir: named[0] ?? "QUJOBS",
    cluster: clusterOptions((name) => values.get(name)),
    isClusterNamed: ["kubectl", "context", "kubeconfig"].some((name) => values.has(name)),
    ui: uiOptions((name) => values.has(name)),
  };
}

function completionOf({ positionals, values, lists }: Flags): string {
  const [, name, ...rest] = positionals;
  const shell = SHELLS.find((shell) => shell === name);
  if (shell === undefined || rest.length > 0 || values.size > 0 || lists.length > 0) {
    throw new UsageError(
      `Cannot print completions for ${[name ?? "no shell", ...rest].join(" ")}; choose ${
        SHELLS.join(", ")
      }: ` +
        `eval "$(qupods completion bash)"`,
    );
  }
  return completionScript(shell);
}

function uiOptions(has: (name: string) => boolean): UiOptions {
  return {
    isQuiet: has("quiet"),
    isVerbose: has("verbose"),
    bar: has("bar") ? true : has("no-bar") ? false : null,
  };
}

function templatePath(flags: Flags, positionals: readonly string[]): string {
  const [path, other, ...rest] = positionals;
  const isYaml = (word: string | undefined) => /\.ya?ml$/i.test(word ?? "");
  const { values, lists } = flags;
  if (path === undefined) {
    throw new UsageError(
      lists.length > 0
        ? "Cannot run as no template is named; it stands before the items: qupods TEMPLATE.yaml ::: a b c"
        : values.size > 0
        ? "Cannot run as no template is named; try qupods -i ITEMS TEMPLATE.yaml (qupods --help)"
        : `Cannot run as nothing is named; write a list and a template:\n${USAGE}\nqupods --help tells of all options`,
    );
  }
  const hasSource = ["items", "json", "braces"].some((name) => values.has(name)) || lists.length > 0;
  const verb = isYaml(path) ? null : nearest(path, VERBS);
  const mistyped = verb === null
    ? null
    : new UsageError(`Cannot run ${path} as there is no such command; did you mean qupods ${verb}?`);
  if (other === undefined && !hasSource && mistyped !== null) throw mistyped;
  if (other === undefined) return path;
  const all = positionals.join(", ");
  if (values.get("dry-run") === "" && positionals.some((word) => ["client", "server"].includes(word))) {
    const how = positionals.includes("server") ? "server" : "client";
    throw new UsageError(`Cannot take "${how}" as a template; write --dry-run=${how}`);
  }
  if (rest.length === 0 && !hasSource && isYaml(path) !== isYaml(other)) {
    const [list, template] = isYaml(path) ? [other, path] : [path, other];
    throw new UsageError(
      `Cannot tell what ${list} is to be; if it is the list of items, write qupods -i ${shellWord(list)} ${
        shellWord(template)
      }`,
    );
  }
  throw mistyped ?? new UsageError(
    `Cannot run as more than one template is named: ${all}; items on the command line follow :::, ` +
      "and a list is named with -i",
  );
}

function clusterOptions(get: Get): ClusterOptions {
  const kubectl = words("kubectl", get("kubectl") ?? "kubectl");
  if (kubectl.length === 0) {
    throw new UsageError("Cannot use an empty --kubectl; write --kubectl 'ssh host kubectl'");
  }
  const namespace = get("namespace") ?? null;
  if (namespace !== null && !isNamespaceName(namespace)) {
    throw new UsageError(
      `Cannot use --namespace ${namespace} as a namespace is at most 63 lower-case letters, digits and "-"; ` +
        "kubectl get namespaces lists them",
    );
  }
  return {
    kubectl,
    context: get("context") ?? null,
    kubeconfig: get("kubeconfig") ?? null,
    namespace,
    transport: oneOf("transport", get("transport") ?? "auto", ["auto", "proxy", "direct", "raw"]),
    requestTimeoutSeconds: seconds("request-timeout", get("request-timeout") ?? "60s", 1),
    isLocal: get("local") !== undefined,
  };
}

function source({ values, lists }: Flags): Source {
  const sources: Source[] = [];
  for (const name of ["items", "json"]) {
    const path = values.get(name);
    if (path !== undefined) sources.push({ kind: "file", path, isJson: name === "json" });
  }
  const pattern = values.get("braces");
  if (pattern !== undefined) sources.push({ kind: "braces", pattern });
  if (lists.length > 0) sources.push({ kind: "lists", lists });
  const [first, ...others] = sources;
  if (first === undefined) {
    throw new UsageError("Cannot run as no items are named; add -i FILE, -j FILE, -b PATTERN or ::: a b c");
  }
  if (others.length > 0) {
    throw new UsageError(
      "Cannot run as items are named twice; use one of -i, -j, -b and :::" +
        (/^\d+%?$/.test(values.get("json") ?? "")
          ? `. If -j ${values.get("json")} is how many may run at once, write -P ${values.get("json")}`
          : ""),
    );
  }
  return first;
}
