// `--dry-run`: what would be sent, on standard output; remarks and what the API server says go to standard error. Nothing is
// written and nothing is created.

import type { RunCommand } from "../cli/options.ts";
import { systemClock } from "../clock.ts";
import { makePods } from "../cluster/pods_api.ts";
import { ClusterError } from "../errors.ts";
import { makePlan } from "../run/plan.ts";
import { yamlText } from "../template/yaml_text.ts";
import { printable } from "../ui/escape.ts";
import { ACCEPTED, type Judgement, makeJudge, NotJudgedError } from "./judge.ts";
import { openCluster } from "./open_cluster.ts";
import { openOutput, tell } from "./output.ts";
import { readInputs } from "./read_inputs.ts";

/** Dry runs that are under way at once. */
const AT_ONCE = 16;
const SHOWN = 10;
/** In place of a run's id. */
const RUN = "dry-run";

/**
 * Prints all pods; under `server` each is judged by the API server. Resolves to 0, or 2 where one was refused.
 *
 * @throws {ClusterError} where the server does not judge one
 */
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
    ...(cluster === null || plan.length === 0 ? [] : cluster.notes(plan.manifest(0, 1, RUN))),
    ...(plan.length === 0 ? ["the list is empty: there is nothing to run"] : []),
  ];
  if (!command.ui.isQuiet) { for (const remark of remarks) tell(remark); }
  let isBusyTold = false;
  const judge = cluster === null ? null : makeJudge(
    makePods(await cluster.enter(), {
      namespace,
      clock: systemClock,
      signal: stop.signal,
      requestTimeoutSeconds: command.cluster.requestTimeoutSeconds,
    }),
    systemClock,
    stop.signal,
    (reason) => {
      if (!isBusyTold && !command.ui.isQuiet) tell(`the API server does not judge now, trying on: ${reason}`);
      isBusyTold = true;
    },
  );
  try {
    const show = (position: number, judgement: Judgement | null): string => {
      if (command.output === "name") return `pod/${plan.name(position)}\n`;
      const manifest = plan.manifest(position, 1, RUN);
      if (command.output === "json") return `${manifest}\n`;
      const remark = judgement === null ? "" : `# ${printable(judgement.text.replaceAll(/\s+/g, " "))}\n`;
      return `---\n${remark}${yamlText(manifest)}`;
    };
    if (cluster === null || judge === null) {
      await print(plan.length, (position) => show(position, null));
      return 0;
    }
    return await printJudged(
      plan.length,
      show,
      async (position) => {
        const manifest = plan.manifest(position, 1, RUN);
        // what `--local` refuses before a run its API never sees
        const problems = cluster.problems(manifest);
        return problems.length === 0
          ? await judge(manifest)
          : { isRefused: true, text: `refused: ${problems.join("; ")}` };
      },
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
  let refused = 0;
  const waiting: Promise<Judgement>[] = [];
  await using output = openOutput();
  for (let position = 0; position < count && !output.isGone; position++) {
    while (waiting.length < AT_ONCE && position + waiting.length < count) {
      const judging = judge(position + waiting.length);
      judging.catch(() => {}); // told in its turn
      waiting.push(judging);
    }
    const judgement = await waiting.shift()?.catch((error: unknown) => {
      if (!(error instanceof NotJudgedError)) throw error;
      throw new ClusterError(
        `Cannot have ${label(position)} judged by the API server: ${error.message}\n` +
          `${position} of ${count} pods were judged, ${refused} of them refused; ${error.advice}`,
      );
    });
    if (judgement === undefined) throw new Error(`no dry run of pod ${position} was sent`);
    output.add(show(position, judgement));
    await output.flush();
    if (judgement.text !== ACCEPTED && (judgement.isRefused ? ++refused : 0) <= SHOWN) {
      tell(`${label(position)}: ${judgement.text}`);
    }
  }
  if (refused > SHOWN) tell(`… and ${refused - SHOWN} more`);
  if (refused > 0) {
    tell(`${refused} of ${count} pods are refused; mend the template, and try again`);
  }
  return refused > 0 ? 2 : 0;
}
