// `qupods run`, begun: kubectl is asked for its configuration while the rest of the program is loaded, which takes as long.

import type { RunCommand } from "../cli/options.ts";
import { readKubeConfig } from "../cluster/kube_config.ts";

/** Runs the command; resolves to the exit status. */
export async function startRun(command: RunCommand, args: readonly string[]): Promise<number> {
  const config = command.cluster.isLocal ? null : readKubeConfig(command.cluster);
  config?.catch(() => {}); // told where it is needed, unless something else is wrong before
  const { run } = await import("./run.ts");
  return await run(command, args, config);
}
