// `qupods run`, begun: kubectl is started while the rest of the program is loaded, which takes as long.

import type { RunCommand } from "../cli/options.ts";
import { startKubectl } from "../cluster/kubectl_start.ts";
import { load } from "../load.ts";

/** Runs the command; resolves to the exit status. */
export async function startRun(command: RunCommand, args: readonly string[]): Promise<number> {
  await using begun = command.cluster.isLocal ? null : startKubectl(command.cluster);
  const { run } = await load(import("./run.ts"));
  return await run(command, args, begun);
}
