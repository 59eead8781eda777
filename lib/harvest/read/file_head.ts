// By what a log file is known: the times of its first lines. The first alone does not do: where a rotation has split a
// line, a stream that goes on into the new file delivers the rest of that line without its timestamp.

import { makeTapeReader } from "../tape/tape.ts";

/** The first lines of a file. */
export interface FileHead {
  /** Timestamp of the first line. */
  readonly first: string;
  /** Timestamp of the second line; empty while there is none, or it is not known. */
  readonly second: string;
  /** Bytes of the first line, without its timestamp, with its newline; 0 while it is not known. */
  readonly firstBytes: number;
}

/** Reads a file's beginning. */
export interface HeadReader {
  push(chunk: Uint8Array): void;
  /** Null while there is no first line. */
  readonly head: FileHead | null;
  /** Both lines are known, or never will be: it is no log. */
  readonly isDone: boolean;
}

export function makeHeadReader(): HeadReader {
  let first = "";
  let second = "";
  let firstBytes = 0;
  const reader = makeTapeReader((bytes, isPrefix) => {
    if (!isPrefix && second === "") firstBytes += bytes.length;
  }, {
    onLine(time) {
      if (first === "") first = time;
      else second ||= time;
    },
  });
  return {
    push: reader.push,
    get head() {
      return first === "" ? null : { first, second, firstBytes: second === "" ? 0 : firstBytes };
    },
    get isDone() {
      return second !== "" || !reader.isLog;
    },
  };
}
