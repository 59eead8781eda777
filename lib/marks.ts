// The marks by which a pod is known as ours, written by the template room and read back by the cluster room.
// The label finds a run's pods; the annotation says which item and attempt a pod is, so that a restart needs nothing else.
// One annotation and not four: the API server keeps a book of each field's owner (managedFields), which it takes apart and
// puts together again at every write of a pod; three fields more cost it some 5 % of all it does for one.

/** Label with the run's random id: every list, watch and delete goes by it. */
export const RUN_LABEL = "qupods.dev/run";
/** Annotation: a Mark as text. */
export const MARK_ANNOTATION = "qupods.dev/item";
/** kubectl's annotation that names the main container; without it the first one is. */
export const DEFAULT_CONTAINER_ANNOTATION = "kubectl.kubernetes.io/default-container";

/** Which pod of a run a pod is. */
export interface Mark {
  /** The item's index in the full list, from 0. */
  readonly index: number;
  /** The attempt, from 1. */
  readonly attempt: number;
  /** Hex SHA-256 of the pod as rendered before anything of ours was added, Attempt and Run blank. */
  readonly hash: string;
  /** Names of the template's own containers, empty where they differ by item; any other was injected and decides nothing. */
  readonly containers: readonly string[];
}

/** `INDEX ATTEMPT HASH CONTAINER,CONTAINER…` */
export function markText({ index, attempt, hash, containers }: Mark): string {
  return `${index} ${attempt} ${hash} ${containers.join(",")}`;
}

/** Null for what `markText` never writes. */
export function readMark(text: string): Mark | null {
  const [, index, attempt, hash, containers] =
    /^(\d{1,15}) ([1-9]\d{0,8}) ([0-9a-f]{1,64}) ([a-z0-9,-]*)$/.exec(text) ?? [];
  if (hash === undefined || containers === undefined) return null;
  return {
    index: Number(index),
    attempt: Number(attempt),
    hash,
    containers: containers.split(",").filter((name) => name !== ""),
  };
}
