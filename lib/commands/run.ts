// `qupods run`: everything is judged first (items, template, past, cluster), then the run is driven to its end. Puts the
// rooms together and owns the order of preflight; decides nothing inside a run.

import { createHash } from "node:crypto";
import { cpuUsage } from "node:process";
import type { RunCommand } from "../cli/options.ts";
import { systemClock } from "../clock.ts";
import type { KubectlStart } from "../cluster/kubectl_start.ts";
import { makePods } from "../cluster/pods_api.ts";
import { UsageError } from "../errors.ts";
import { makeHarvest } from "../harvest/make.ts";
import { openResults } from "../results/open.ts";
import { summarizedPlan } from "../results/summary.ts";
import { drive } from "../run/drive.ts";
import { readPast } from "../run/past.ts";
import { makePlan, type Plan } from "../run/plan.ts";
import type { Outcome } from "../run/status.ts";
import { openReporter } from "../ui/reporter.ts";
import { exitStatus } from "./exit_status.ts";
import { judgeFirstPod } from "./judge.ts";
import { type OpenCluster, openCluster } from "./open_cluster.ts";
import { openFileLimit, streamsWithin } from "./open_files.ts";
import { readInputs } from "./read_inputs.ts";
import { listenForSignals } from "./signals.ts";

/**
 * Runs the command; resolves to the exit status.
 *
 * @param begun kubectl, if it was begun already
 */
export async function run(
  command: RunCommand,
  args: readonly string[],
  begun: KubectlStart | null,
): Promise<number> {
  const { schedule, ui } = command;
  const { template, templateText, items, seed, isBegun } = await readInputs(command);
  const maxStreams = streamsWithin(openFileLimit());
  const stop = new AbortController();
  using signals = listenForSignals();
  const opened = await signals.unlessSignalled(
    openCluster(command.cluster, template.namespace, {
      localFolder: `${command.results.logdir}/.qupods/tmp`,
      begun,
    }),
  );
  if (opened === null) return signals.exitStatus;
  await using cluster = opened;
  const entering = cluster.enter(); // while all that follows is read and judged
  entering.catch(() => {}); // told below, unless something else is wrong before
  const plan = makePlan(items, template, {
    namespace: cluster.namespace,
    hasEnv: command.template.hasEnv,
    timeoutSeconds: schedule.timeoutSeconds,
  }, await summarizedPlan(command.results.logdir));
  judgePlace(plan, cluster);
  // a directory is made only for a cluster that takes the run
  if (!isBegun && await signals.unlessSignalled(entering) === null) return signals.exitStatus;
  await using results = await openResults(command.results.logdir, {
    server: cluster.server,
    namespace: cluster.namespace,
    via: cluster.via,
    retries: schedule.retries,
    templateHash: createHash("sha256").update(templateText).digest("hex"),
    listHash: items.hash,
    seed,
    clock: systemClock,
  });
  const past = await readPast(plan, results, command.results);
  const transport = await signals.unlessSignalled(entering);
  if (transport === null) return signals.exitStatus;
  using reporter = openReporter({
    ui,
    logdir: command.results.logdir,
    isLocal: command.cluster.isLocal,
    args,
    clock: systemClock,
    total: plan.length,
    skipped: past.skipped,
    skippedFailed: past.skippedFailed,
    doubtful: past.doubtful,
    itemText: (name) => plan.item(plan.find(name)).value.text,
  });
  reporter.start({
    where: cluster.description,
    schedule,
    notes: [
      ...items.notes,
      ...template.warnings,
      ...(plan.length === 0 ? [] : cluster.notes(plan.manifest(0, 1, results.run.run))),
    ],
  });
  if (results.damagedLines > 0) {
    reporter.notice(
      `${results.damagedLines} lines of ${results.path}/.qupods/journal.jsonl are damaged and count for nothing: ` +
        `attempts that they told of are forgotten, logs and verdicts are not`,
    );
  }
  // pods of this machine die with their call, and say nothing more
  if (command.cluster.isLocal) await results.dropTapes();
  const isAllDone = plan.length === past.skipped;
  const isAllSaid = isAllDone && past.unended.size === 0;
  if (plan.length === 0 || (isAllSaid && command.cluster.isLocal)) {
    reporter.nothing();
    return past.doubtful.some(({ completeness }) => completeness === "incomplete")
      ? 3
      : past.skippedFailed > 0
      ? 1
      : 0;
  }
  const notice = (text: string) => reporter.notice(text);
  let throttled = 0;
  const pods = makePods(transport, {
    namespace: cluster.namespace,
    clock: systemClock,
    signal: stop.signal,
    requestTimeoutSeconds: command.cluster.requestTimeoutSeconds,
    maxStreams,
    onTrouble: notice,
    onThrottle: () => throttled++,
  });
  // with nothing to run there may still be pods to delete and ends to write down, of a call that was killed just before
  const isJudged = await signals.unlessSignalled(
    isAllDone ? Promise.resolve(true) : judgeFirstPod(plan, past, results.run.run, pods, notice),
  );
  if (isJudged === null) return signals.exitStatus;
  const harvest = makeHarvest({
    pods,
    results,
    clock: systemClock,
    isRotated: !command.cluster.isLocal,
    onFollow: (followed) => reporter.follows(followed),
    onTrouble: notice,
  });
  const onStop = () => reporter.interrupted();
  signals.drain.addEventListener("abort", onStop, { once: true });
  const began = cpuUsage();
  let outcome: Outcome;
  try {
    outcome = await drive(plan, past, schedule, {
      pods,
      harvest,
      results,
      clock: systemClock,
      drain: signals.drain,
      isEphemeral: command.cluster.isLocal,
      throttled: () => throttled,
      cpuSeconds: () => {
        const { user, system } = cpuUsage(began);
        return (user + system) / 1e6;
      },
      onEvent: (event) => reporter.event(event),
      onStatus: (status) => reporter.update(status),
    });
  } finally {
    signals.drain.removeEventListener("abort", onStop);
    stop.abort();
    await harvest[Symbol.asyncDispose]();
  }
  if (isAllDone) reporter.nothing();
  else await reporter.end(outcome);
  return exitStatus(outcome, past.skippedFailed, signals.exitStatus);
}

/** What this place cannot give the first pod it cannot give the others: better said now than once per item. */
function judgePlace(plan: Plan, cluster: OpenCluster): void {
  const problems = plan.length === 0 ? [] : cluster.problems(plan.manifest(0, 1, ""));
  if (problems.length === 0) return;
  throw new UsageError(
    `Cannot run pod ${plan.name(0)} (${plan.item(0).origin}) with --local; nothing was started:\n` +
      problems.map((problem) => `  ${problem}`).join("\n"),
  );
}
