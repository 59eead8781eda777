// Words of the command line into a typed command. All checks of single options and of options against each other.

import { parseArgs } from "node:util";
import { UsageError } from "../errors.ts";
import { nearest } from "../template/names.ts";
import type { CancelCommand, ClusterOptions, Command, Source, UiOptions } from "./options.ts";
import { CANCEL_OPTIONS, helpText, OPTIONS } from "./table.ts";
import { halt, oneOf, seconds, whole, words } from "./values.ts";

/** What the parser knows of the program and the machine. */
export interface Facts {
  readonly version: string;
  readonly cores: number;
}

/** @throws {UsageError} that says what to type instead */
export function parseCommand(args: readonly string[], facts: Facts): Command {
  const lists = splitLists(args);
  const { flags, positionals } = readFlags(lists.shift() ?? []);
  const get = (name: string) => flags.get(name);
  const has = (name: string) => flags.has(name);
  if (has("help") || positionals[0] === "help") return { verb: "print", text: helpText() };
  if (has("version") || positionals[0] === "version") {
    return { verb: "print", text: `qupods ${facts.version}` };
  }
  if (positionals[0] === "cancel") return cancelCommand(positionals.slice(1), flags, lists.length > 0);
  if (positionals[0] === "run") positionals.shift();
  const [path, ...extra] = positionals;
  if (path === undefined) {
    throw new UsageError(
      "Cannot run as no template is named; try qupods -i ITEMS TEMPLATE.yaml (qupods --help)",
    );
  }
  if (extra.length > 0) {
    throw new UsageError(
      `Cannot run as more than one template is named: ${
        [path, ...extra].join(", ")
      }; items on the command line follow :::`,
    );
  }
  if (has("retry-failed") && has("rerun")) {
    throw new UsageError("Cannot use --retry-failed with --rerun: --rerun runs all again; leave one out");
  }
  if (has("rerun-changed") && has("keep-changed")) {
    throw new UsageError("Cannot use --rerun-changed with --keep-changed; leave one out");
  }
  if (has("output") && !has("dry-run")) {
    throw new UsageError("Cannot use --output without --dry-run; add --dry-run");
  }
  for (const flag of ["context", "kubeconfig", "kubectl", "transport"]) {
    if (has("local") && has(flag)) {
      throw new UsageError(`Cannot use --${flag} with --local, which needs no cluster; leave one out`);
    }
  }
  const [backoff = "10s", cap = "6m"] = (get("backoff") ?? "10s..6m").split("..");
  const maxRunning = whole("max-running", get("max-running"), has("local") ? facts.cores : Infinity);
  const rate = Number(get("rate") ?? Infinity);
  if (!(rate > 0)) {
    throw new UsageError(`Cannot use --rate ${get("rate")} as it is no positive number; try --rate 20`);
  }
  const delims = get("delims") === undefined ? null : words(get("delims") ?? "");
  if (delims !== null && delims.length !== 2) {
    throw new UsageError(`Cannot use --delims ${get("delims")}; write two marks: --delims '[[ ]]'`);
  }
  return {
    verb: "run",
    items: {
      source: source(get, lists),
      format: get("format") === undefined
        ? null
        : oneOf("format", get("format") ?? "", ["lines", "json", "jsonl", "csv", "tsv"] as const),
      isNulSeparated: has("null"),
      range: get("range") ?? null,
      sample: get("sample") === undefined ? null : whole("sample", get("sample"), 10, 1),
    },
    template: {
      path,
      delims: delims === null ? null : [delims[0] ?? "", delims[1] ?? ""],
      hasEnv: !has("no-env"),
    },
    cluster: clusterOptions(get),
    schedule: {
      maxPending: whole("max-pending", get("max-pending"), 3, 1),
      maxRunning: maxRunning === 0 ? Infinity : maxRunning,
      rate,
      delaySeconds: seconds("delay", get("delay") ?? "0"),
      retries: whole("retries", get("retries"), 0),
      infraRetries: whole("infra-retries", get("infra-retries"), 5),
      backoffSeconds: seconds("backoff", backoff),
      backoffCapSeconds: Math.max(seconds("backoff", backoff), seconds("backoff", cap)),
      timeoutSeconds: get("timeout") === undefined ? null : seconds("timeout", get("timeout") ?? ""),
      pendingTimeoutSeconds: get("pending-timeout") === undefined
        ? null
        : seconds("pending-timeout", get("pending-timeout") ?? ""),
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

function cancelCommand(
  dirs: readonly string[],
  flags: ReadonlyMap<string, string>,
  hasLists: boolean,
): CancelCommand {
  for (const flag of flags.keys()) {
    if (!CANCEL_OPTIONS.includes(flag)) {
      throw new UsageError(
        `Cannot use --${flag} with cancel; leave it out (a template that is named cancel: qupods run cancel)`,
      );
    }
  }
  const named = [...dirs, ...(flags.has("logdir") ? [flags.get("logdir") ?? ""] : [])];
  if (named.length > 1 || hasLists) {
    throw new UsageError(
      `Cannot cancel ${named.join(", ")}: name one log directory, such as qupods cancel QUJOBS`,
    );
  }
  return {
    verb: "cancel",
    logdir: named[0] ?? "QUJOBS",
    cluster: clusterOptions((name) => flags.get(name)),
    isClusterNamed: ["kubectl", "context", "kubeconfig"].some((name) => flags.has(name)),
    ui: uiOptions((name) => flags.has(name)),
  };
}

function uiOptions(has: (name: string) => boolean): UiOptions {
  if (has("bar") && has("no-bar")) throw new UsageError("Cannot use --bar with --no-bar; leave one out");
  return {
    isQuiet: has("quiet"),
    isVerbose: has("verbose"),
    bar: has("bar") ? true : has("no-bar") ? false : null,
  };
}

function clusterOptions(get: (name: string) => string | undefined): ClusterOptions {
  const kubectl = words(get("kubectl") ?? "kubectl");
  if (kubectl.length === 0) {
    throw new UsageError("Cannot use an empty --kubectl; write --kubectl 'ssh host kubectl'");
  }
  return {
    kubectl,
    context: get("context") ?? null,
    kubeconfig: get("kubeconfig") ?? null,
    namespace: get("namespace") ?? null,
    transport: oneOf("transport", get("transport") ?? "auto", ["auto", "proxy", "raw"]),
    requestTimeoutSeconds: seconds("request-timeout", get("request-timeout") ?? "60s") || 60,
    isLocal: get("local") !== undefined,
  };
}

function source(get: (name: string) => string | undefined, lists: readonly (readonly string[])[]): Source {
  const sources: Source[] = [];
  for (const name of ["items", "json"]) {
    const path = get(name);
    if (path !== undefined) sources.push({ kind: "file", path, isJson: name === "json" });
  }
  const pattern = get("braces");
  if (pattern !== undefined) sources.push({ kind: "braces", pattern });
  if (lists.length > 0) sources.push({ kind: "lists", lists });
  const [first, ...others] = sources;
  if (first === undefined) {
    throw new UsageError("Cannot run as no items are named; add -i FILE, -j FILE, -b PATTERN or ::: a b c");
  }
  if (others.length > 0) {
    throw new UsageError("Cannot run as items are named twice; use one of -i, -j, -b and :::");
  }
  return first;
}

/** The words before the first `:::`, then the values of each list. */
function splitLists(args: readonly string[]): string[][] {
  const lists: string[][] = [[]];
  for (const word of args) {
    if (word === ":::") lists.push([]);
    else lists.at(-1)?.push(word);
  }
  return lists;
}

function readFlags(args: readonly string[]): { flags: Map<string, string>; positionals: string[] } {
  const options = Object.fromEntries(
    OPTIONS.flatMap(({ name, aliases = [], short, value, isOptional }) =>
      [name, ...aliases].map((spelling) => [spelling, {
        type: value === undefined || isOptional ? "boolean" as const : "string" as const,
        ...(short === undefined || spelling !== name ? {} : { short }),
      }])
    ),
  );
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const flags = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const row = OPTIONS.find(({ name, aliases = [] }) => name === token.name || aliases.includes(token.name));
    if (row === undefined) {
      const near = nearest(token.name, OPTIONS.flatMap(({ name, aliases = [] }) => [name, ...aliases]));
      throw new UsageError(
        `Cannot use ${token.rawName} as there is no such option; ${
          near === null ? "see qupods --help" : `did you mean --${near}?`
        }`,
      );
    }
    if (row.value !== undefined && !row.isOptional && token.value === undefined) {
      throw new UsageError(`Cannot use --${row.name} without a value; write --${row.name} ${row.value}`);
    }
    if (row.value === undefined && token.value !== undefined) {
      throw new UsageError(`Cannot give --${row.name} a value; write --${row.name}`);
    }
    if (flags.has(row.name) && flags.get(row.name) !== (token.value ?? "")) {
      throw new UsageError(`Cannot use --${row.name} twice; leave one out`);
    }
    flags.set(row.name, token.value ?? "");
  }
  return { flags, positionals };
}
