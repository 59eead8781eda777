// Writes the journal of a run, keeps the ledger of it, and sums it up from time to time, so that the next call need not
// read all of it, whenever and however this one ends.

import type { JournalRecord } from "../results/record.ts";
import type { Results } from "../results/results.ts";
import type { Past } from "./past.ts";
import type { Plan } from "./plan.ts";

export interface Recorder {
  /** As `Results.append`. */
  append(position: number, record: JournalRecord): Promise<void>;
  /** Writes a summary if one is due and none is under way. Rejects only for a defect. */
  summarize(): Promise<void>;
  /** Writes the last one, unless what it would cover is read in no time. */
  close(): Promise<void>;
}

/** A mebibyte is read and taken in within some 20 ms. */
const SUMMARY_BYTES = 1 << 20;
/** At the end less is worth a summary: no other follows. */
const LAST_SHARE = 1 / 16;

/** @param bytes of the journal after which a summary is due */
export function makeRecorder(plan: Plan, past: Past, results: Results, bytes = SUMMARY_BYTES): Recorder {
  let working: Promise<void> | null = null;
  const write = (due: number): Promise<void> => {
    if (working !== null) return working;
    if (results.unsummarized < due) return Promise.resolve();
    working = results.summarize(plan.identity, past.ledger.content()).finally(() => working = null);
    return working;
  };
  return {
    append(position, record) {
      past.ledger.take(position, record);
      return results.append(record);
    },
    summarize: () => write(bytes),
    async close() {
      await working;
      await write(bytes * LAST_SHARE);
    },
  };
}
