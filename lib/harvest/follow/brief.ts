// Whether this run's containers end so soon that a stream opened for each would be cut before it was of use. Such a
// log is as whole when it is fetched at the end, and costs both sides a connection less: to lose text it would have to
// outgrow the node's limit (10 MiB by default) within a second, and just when the kubelet looks, every 10 s by default.
// What writes fast enough for that is called `unproven` if its first lines may be missing (beginning.ts).

/** What ended within this time, as the watch saw it, was brief. */
export const BRIEF_MILLISECONDS = 1_000;
/** So many in a row must have been brief before the next is taken to be. */
const USUAL = 16;

/** How long the containers of a run have been seen to run. */
export interface Brevity {
  /** One ended that had been seen running for so long. */
  note(milliseconds: number): void;
  /** All of the last ones were brief. */
  readonly isUsual: boolean;
}

export function makeBrevity(): Brevity {
  let inRow = 0;
  return {
    note(milliseconds) {
      inRow = milliseconds < BRIEF_MILLISECONDS ? inRow + 1 : 0;
    },
    get isUsual() {
      return inRow >= USUAL;
    },
  };
}
