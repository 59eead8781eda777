// Everything that can go wrong, as docs/failures.md shows it. Each row is held by a test that names it (`held` on a cluster,
// `toldBy` elsewhere) and takes its words, class, file and exit status from here; table_test.ts sees that none is without
// one, and that the page is this table.

import type { Failure } from "./failure.ts";
import { OF_NODES } from "./of_nodes.ts";
import { OF_PODS } from "./of_pods.ts";
import { OF_RUNS } from "./of_runs.ts";

/** Rows by title of the section, then by name. */
export const SECTIONS = { ...OF_PODS, ...OF_NODES, ...OF_RUNS };

type Sections = typeof SECTIONS;
/** Name of a row. */
export type FailureId = { [S in keyof Sections]: keyof Sections[S] }[keyof Sections];

/** All rows by their names. */
export const FAILURES: ReadonlyMap<string, Failure> = new Map(
  Object.values(SECTIONS).flatMap((section) => Object.entries(section)),
);

/** The row. */
export function failure(id: FailureId): Failure {
  const row = FAILURES.get(id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
}

/** What the user is told, as a pattern. */
export function toldBy(id: FailureId): RegExp {
  const parts = failure(id).told.split("…").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(parts.join(".*"));
}
