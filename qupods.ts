#!/usr/bin/env -S deno run -A --v8-flags=--max-semi-space-size=4,--heap-growing-percent=20
// qupods: one Kubernetes pod per item of a list; every pod's verdict and complete log come home. This file is the table
// of contents: what was typed, which command that is, and how its end becomes an exit status. A command is loaded once it
// was asked for, so that --help and a mistyped flag are answered at once. The V8 flags keep 70 MB of a long run's garbage
// from piling up before it is collected.

import { parseCommand } from "./lib/cli/parse.ts";
import { ClusterError, UsageError } from "./lib/errors.ts";
import { load } from "./lib/load.ts";
import { defectText } from "./lib/ui/defect.ts";
import { printable } from "./lib/ui/escape.ts";
import { writeAnswer, writeRemark } from "./lib/ui/standard_streams.ts";
import deno from "./deno.json" with { type: "json" };

const PERMISSIONS = "Start it with deno run -A, or with the permissions that docs/permissions.md lists";

/**
 * The whole program.
 *
 * @param args the command line without the program's name
 * @returns the exit status: 0 all succeeded, 1 some failed, 2 usage, 3 stopped early (by a defect, too) or logs not safe, 4 cluster,
 * 130/143 interrupted
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const command = parseCommand(args, { version: deno.version, cores: navigator.hardwareConcurrency });
    switch (command.verb) {
      case "print":
        await writeAnswer(command.text.endsWith("\n") ? command.text : `${command.text}\n`);
        return 0;
      case "run":
        if (command.dryRun === "none") {
          return await (await load(import("./lib/commands/start_run.ts"))).startRun(command, args);
        }
        return await (await load(import("./lib/commands/dry_run.ts"))).dryRun(command);
      case "cancel":
        return await (await load(import("./lib/commands/cancel.ts"))).cancel(command, args);
    }
  } catch (error) {
    return tellError(error);
  }
}

/** Says what ended the program. What is wrong with qupods says that it is: to go on would be to claim that it is not. */
function tellError(error: unknown): number {
  if (error instanceof UsageError || error instanceof ClusterError) {
    const lines = error.message.split("\n").map(printable).join("\n");
    writeRemark(`qupods: ${lines}\n`);
    return error instanceof UsageError ? 2 : 4;
  }
  if (error instanceof Deno.errors.NotCapable) {
    writeRemark(
      `qupods: Cannot go on as Deno does not permit it: ${printable(error.message)}\n${PERMISSIONS}\n`,
    );
    return 2;
  }
  writeRemark(defectText(error, deno.version));
  return 3;
}

if (import.meta.main) {
  // also what was thrown where nobody waits for it
  globalThis.addEventListener("unhandledrejection", ({ reason }) => Deno.exit(tellError(reason)));
  globalThis.addEventListener("error", ({ error }) => Deno.exit(tellError(error)));
  Deno.exit(await main(Deno.args));
}
