// The journal: one JSON object a line, each with a checksum. Appends reach the page cache at once (a kill loses nothing)
// and the disk within 100 ms.

import { crc32 } from "node:zlib";
import type { JournalRecord } from "./record.ts";

const SYNC_MILLISECONDS = 100;

/** An open journal. */
export interface Journal {
  append(record: JournalRecord): void;
  sync(): Promise<void>;
  close(): void;
}

export function openJournal(path: string): Journal {
  const file = Deno.openSync(path, { read: true, append: true, create: true, mode: 0o600 });
  const encoder = new TextEncoder();
  let timer: ReturnType<typeof setTimeout> | undefined;
  // a torn line (a crash, a full disk) must not swallow the next one
  let isTorn = !endsWithNewline(file);
  const sync = async () => {
    clearTimeout(timer);
    timer = undefined;
    await file.syncData();
  };
  return {
    append(record) {
      const text = JSON.stringify(record);
      const line = `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`;
      let rest = encoder.encode(isTorn ? `\n${line}` : line);
      isTorn = true;
      while (rest.length > 0) rest = rest.subarray(file.writeSync(rest));
      isTorn = false;
      timer ??= setTimeout(() => {
        timer = undefined;
        file.syncDataSync();
      }, SYNC_MILLISECONDS);
    },
    sync,
    close() {
      clearTimeout(timer);
      file.close();
    },
  };
}

/** All whole lines, oldest first; a line that is torn or fails its checksum is passed over. */
export async function* readJournal(path: string): AsyncGenerator<JournalRecord> {
  const file = await Deno.open(path);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of file.readable) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const text = line.slice(9);
      if (parseInt(line.slice(0, 8), 16) === crc32(text)) yield JSON.parse(text);
    }
  }
}

function endsWithNewline(file: Deno.FsFile): boolean {
  const { size } = file.statSync();
  if (size === 0) return true;
  file.seekSync(size - 1, Deno.SeekMode.Start);
  const last = new Uint8Array(1);
  file.readSync(last);
  return last[0] === 10;
}
