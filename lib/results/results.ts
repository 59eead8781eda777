// The door of the results room: the log directory with its lock, journal and verdict files. Knows nothing of Kubernetes.
// A final name appears only by link from a finished, fsynced file: what is there is whole, and stays.

import type { Clock } from "../clock.ts";
import type { JournalRecord, LogRecord, RunFile, Verdict, Via } from "./record.ts";
import type { Verdicts } from "./verdict_table.ts";

/** A log on its way: an exclusive file under `.qupods/tmp`, to be stored or dropped. */
export interface StagedFile {
  /** Full path, for messages. */
  readonly path: string;
  write(chunk: Uint8Array): Promise<void>;
  /** Bytes written so far. */
  readonly bytes: number;
  /** Closes and removes it, if the disk lets it; harmless if it was stored or dropped. */
  drop(): Promise<void>;
}

/** Where a staged log is to stand. */
export type Place =
  /** NAME.log or NAME.err. */
  | {
    readonly kind: "verdict";
    readonly name: string;
    readonly verdict: Verdict;
    /** Of the log: where it is put if something else has the name. */
    readonly attempt: number;
  }
  /** NAME.d/ATTEMPT/CONTAINER.log */
  | { readonly kind: "aside"; readonly name: string; readonly attempt: number; readonly container: string };

/** The open log directory. One per process and directory: it holds the lock. */
export interface Results extends AsyncDisposable {
  /** The directory as the user named it. */
  readonly path: string;
  readonly run: RunFile;
  /**
   * Finished items, from one listing of the directory as it is now.
   *
   * @throws {UsageError} where it cannot be read, or holds two verdicts of one item
   */
  verdicts(): Promise<Verdicts>;
  /** The first verdict file of these pods, of which `verdicts` has none; null if its listing was whole. */
  findVerdictFile(names: Iterable<string>): string | null;
  /**
   * Bytes of a verdict file; null where it is not there.
   *
   * @throws {UsageError} where the disk does not say
   */
  verdictBytes(name: string, verdict: Verdict): Promise<number | null>;
  /**
   * The journal of earlier processes, oldest first, streamed; from the beginning, or from where a summary of it ends; all of
   * it, or what it says of some pods, which is found faster.
   */
  history(from?: number, isWanted?: (name: string) => boolean): AsyncIterable<JournalRecord>;
  /** The last summary of this journal, if there is one that fits it. */
  recall(): Promise<Summary | null>;
  /**
   * Writes a summary of all that has been appended so far, once that is on disk. `content` is plain data that nobody changes.
   * A summary spares the next process the reading, no more: where the disk refuses it, there is none. One at a time.
   */
  summarize(plan: string, content: unknown): Promise<void>;
  /** Bytes of the journal that no summary covers. */
  readonly unsummarized: number;
  /** Lines that `history` passed over as they were neither whole nor a crash's torn last one. */
  readonly damagedLines: number;
  /**
   * Appends to the journal. Resolves when the line is in the page cache, where it outlives a kill: at once, or on a disk
   * that refuses when it takes it again. What the line announces must wait for that.
   */
  append(record: JournalRecord): Promise<void>;
  /** True when all that was appended is on disk; false where the disk still refuses when the signal aborts. */
  sync(giveUp: AbortSignal): Promise<boolean>;
  /** Called with a reason when the journal cannot be written, and with null when it can again. */
  onTrouble(listener: (reason: string | null) => void): void;
  /** A new file under `.qupods/tmp`. */
  stage(): Promise<StagedFile>;
  /**
   * fsync, link to its place, unlink the temporary name, fsync the directory. A place that is taken by the same bytes, or by
   * more of them, counts as stored; any other log is put beside it (`NAME.d/ATTEMPT/CONTAINER.2.log`, a verdict's as
   * `NAME.d/ATTEMPT/verdict.log`). Returns the path below the directory.
   *
   * @throws {TakenError} where something that is no file has the name
   * @throws {Error} with `code` ENOSPC, EIO … where the disk refuses; the staged file is then dropped
   */
  store(file: StagedFile, place: Place): Promise<string>;
  /** `--retry-failed`, `--rerun`: moves a verdict into NAME.d/ATTEMPT just before the item is created anew. */
  setAside(name: string, attempt: number): Promise<void>;
  /** Path of the tape (the followed stream) of a container; it outlives a crash. `.qupods/tmp/UID.CONTAINER`. */
  tapePath(uid: string, container: string): string;
  /** Names of tapes that lie there from earlier: `UID.CONTAINER`. */
  tapes(): readonly string[];
  /** Removes those: their pods are gone for good. */
  dropTapes(): Promise<void>;
  /**
   * Tidies `.qupods/tmp` at the end of a run that is complete; `fateOf` is asked for the UID of each tape. What is `lost` is all
   * there is of a pod that vanished while no qupods ran: it goes to `.qupods/lost`. Returns how many did.
   */
  sweep(fateOf: (uid: string) => "remove" | "lost" | "keep"): Promise<number>;
  /** Removes the tapes of one pod, whose logs are safe. */
  dropTapesOf(uid: string): Promise<void>;
}

/** How the directory is opened. */
export interface OpenOptions {
  /** Identity of the cluster that this call works on. */
  readonly server: string;
  readonly namespace: string;
  readonly via: Via | null;
  readonly retries: number;
  readonly templateHash: string;
  readonly listHash: string;
  readonly seed: number | null;
  readonly clock: Clock;
}

/** What the beginning of the journal comes to, as the run room words it. */
export interface Summary {
  /** Identity of the plan that it speaks of. */
  readonly plan: string;
  readonly content: unknown;
  /** Bytes of the journal that it covers. */
  readonly bytes: number;
}

export type { LogRecord };
