// The way to a run's cluster, as it is written into run.json and taken again by `qupods cancel` from another shell, folder
// or day. A command or kubeconfig out of a file runs programs: only a file that nobody else can have written is believed.

import { resolve } from "node:path";
import type { ClusterOptions } from "../cli/options.ts";
import { UsageError } from "../errors.ts";
import type { Via } from "../results/record.ts";

/** What is to be written down. */
export function recordVia(options: ClusterOptions, contextName: string): Via {
  const [program = "kubectl", ...words] = options.kubectl;
  // behind a wrapper (`ssh host kubectl`) the file may be another machine's
  const isHere = words.length === 0;
  const { kubeconfig } = options;
  return {
    kubectl: [program.includes("/") ? resolve(program) : program, ...words],
    context: options.context ?? (contextName || null),
    kubeconfig: kubeconfig === null || !isHere ? kubeconfig : resolve(kubeconfig),
    kubeconfigVariable: absolutePaths(Deno.env.get("KUBECONFIG") ?? ""),
    transport: options.transport,
  };
}

/** The list of files in KUBECONFIG, none of them relative; null if there is none. */
function absolutePaths(list: string): string | null {
  return list.split(":").filter((path) => path !== "").map((path) => resolve(path)).join(":") || null;
}

/**
 * The options of a call with what run.json says filled in.
 *
 * @param path of run.json, for its owner
 * @throws {UsageError} where run.json names programs or files and others may have written it
 */
export async function takeVia(options: ClusterOptions, via: Via, path: string): Promise<ClusterOptions> {
  const isPlain = via.kubectl.join(" ") === "kubectl" && via.kubeconfig === null &&
    via.kubeconfigVariable === null;
  if (!isPlain && !(await isOwn(path))) {
    throw new UsageError(
      `Cannot use the kubectl command and kubeconfig in ${path} as another user may have written it; ` +
        `name the cluster yourself with --context, --kubeconfig or --kubectl`,
    );
  }
  return {
    ...options,
    kubectl: via.kubectl,
    context: via.context,
    kubeconfig: via.kubeconfig,
    transport: options.transport === "auto" ? via.transport : options.transport,
  };
}

/** Sets KUBECONFIG as it was: kubectl alone understands a list of files, and only from there. */
export function takeKubeconfigVariable({ kubeconfigVariable }: Via): void {
  if (kubeconfigVariable === null) Deno.env.delete("KUBECONFIG");
  else Deno.env.set("KUBECONFIG", kubeconfigVariable);
}

/** Whether only we could have written the file. */
async function isOwn(path: string): Promise<boolean> {
  const { uid, mode } = await Deno.lstat(path);
  return uid === Deno.uid() && ((mode ?? 0) & 0o022) === 0;
}
