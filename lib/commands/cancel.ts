// `qupods cancel DIR`: finds the run of a log directory and its cluster, makes sure that nobody works on either, and has
// the run's pods deleted, their logs kept.

import type { CancelCommand } from "../cli/options.ts";
import { systemClock } from "../clock.ts";
import { makePods } from "../cluster/pods_api.ts";
import { InUseError, UsageError } from "../errors.ts";
import { makeHarvest } from "../harvest/make.ts";
import { openResults } from "../results/open.ts";
import type { RunFile } from "../results/record.ts";
import { readRunFile } from "../results/run_file.ts";
import type { Results } from "../results/results.ts";
import { type CancelOutcome, cancelPods } from "../run/cancel.ts";
import { shellWord } from "../shell_word.ts";
import { openCancelReporter } from "../ui/cancel_reporter.ts";
import { type OpenCluster, openCluster } from "./open_cluster.ts";
import { listenForSignals } from "./signals.ts";
import { takeKubeconfigVariable, takeVia } from "./via.ts";

/** A log that cannot be read for so long is not waited for: somebody wants an end. */
const LOG_PATIENCE_MILLISECONDS = 60_000;

/** Runs the command; resolves to the exit status. */
export async function cancel(command: CancelCommand, args: readonly string[]): Promise<number> {
  const { logdir } = command;
  const file = await readRunFile(logdir);
  if (file === null) {
    throw new UsageError(
      `Cannot cancel ${logdir} as it is no log directory of qupods (there is no ${logdir}/.qupods/run.json); ` +
        `name the one of the run: qupods cancel DIR`,
    );
  }
  using signals = listenForSignals();
  await using results = await lock(logdir, file);
  const reporter = openCancelReporter({ ui: command.ui, logdir, args, clock: systemClock });
  using _ = reporter;
  if (file.server === "local") {
    reporter.local();
    return 0;
  }
  await using cluster = await reach(command, file);
  const transport = await cluster.enter();
  reporter.start(cluster.description);
  const stop = new AbortController();
  const pods = makePods(transport, {
    namespace: cluster.namespace,
    clock: systemClock,
    signal: stop.signal,
    requestTimeoutSeconds: command.cluster.requestTimeoutSeconds,
  });
  const harvest = makeHarvest({
    pods,
    results,
    clock: systemClock,
    patienceMilliseconds: LOG_PATIENCE_MILLISECONDS,
  });
  const onStop = () => reporter.interrupted();
  signals.drain.addEventListener("abort", onStop, { once: true });
  let outcome: CancelOutcome;
  try {
    outcome = await cancelPods({
      pods,
      harvest,
      results,
      clock: systemClock,
      stop: signals.drain,
      onEvent: (event) => reporter.event(event),
    });
  } finally {
    signals.drain.removeEventListener("abort", onStop);
    stop.abort();
    await harvest[Symbol.asyncDispose]();
  }
  reporter.end(outcome);
  if (outcome.isInterrupted) return signals.exitStatus;
  return outcome.left.length > 0 ? 3 : 0;
}

/** The directory's lock: under a qupods that works there, deleted pods would only be run again. */
async function lock(logdir: string, file: RunFile): Promise<Results> {
  const { via, retries, templateHash, listHash } = file;
  const { server, namespace } = file;
  try {
    return await openResults(logdir, {
      server,
      namespace,
      via,
      retries,
      templateHash,
      listHash,
      seed: null,
      clock: systemClock,
    });
  } catch (error) {
    if (!(error instanceof InUseError)) throw error;
    throw new UsageError(
      `Cannot cancel ${logdir} as qupods is at work there: ${error.holder}; end it first (Ctrl-C in its terminal, or kill), ` +
        `then type qupods cancel ${shellWord(logdir)} again`,
    );
  }
}

/** The run's cluster, by the way that run.json remembers or the one that was typed; it must be the same one. */
async function reach(command: CancelCommand, file: RunFile): Promise<OpenCluster> {
  const { namespace } = command.cluster;
  const path = `${command.logdir}/.qupods/run.json`;
  let options = command.cluster;
  if (file.via !== null && !command.isClusterNamed) {
    options = await takeVia(options, file.via, path);
    takeKubeconfigVariable(file.via);
  }
  if (namespace !== null && namespace !== file.namespace) {
    throw new UsageError(
      `Cannot cancel ${command.logdir} in namespace ${namespace} as its run is in namespace ${file.namespace}; leave -n out`,
    );
  }
  const cluster = await openCluster({ ...options, namespace: file.namespace }, null, { purpose: "cancel" });
  try {
    await cluster.enter();
    if (cluster.server === file.server) return cluster;
  } catch (error) {
    await cluster[Symbol.asyncDispose]();
    throw error;
  }
  await cluster[Symbol.asyncDispose]();
  throw new UsageError(
    `Cannot cancel ${command.logdir} as its run belongs to ${file.server}, and ${cluster.description} is ${cluster.server}; ` +
      `nothing was deleted. Choose the same cluster with --context or --kubeconfig`,
  );
}
