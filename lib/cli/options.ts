// What a command line means, typed and checked. Past this nothing sees a raw flag.

/** Where items come from: exactly one source. */
export type Source =
  /** `-i FILE` or `-j FILE`; `-` is standard input. */
  | { readonly kind: "file"; readonly path: string; readonly isJson: boolean }
  /** `-b PATTERN` */
  | { readonly kind: "braces"; readonly pattern: string }
  /** `::: a b ::: x y` */
  | { readonly kind: "lists"; readonly lists: readonly (readonly string[])[] };

/** Format of a list file; null: by its extension. */
export type Format = "lines" | "json" | "jsonl" | "csv" | "tsv";

export interface ItemOptions {
  readonly source: Source;
  readonly format: Format | null;
  /** `-0`: items end with NUL instead of newline. */
  readonly isNulSeparated: boolean;
  /** Inclusive index ranges in the full list, as typed and checked for syntax: `5-10,17`; null: all. */
  readonly range: string | null;
  /** How many to draw at random; null: all. */
  readonly sample: number | null;
}

export interface ClusterOptions {
  /** Word list of `--kubectl`; `["kubectl"]` by default. */
  readonly kubectl: readonly string[];
  readonly context: string | null;
  readonly kubeconfig: string | null;
  readonly namespace: string | null;
  readonly transport: "auto" | "proxy" | "direct" | "raw";
  readonly requestTimeoutSeconds: number;
  readonly isLocal: boolean;
}

/** GNU parallel's `--halt`: when to stop because of how items ended. */
export interface Halt {
  readonly when: "soon" | "now";
  readonly on: "fail" | "success" | "done";
  /** A count, or a share of all items in percent. */
  readonly count: number;
  readonly isPercent: boolean;
}

export interface ScheduleOptions {
  readonly maxPending: number;
  /** `--max-pending auto`: as many as the scheduler can take, up to that. */
  readonly isPendingAuto: boolean;
  /** Infinity by default; under `--local` the number of cores. */
  readonly maxRunning: number;
  /** Creates per second; Infinity by default. */
  readonly rate: number;
  /** Seconds between creates. */
  readonly delaySeconds: number;
  /** Extra attempts after the application's own failures. */
  readonly retries: number;
  readonly infraRetries: number;
  readonly backoffSeconds: number;
  readonly backoffCapSeconds: number;
  readonly timeoutSeconds: number | null;
  /** Overrides all of the reason-based limits for bound pods that cannot start. */
  readonly pendingTimeoutSeconds: number | null;
  /** After so long the pods of a node that does not answer are given up, and their items run again; null: never. */
  readonly nodeLostTimeoutSeconds: number | null;
  readonly halt: Halt | null;
  readonly isNoWait: boolean;
  readonly keep: "none" | "failed" | "all";
}

export interface ResultOptions {
  readonly logdir: string;
  /** `--retry-failed` / `--rerun` */
  readonly again: "none" | "failed" | "all";
  /** `--rerun-changed` / `--keep-changed`; null: refuse. */
  readonly changed: "rerun" | "keep" | null;
}

export interface UiOptions {
  readonly isQuiet: boolean;
  readonly isVerbose: boolean;
  /** Live line on a terminal: auto unless `--bar` / `--no-bar`. */
  readonly bar: boolean | null;
}

export interface TemplateOptions {
  readonly path: string;
  /** Opening and closing mark given by `--delims`; null: both `{{ }}` and `<< >>`. */
  readonly delims: readonly [string, string] | null;
  readonly hasEnv: boolean;
}

export type DryRun = "none" | "client" | "server";
export type Output = "yaml" | "json" | "name";

/** `qupods [run] -i ITEMS TEMPLATE` */
export interface RunCommand {
  readonly verb: "run";
  readonly items: ItemOptions;
  readonly template: TemplateOptions;
  readonly cluster: ClusterOptions;
  readonly schedule: ScheduleOptions;
  readonly results: ResultOptions;
  readonly ui: UiOptions;
  readonly dryRun: DryRun;
  readonly output: Output;
}

/** `qupods cancel [DIR]` */
export interface CancelCommand {
  readonly verb: "cancel";
  readonly logdir: string;
  readonly cluster: ClusterOptions;
  /** `--kubectl`, `--context` or `--kubeconfig` was given: the way that the run took does not count then. */
  readonly isClusterNamed: boolean;
  readonly ui: UiOptions;
}

/** What prints a text and ends: `--help`, `--version`. */
export interface PrintCommand {
  readonly verb: "print";
  readonly text: string;
}

export type Command = RunCommand | CancelCommand | PrintCommand;
