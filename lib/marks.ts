// The marks by which a pod is known as ours, written by the template room and read back by the cluster room.
// The label finds a run's pods; the annotations say which item and attempt a pod is, so that a restart needs nothing else.

/** Label with the run's random id: every list, watch and delete goes by it. */
export const RUN_LABEL = "qupods.dev/run";
/** Annotation: the item's index in the full list, from 0. */
export const INDEX_ANNOTATION = "qupods.dev/index";
/** Annotation: the attempt, from 1. */
export const ATTEMPT_ANNOTATION = "qupods.dev/attempt";
/** Annotation: hex SHA-256 of the pod as rendered before anything of ours was added, Attempt and Run blank. */
export const HASH_ANNOTATION = "qupods.dev/hash";
/** Annotation: names of the template's own containers, comma-separated; any other was injected and decides nothing. */
export const CONTAINERS_ANNOTATION = "qupods.dev/containers";
/** kubectl's annotation that names the main container; without it the first one is. */
export const DEFAULT_CONTAINER_ANNOTATION = "kubectl.kubernetes.io/default-container";
