// Whether a log's beginning may have been rotated away before anybody read it. The API does not tell whether a file is a
// container's first, nor at what size a node rotates. What can be judged: had the container written before its first known
// line as it wrote in the second after, would that have been worth a rotation? Seen on a kubelet 1.36 with a limit of
// 1 MiB: a pod that wrote 5 MB within a second came home without its first 1.3 MB, and looked whole.

/** What is known of a tape's first lines. */
export interface Beginning {
  /** Timestamp of the first line; empty if there is none. */
  readonly firstTime: string;
  /** Bytes of the lines within a second of the first. */
  readonly firstSecondBytes: number;
  /** The stream had been open and silent before the first line came: nothing can have gone before. */
  readonly wasAwaited: boolean;
}

/** What is measured of a tape, or a text, as it comes. */
export interface Measured {
  readonly firstTime: string;
  /** Where the lines of the first second end; null while it lasts. */
  firstSecondEnd: number | null;
}

/** The smallest limit that is of any use; the kubelet's default is ten times that. */
const FILE_BYTES = 1024 * 1024;
/** A silence so long before the first line is a silent program's, or hides a whole file that nobody followed. */
const SILENCE_MILLISECONDS = 10_000;

/** When a container ran: RFC 3339 in whole seconds, as the server gives it; null where it does not. */
export interface Ran {
  /** Up to a second too early, which errs to the safe side. */
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
}

/** @param isFollowed a stream was opened while the container ran */
export function isBeginningSure(
  beginning: Beginning,
  { startedAt, finishedAt }: Ran,
  isFollowed: boolean,
): boolean {
  const { firstSecondBytes, wasAwaited } = beginning;
  // a file without a line may be a new one: all that was written was rotated away, and nothing came after
  const firstTime = beginning.firstTime || (finishedAt ?? "");
  if (wasAwaited || firstTime === "") return true;
  const before = Math.max(0, Date.parse(firstTime) - Date.parse(startedAt ?? firstTime));
  if (!isFollowed && before > SILENCE_MILLISECONDS) return false;
  return firstSecondBytes * before / 1000 < FILE_BYTES;
}

/** Measures the first second, line by line; `length`: bytes on the tape before the line. */
export function watchBeginning(measured: Measured): (time: string, length: number) => void {
  let first = measured.firstTime;
  return (time, length) => {
    if (measured.firstSecondEnd !== null) return;
    first ||= time;
    // parsed only where the second changes
    if (first.slice(0, 19) === time.slice(0, 19) || Date.parse(time) - Date.parse(first) < 1000) return;
    measured.firstSecondEnd = length;
  };
}
