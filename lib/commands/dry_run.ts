// `--dry-run`: what would be sent, on standard output; nothing is written and nothing is created.

import { stringify } from "yaml";
import type { RunCommand } from "../cli/options.ts";
import { systemClock } from "../clock.ts";
import { makePods } from "../cluster/pods_api.ts";
import { makePlan } from "../run/plan.ts";
import { openCluster } from "./open_cluster.ts";
import { readInputs } from "./read_inputs.ts";

const PIECE_CHARACTERS = 64 * 1024;

/** Prints all pods; under `server` each is judged by the API server. Resolves to 0, or 2 where one was refused. */
export async function dryRun(command: RunCommand): Promise<number> {
  const { template, items } = await readInputs(command);
  const stop = new AbortController();
  await using cluster = command.dryRun === "server"
    ? await openCluster(command.cluster, template.namespace)
    : null;
  const namespace = cluster?.namespace ?? command.cluster.namespace ?? template.namespace ?? "default";
  const plan = makePlan(items, template, {
    namespace,
    hasEnv: command.template.hasEnv,
    timeoutSeconds: command.schedule.timeoutSeconds,
  });
  const pods = cluster === null ? null : makePods(cluster.transport, {
    namespace,
    clock: systemClock,
    signal: stop.signal,
    requestTimeoutSeconds: command.cluster.requestTimeoutSeconds,
  });
  const output = Deno.stdout.writable.getWriter();
  const encoder = new TextEncoder();
  let text = "";
  const flush = async () => {
    const bytes = encoder.encode(text);
    text = "";
    await output.write(bytes);
  };
  let refused = 0;
  try {
    for (let position = 0; position < plan.length; position++) {
      const isNameEnough = pods === null && command.output === "name";
      const manifest = isNameEnough ? "" : plan.manifest(position, 1, "dry-run");
      let verdict = "";
      if (pods !== null) {
        const { outcome } = await pods.dryRun(manifest);
        verdict = outcome.kind === "made"
          ? "accepted"
          : outcome.kind === "refused"
          ? `${outcome.reason}: ${outcome.message}`
          : outcome.kind;
        if (outcome.kind === "refused") refused++;
      }
      text += show(command, plan.name(position), manifest, verdict);
      // a write a pod would cost ten times what the pod does; a server's verdict is worth seeing at once
      if (pods !== null || text.length >= PIECE_CHARACTERS) await flush();
    }
    await flush();
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  } finally {
    stop.abort();
    output.releaseLock();
  }
  return refused > 0 ? 2 : 0;
}

function show(command: RunCommand, name: string, manifest: string, verdict: string): string {
  if (command.output === "name") return `pod/${name}${verdict === "" ? "" : ` ${verdict}`}\n`;
  if (command.output === "json") return `${manifest}\n`;
  const remark = verdict === "" ? "" : `# ${verdict.replaceAll("\n", " ")}\n`;
  return `---\n${remark}${stringify(JSON.parse(manifest))}`;
}
