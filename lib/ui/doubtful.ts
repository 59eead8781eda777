// `doubtful.tsv`: the logs that may lack text, for a person who looks into the log directory. What the journal knows of them,
// made anew by each call; there is no such file where every log is whole.

import { doubtfulLogs, type EndRecord, type LogRecord } from "../results/record.ts";
import { openTableFile } from "./table_file.ts";

const HEADER = "known\tlog\n";

/** The file, while a run goes on. Both throw where the disk refuses; the journal has the records all the same. */
export interface Doubtful {
  /** @param earlier those of verdicts that earlier calls gave */
  begin(earlier: readonly LogRecord[]): void;
  append(record: Pick<EndRecord, "isFinal" | "logs">): void;
  close(): void;
}

/** Touches nothing yet. */
export function openDoubtful(path: string): Doubtful {
  const table = openTableFile(path, HEADER);
  const write = (logs: readonly LogRecord[]) => {
    if (logs.length === 0) return;
    table.append(logs.map(({ completeness, file }) => `${completeness}\t${file}\n`).join(""));
  };
  return {
    begin(earlier) {
      removeIfThere(path);
      write(earlier);
    },
    append: (record) => write(doubtfulLogs(record)),
    close: () => table.close(),
  };
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
