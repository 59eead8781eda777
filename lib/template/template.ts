// The door of the template room: template text in, pod manifests out. Pure: knows nothing of files, clusters or where
// items come from.

import type { Item } from "../items/item.ts";

/** What is added to a rendered pod besides the item's own values. */
export interface Stamp {
  /** Run id, for the label and `.Run`. */
  readonly run: string;
  /** Attempt, from 1, for the annotation and `.Attempt`. */
  readonly attempt: number;
  /** Namespace written into the manifest; "" where it is not known: none is written. */
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
  /** The same only for templates that render every item alike. */
  readonly identity: string;
  /** Lint warnings, each one line with file and line. */
  readonly warnings: readonly string[];
  /** The pod's name for this item. */
  name(item: Item): string;
  /** Hex SHA-256 of the item and of the pod as rendered before anything of ours is added, Attempt and Run blank. */
  hash(item: Item): string;
  /** The pod as sent to the API server, as one JSON text. */
  manifest(item: Item, stamp: Stamp): string;
  /** What is wrong with this item in this template (missing key, type, illegal value), each one line; normally empty. */
  problems(item: Item, stamp: Stamp): string[];
}

/** How a template is read. */
export interface CompileOptions {
  /** Name of the file, for messages. */
  readonly file: string;
  /** Marks given by `--delims`; null: both `{{ }}` and `<< >>`. */
  readonly delims: readonly [string, string] | null;
  /** Keys that every item has; null where items may differ. */
  readonly columns: readonly string[] | null;
  /** How many parts every item has: the lists after `:::`; left out where nothing is known. */
  readonly partCount?: number;
  /** False under `--no-env`: no advice names a variable. @default {true} */
  readonly hasEnv?: boolean;
}
