// The error classes that `main` tells apart by exit status. Everything else that is thrown is a defect and shows its stack.

/** What the user typed, or a file of theirs, cannot be used: exit status 2, and nothing was created. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The cluster cannot be reached, or does not permit what is needed, before the first pod: exit status 4. */
export class ClusterError extends Error {
  override name = "ClusterError";
}
