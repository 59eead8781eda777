// `doubtful.tsv`: the logs that may lack text, for a person who looks into the log directory. What the journal knows of them,
// made anew by each call; there is no such file where every log is whole.

import { doubtfulLogs, type EndRecord, type LogRecord } from "../results/record.ts";

const HEADER = "known\tlog\n";

/** The file, while a run goes on. Both throw where the disk refuses; the journal has the records all the same. */
export interface Doubtful {
  /** @param earlier those of verdicts that earlier calls gave */
  begin(earlier: readonly LogRecord[]): void;
  append(record: Pick<EndRecord, "isFinal" | "logs">): void;
}

/** Touches nothing yet. */
export function openDoubtful(path: string): Doubtful {
  const write = (logs: readonly LogRecord[], isNew: boolean) => {
    const lines = logs.map(({ completeness, file }) => `${completeness}\t${file}\n`).join("");
    Deno.writeTextFileSync(path, (isNew ? HEADER : "") + lines, { append: !isNew, mode: 0o600 });
  };
  let isThere = false;
  return {
    begin(earlier) {
      isThere = earlier.length > 0;
      if (isThere) write(earlier, true);
      else removeIfThere(path);
    },
    append(record) {
      const logs = doubtfulLogs(record);
      if (logs.length === 0) return;
      write(logs, !isThere);
      isThere = true;
    },
  };
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
