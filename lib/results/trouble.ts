// What a file system refuses, and whether waiting may mend it. Full disks get room, mounts come back, descriptors are closed:
// a refusal is held, never taken for the end.

/** Something that is no log has a log's name: only this item cannot be stored. */
export class TakenError extends Error {
  override name = "TakenError";
}

/** The log directory is not where it was: somebody moved, removed or replaced it. */
export class DirectoryGoneError extends Error {
  override name = "DirectoryGoneError";
  readonly code = "ENOENT";
}

/** The disk does not take the journal, and nobody waits for it any more. */
export class JournalHeldError extends Error {
  override name = "JournalHeldError";
  readonly code = "EIO";
}

/**
 * Whether the operating system refused (ENOSPC, EIO, EMFILE, a directory that is gone …), so that a later try may do.
 *
 * Deno has no code for some of these (EDQUOT, ESTALE, EFBIG, EHOSTDOWN …): they are plain errors with the system's words. And
 * it calls a file busy while another thread has it, which is only where there was no descriptor left for a second one.
 */
export function isDiskTrouble(error: unknown): error is Error {
  if (!(error instanceof Error)) return false;
  if ("code" in error && typeof error.code === "string") return /^E[A-Z0-9]+$/.test(error.code);
  const isPlain = error.constructor === Error && /\(os error \d+\)/.test(error.message);
  return isPlain || error instanceof Deno.errors.Busy;
}

/** The system's own words for what went wrong. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * What a collect answers when a log was not stored: hold while the disk refuses, leave this one item if its name is taken.
 *
 * @throws the error itself if it is a defect
 */
export function notStored(error: unknown): { readonly kind: "disk" | "unsafe"; readonly reason: string } {
  if (error instanceof TakenError) return { kind: "unsafe", reason: error.message };
  if (isDiskTrouble(error)) return { kind: "disk", reason: error.message };
  throw error;
}
