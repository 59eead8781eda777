// `--dry-run`: what would be sent, on standard output; remarks and what the API server says go to standard error. Nothing is
// written and nothing is created.

import type { RunCommand } from "../cli/options.ts";
import { systemClock } from "../clock.ts";
import { makePods } from "../cluster/pods_api.ts";
import { makePlan } from "../run/plan.ts";
import { yamlText } from "../template/yaml_text.ts";
import { openCluster } from "./open_cluster.ts";
import { openOutput, tell } from "./output.ts";
import { readInputs } from "./read_inputs.ts";

/** What the API server says of one pod. */
interface Judgement {
  readonly isRefused: boolean;
  readonly text: string;
}

type Judge = (manifest: string) => Promise<Judgement>;

/** Dry runs that are under way at once. */
const AT_ONCE = 16;
const SHOWN = 10;

/** Prints all pods; under `server` each is judged by the API server. Resolves to 0, or 2 where one was refused. */
export async function dryRun(command: RunCommand): Promise<number> {
  const { template, items } = await readInputs(command);
  const stop = new AbortController();
  await using cluster = command.dryRun === "server"
    ? await openCluster(command.cluster, template.namespace)
    : null;
  // Without a cluster nobody knows the context's namespace; kubectl puts in its own when none is written.
  const namespace = cluster?.namespace ?? command.cluster.namespace ?? template.namespace ?? "";
  const plan = makePlan(items, template, {
    namespace,
    hasEnv: command.template.hasEnv,
    timeoutSeconds: command.schedule.timeoutSeconds,
  });
  const remarks = [
    ...items.notes,
    ...template.warnings,
    ...(plan.length === 0 ? ["the list is empty: there is nothing to run"] : []),
  ];
  if (!command.ui.isQuiet) { for (const remark of remarks) tell(remark); }
  const judge = cluster === null ? null : makeJudge(
    makePods(await cluster.enter(), {
      namespace,
      clock: systemClock,
      signal: stop.signal,
      requestTimeoutSeconds: command.cluster.requestTimeoutSeconds,
    }),
  );
  try {
    const show = (position: number, judgement: Judgement | null): string => {
      if (command.output === "name") return `pod/${plan.name(position)}\n`;
      const manifest = plan.manifest(position, 1, "dry-run");
      if (command.output === "json") return `${manifest}\n`;
      const remark = judgement === null ? "" : `# ${judgement.text.replaceAll(/\s+/g, " ")}\n`;
      return `---\n${remark}${yamlText(manifest)}`;
    };
    if (judge === null) {
      await print(plan.length, (position) => show(position, null));
      return 0;
    }
    return await printJudged(
      plan.length,
      show,
      (position) => judge(plan.manifest(position, 1, "dry-run")),
      (position) => `pod ${plan.name(position)} (${plan.item(position).origin})`,
    );
  } finally {
    stop.abort();
  }
}

async function print(count: number, show: (position: number) => string): Promise<void> {
  await using output = openOutput();
  for (let position = 0; position < count && !output.isGone; position++) {
    const isFull = output.add(show(position));
    if (isFull) await output.flush();
  }
}

async function printJudged(
  count: number,
  show: (position: number, judgement: Judgement) => string,
  judge: (position: number) => Promise<Judgement>,
  label: (position: number) => string,
): Promise<number> {
  const refused: number[] = [];
  const waiting: Promise<Judgement>[] = [];
  await using output = openOutput();
  for (let position = 0; position < count && !output.isGone; position++) {
    while (waiting.length < AT_ONCE && position + waiting.length < count) {
      waiting.push(judge(position + waiting.length));
    }
    const judgement = await waiting.shift();
    if (judgement === undefined) throw new Error(`no dry run of pod ${position} was sent`);
    output.add(show(position, judgement));
    await output.flush();
    if (judgement.text !== "accepted" && (judgement.isRefused ? refused.push(position) : 0) <= SHOWN) {
      tell(`${label(position)}: ${judgement.text}`);
    }
  }
  await Promise.allSettled(waiting);
  if (refused.length > SHOWN) tell(`… and ${refused.length - SHOWN} more`);
  if (refused.length > 0) {
    tell(`the API server refuses ${refused.length} of ${count} pods; mend the template, and try again`);
  }
  return refused.length > 0 ? 2 : 0;
}

function makeJudge(pods: ReturnType<typeof makePods>): Judge {
  return async (manifest) => {
    const { outcome, warnings } = await pods.dryRun(manifest);
    const aside = warnings.length === 0 ? "" : ` (${warnings.join("; ")})`;
    switch (outcome.kind) {
      case "made":
        return { isRefused: false, text: `accepted${aside}` };
      case "refused":
        return { isRefused: true, text: `refused: ${outcome.reason}: ${outcome.message}` };
      case "exists":
        return { isRefused: false, text: "a pod of this name is there already" };
      case "later":
        return { isRefused: false, text: `cannot be created now: ${outcome.reason}` };
      case "unclear":
        return { isRefused: false, text: `was not judged: ${outcome.reason}` };
    }
  };
}
