// The error classes that `main` tells apart by exit status. Everything else that is thrown is a defect, told with its stack.

/** What the user typed, or a file of theirs, cannot be used: exit status 2, and nothing was created. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** Another process holds the log directory's lock. */
export class InUseError extends UsageError {
  /** @param holder `process 17 on host` */
  constructor(dir: string, readonly holder: string) {
    super(
      `Cannot work in ${dir} as another qupods does: ${holder}; wait for it, or choose another --logdir`,
    );
  }
}

/** The cluster cannot be reached, or does not permit what is needed, before the first pod: exit status 4. */
export class ClusterError extends Error {
  override name = "ClusterError";
}
