// The one table of options: the parser (flags.ts), `--help` and the README's table (help.ts) are made from it.

/** One option. */
export interface OptionRow {
  readonly name: string;
  readonly short?: string;
  readonly aliases?: readonly string[];
  /** Word for its value in the help; without one the option is a switch. */
  readonly value?: string;
  /** All that its value can be, or the likeliest: for completions. */
  readonly choices?: readonly string[];
  /** The value may be left out. */
  readonly isOptional?: boolean;
  readonly group: "Items" | "Template" | "Cluster" | "Scheduling" | "Failure" | "Results" | "Output";
  readonly help: string;
}

export const OPTIONS: readonly OptionRow[] = [
  {
    name: "items",
    short: "i",
    aliases: ["arg-file"],
    value: "FILE",
    group: "Items",
    help: "list of items, one a line; .json, .jsonl, .csv and .tsv by their extension; - is standard input",
  },
  {
    name: "json",
    short: "j",
    value: "FILE",
    group: "Items",
    help: "list of items as a JSON array or JSON Lines",
  },
  {
    name: "braces",
    short: "b",
    value: "PATTERN",
    group: "Items",
    help: "items from a pattern: 'x-{000..123}-{a,b}'",
  },
  { name: "null", short: "0", group: "Items", help: "items end with NUL instead of newline" },
  {
    name: "format",
    value: "FORMAT",
    choices: ["lines", "json", "jsonl", "csv", "tsv"],
    group: "Items",
    help: "lines, json, jsonl, csv or tsv, whatever the extension",
  },
  {
    name: "range",
    value: "RANGES",
    group: "Items",
    help: "only these indices of the list, counted from 0: 5-10,17,90-",
  },
  {
    name: "sample",
    value: "N",
    group: "Items",
    help: "only N items drawn at random, the same ones each time",
  },
  { name: "delims", value: "'OPEN CLOSE'", group: "Template", help: "other marks than {{ }} and << >>" },
  { name: "no-env", group: "Template", help: "set no QUPODS_* variables in the containers" },
  {
    name: "namespace",
    short: "n",
    value: "NAME",
    group: "Cluster",
    help: "namespace; else the template's, else the context's",
  },
  { name: "context", value: "NAME", group: "Cluster", help: "context of the kubeconfig" },
  { name: "kubeconfig", value: "FILE", group: "Cluster", help: "kubeconfig" },
  { name: "kubectl", value: "WORDS", group: "Cluster", help: "kubectl command, such as 'ssh host kubectl'" },
  {
    name: "transport",
    value: "KIND",
    choices: ["auto", "proxy", "direct", "raw"],
    group: "Cluster",
    help: "auto, proxy (one kubectl proxy), direct (TLS of our own) or raw (one kubectl a request)",
  },
  {
    name: "local",
    group: "Cluster",
    help: "no cluster: run each pod's containers as processes of this machine",
  },
  {
    name: "request-timeout",
    value: "TIME",
    group: "Cluster",
    help: "limit for short requests (default 60s)",
  },
  {
    name: "max-pending",
    aliases: ["maxpending"],
    value: "N",
    group: "Scheduling",
    choices: ["auto"],
    help: "pods that may wait for the scheduler (default 3); auto: as many as keep it busy, 3 to 64",
  },
  {
    name: "max-running",
    short: "P",
    aliases: ["maxrunning", "max-procs"],
    value: "N",
    group: "Scheduling",
    help: "pods that may exist unfinished (default, 0: what the nodes start; with --local: the cores)",
  },
  { name: "rate", value: "N", group: "Scheduling", help: "creates per second (default: no limit)" },
  {
    name: "delay",
    aliases: ["pace"],
    value: "TIME",
    group: "Scheduling",
    help: "time between two creates (default 0)",
  },
  {
    name: "nowait",
    aliases: ["no-wait"],
    group: "Scheduling",
    help: "leave when the last pod is on a node; a later call collects",
  },
  {
    name: "retries",
    value: "N",
    group: "Failure",
    help: "extra attempts after the application's failures (default 0)",
  },
  {
    name: "infra-retries",
    value: "N",
    group: "Failure",
    help: "extra attempts after evictions, lost nodes, vanished pods (default 5)",
  },
  { name: "backoff", value: "TIME", group: "Failure", help: "pause before an attempt, doubling: 10s..6m" },
  {
    name: "timeout",
    value: "TIME",
    group: "Failure",
    help: "activeDeadlineSeconds, where the template has none",
  },
  {
    name: "pending-timeout",
    value: "TIME",
    group: "Failure",
    help: "limit for pods on a node that do not start (default: by reason)",
  },
  {
    name: "node-lost-timeout",
    value: "TIME",
    group: "Failure",
    help: "run items again whose node is lost so long; may run them twice at once (default: wait)",
  },
  {
    name: "halt",
    value: "WHEN",
    choices: ["never", "soon,fail=1", "now,fail=1", "soon,fail=10%", "now,success=1"],
    group: "Failure",
    help: "never, or soon|now,fail|success|done=N|N%",
  },
  { name: "logdir", value: "DIR", group: "Results", help: "log directory (default QUJOBS)" },
  { name: "retry-failed", group: "Results", help: "run the items with NAME.err again" },
  { name: "rerun", aliases: ["force"], group: "Results", help: "run all items again" },
  {
    name: "rerun-changed",
    group: "Results",
    help: "run finished items again whose pod would be another now",
  },
  { name: "keep-changed", group: "Results", help: "keep the results of such items" },
  {
    name: "keep",
    value: "WHICH",
    choices: ["none", "failed", "all"],
    group: "Results",
    help: "pods to leave in the cluster: none, failed, all (default none)",
  },
  { name: "quiet", short: "q", group: "Output", help: "only errors" },
  { name: "verbose", short: "v", group: "Output", help: "say more" },
  { name: "bar", group: "Output", help: "a live line, in a pipe too" },
  { name: "no-bar", group: "Output", help: "no live line, on a terminal either" },
  {
    name: "dry-run",
    value: "HOW",
    isOptional: true,
    choices: ["client", "server"],
    group: "Output",
    help: "client: print all pods; server: let the API server judge each",
  },
  {
    name: "output",
    short: "o",
    value: "FORMAT",
    choices: ["yaml", "json", "name"],
    group: "Output",
    help: "of --dry-run: yaml, json or name",
  },
  { name: "help", short: "h", group: "Output", help: "this text" },
  { name: "version", short: "V", group: "Output", help: "the version" },
];

/** Options of `qupods cancel`: those that say which cluster, and how much is said. */
export const CANCEL_OPTIONS: readonly string[] = [
  ...OPTIONS.filter(({ group, name }) => group === "Cluster" && name !== "local").map(({ name }) => name),
  "logdir",
  "quiet",
  "verbose",
  "bar",
  "no-bar",
];
