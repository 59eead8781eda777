// Holds what a run did against the table of failures: words, exit status, verdict file, class in the journal.

import assert from "node:assert/strict";
import { readJournal } from "../../lib/results/journal.ts";
import { failure, type FailureId, toldBy } from "../failures/table.ts";
import type { Ended, Place } from "./harness.ts";
import { isThere } from "./wait.ts";

/** What there is to be looked at; what is left out is not compared. */
export interface Seen {
  readonly end: Ended;
  readonly folder?: Place;
  /** The item's, in `folder`. */
  readonly item?: string;
  /** @default {"QUJOBS"} */
  readonly logdir?: string;
  /** Something else went wrong in the same run, too: its exit status is not this row's. */
  readonly isOneOfMany?: boolean;
}

/** Fails where a run was not as the table says of this failure. */
export async function held(id: FailureId, seen: Seen): Promise<void> {
  const row = failure(id);
  const { end, folder, item, logdir = "QUJOBS" } = seen;
  // counts of a run with several failures are its own
  assert.match(
    end.stderr,
    seen.isOneOfMany ? new RegExp(toldBy(id).source.replace(/^1×/, "\\d+×")) : toldBy(id),
  );
  if (!seen.isOneOfMany) assert.equal(end.code, row.exit, end.stderr);
  if (folder === undefined) return;
  const dir = `${folder.path}/${logdir}`;
  if (row.file === "nothing") return assert.ok(!isThere(dir), `${dir} is there`);
  if (item === undefined) return;
  const name = `${folder.mark}-${item}`;
  const files = [`${name}.log`, `${name}.err`].filter((file) => isThere(`${dir}/${file}`));
  assert.deepEqual(files, row.file === "no verdict" ? [] : [row.file.replace("NAME", name)], id);
  if (row.class === "none") return;
  const classes: string[] = [];
  for await (const record of readJournal(`${dir}/.qupods/journal.jsonl`, { lines: 0 }, 0)) {
    if (record.kind === "end" && record.name === name) classes.push(record.class);
  }
  assert.ok(classes.includes(row.class), `${id}: ${classes} of ${name}`);
}
