// How large a pod may be: the API server's limit for the whole, Linux' limit for one argument or variable, Kubernetes' limit
// for annotations. What is beyond them would fail in the cluster, item by item.

/** etcd takes 1.5 MiB, less what the server adds. */
const MOST_BYTES = 1 << 20;
/** Linux' MAX_ARG_STRLEN, with the NUL at the end. */
export const MOST_WORD_BYTES = 128 * 1024;
const MOST_ANNOTATION_BYTES = 256 * 1024;

const ADVICE = "put the data into a file and name it in the item";

/** What is too large in a rendered pod, as a clause; null when nothing is. */
export function sizeProblem(manifest: string): string | null {
  const size = byteCount(manifest);
  if (size > MOST_BYTES) {
    return `the pod has ${size} bytes, and the API server takes ${MOST_BYTES}; ${ADVICE}`;
  }
  const { metadata, spec } = JSON.parse(manifest);
  for (const group of ["initContainers", "containers"]) {
    for (const { name, command, args, env } of entries(spec[group])) {
      for (const word of [...entries(command), ...entries(args)]) {
        const problem = wordProblem(`an argument of container ${name}`, seenByProgram(word), ADVICE);
        if (problem !== null) return problem;
      }
      for (const variable of entries(env)) {
        const isOurs = String(variable.name).startsWith("QUPODS_");
        const problem = wordProblem(
          `the variable ${variable.name}`,
          `${variable.name}=${seenByProgram(variable.value)}`,
          isOurs ? `use --no-env, or ${ADVICE}` : ADVICE,
        );
        if (problem !== null) return problem;
      }
    }
  }
  const annotations = byteCount(JSON.stringify(metadata.annotations ?? {}));
  return annotations > MOST_ANNOTATION_BYTES
    ? `the annotations have ${annotations} bytes, and the API server takes ${MOST_ANNOTATION_BYTES}; ${ADVICE}`
    : null;
}

function wordProblem(what: string, word: string, advice: string): string | null {
  const size = byteCount(word) + 1;
  return size > MOST_WORD_BYTES
    ? `${what} has ${size} bytes, and Linux takes ${MOST_WORD_BYTES} each; ${advice}`
    : null;
}

/** The kubelet makes `$` of `$$`. */
function seenByProgram(word: unknown): string {
  return typeof word === "string" ? word.replaceAll("$$", "$") : "";
}

// deno-lint-ignore no-explicit-any -- a template may hold anything; what is no list has no entries
function entries(list: unknown): any[] {
  return Array.isArray(list) ? list : [];
}

function byteCount(text: string): number {
  return new TextEncoder().encode(text).length;
}
