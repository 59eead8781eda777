// Options that contradict each other, or that would be without effect: nothing that was typed is ignored in silence.

import { UsageError } from "../errors.ts";
import type { Flags } from "./flags.ts";

/** Two options, and why they cannot stand together. */
const PAIRS: readonly (readonly [one: string, other: string, why: string])[] = [
  ["retry-failed", "rerun", "--rerun runs all items again"],
  ["rerun-changed", "keep-changed", "they say the opposite"],
  ["rerun", "keep-changed", "--rerun keeps no result"],
  ["bar", "no-bar", "they say the opposite"],
  ["quiet", "verbose", "they say the opposite"],
  ["quiet", "bar", "-q shows no live line"],
  ["context", "local", "--local needs no cluster"],
  ["kubeconfig", "local", "--local needs no cluster"],
  ["kubectl", "local", "--local needs no cluster"],
  ["transport", "local", "--local needs no cluster"],
  ["nowait", "local", "the processes end with qupods"],
  ["node-lost-timeout", "local", "--local has no nodes"],
  ["keep", "local", "no pod outlives qupods"],
  ["format", "braces", "a pattern has no file format"],
  ["null", "braces", "a pattern has no separator"],
];

/** @throws {UsageError} that names both and what to do */
export function checkConflicts({ values, lists }: Flags): void {
  for (const [one, other, why] of PAIRS) {
    if (values.has(one) && values.has(other)) {
      throw new UsageError(`Cannot use --${one} with --${other}: ${why}; leave one out`);
    }
  }
  for (const flag of ["format", "null"]) {
    if (lists.length > 0 && values.has(flag)) {
      throw new UsageError(`Cannot use --${flag} with ::: as it is about a file's contents; leave it out`);
    }
  }
  const isDryRun = values.has("dry-run") && values.get("dry-run") !== "none";
  if (values.has("output") && !isDryRun) {
    throw new UsageError("Cannot use --output without --dry-run, whose output it is; add --dry-run");
  }
}
