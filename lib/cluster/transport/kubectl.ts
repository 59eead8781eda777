// How a kubectl command is put together: the flags that choose the cluster, and quoting where `ssh` carries the words to
// a remote shell. Starts nothing.

/** Which kubectl, and what for. */
export interface KubectlOptions {
  readonly kubectl: readonly string[];
  readonly context: string | null;
  readonly kubeconfig: string | null;
  /** Closes the transport when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

/** Flags that say which cluster. */
export function clusterFlags(options: Pick<KubectlOptions, "context" | "kubeconfig">): string[] {
  return [
    ...(options.context === null ? [] : ["--context", options.context]),
    ...(options.kubeconfig === null ? [] : ["--kubeconfig", options.kubeconfig]),
  ];
}

/** ssh's options whose value is the next word, from ssh(1). */
const SSH_VALUE_OPTION = /^-[a-zA-Z0-9]*[BbcDEeFIiJLlmOoPpQRSWw]$/;

/** The whole command for `args`. Behind `ssh HOST` every word is quoted: the remote shell would take `?` and `&` apart. */
export function kubectlWords(
  options: Pick<KubectlOptions, "kubectl" | "context" | "kubeconfig">,
  args: readonly string[],
): string[] {
  const words = [...options.kubectl, ...clusterFlags(options), ...args];
  if (words[0]?.split("/").at(-1) !== "ssh") return words;
  let host = 1;
  while (host < options.kubectl.length && words[host]?.startsWith("-")) {
    host += SSH_VALUE_OPTION.test(words[host] ?? "") ? 2 : 1;
  }
  return words.map((word, place) => place > host ? `'${word.replaceAll("'", "'\\''")}'` : word);
}
