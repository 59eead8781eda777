// The cluster that KUBECONFIG names, as the benchmarks use it: a namespace of hollow nodes, and kubectl.

/** How the rows are to be run. */
export interface Lab {
  readonly context: string;
  readonly namespace: string;
  /** Items of one trial. */
  readonly count: number;
  readonly rounds: number;
  /** A fresh empty folder for one trial. */
  folder(): Promise<string>;
  kubectl(...args: string[]): Promise<string>;
  /** As the kubeconfig's current context: rivals need rights that qupods does not. */
  admin(...args: string[]): Promise<string>;
  /** Reports progress. */
  say(text: string): void;
}

export const PROGRAM = new URL("../qupods.ts", import.meta.url).pathname;
export const TEMPLATE = new URL("pod.yaml", import.meta.url).pathname;

/** Opens it as it is: whether there is a cluster `checkCluster` tells. */
export async function openLab(
  options: { context: string; namespace: string; count: number; rounds: number },
): Promise<Lab & AsyncDisposable> {
  const root = await Deno.makeTempDir({ prefix: "qupods-bench-" });
  let folders = 0;
  const lab: Lab & AsyncDisposable = {
    ...options,
    async folder() {
      const path = `${root}/${folders++}`;
      await Deno.mkdir(path);
      return path;
    },
    kubectl: (...args) => run("kubectl", ["--context", options.context, "-n", options.namespace, ...args]),
    admin: (...args) => run("kubectl", ["-n", options.namespace, ...args]),
    say: (text) => {
      Deno.stderr.writeSync(new TextEncoder().encode(`${text}\n`));
    },
    async [Symbol.asyncDispose]() {
      await Deno.remove(root, { recursive: true });
    },
  };
  return lab;
}

/**
 * Asks once for all rows, before anything is measured.
 *
 * @throws {Error} where no cluster answers, the context lacks its rights, or there are no hollow nodes: the rows would measure
 * the nodes then, not the tools
 */
export async function checkCluster(lab: Lab): Promise<void> {
  const hint = "export KUBECONFIG, or see benchmarks/RESULTS.md for what is needed";
  try {
    await lab.kubectl("get", "--raw", `/api/v1/namespaces/${lab.namespace}/pods?limit=1`);
    if (await lab.admin("get", "nodes", "-l", "qupods.dev/node=hollow", "-o", "name") !== "") return;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`Cannot use context ${lab.context}, namespace ${lab.namespace}: ${why.trim()}\n${hint}`);
  }
  throw new Error(`Cannot find a hollow node, labelled qupods.dev/node=hollow; ${hint}`);
}

/** Standard output of a command. Throws when it fails. */
export async function run(command: string, args: readonly string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args: [...args], stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (!success) throw new Error(`${command} ${args.join(" ").slice(0, 200)}: ${text(stderr).slice(-1000)}`);
  return text(stdout);
}

/** `000000` … : items of a trial. */
export function makeItems(count: number): string[] {
  return Array.from({ length: count }, (_, at) => String(at).padStart(6, "0"));
}
