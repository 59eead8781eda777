// qupods itself, from its inputs to its exit status, as lib/commands/run.ts puts the rooms together: with the simulated
// cluster instead of kubectl, and nobody watching.

import type { ResultOptions } from "../../lib/cli/options.ts";
import { systemClock } from "../../lib/clock.ts";
import { makePods } from "../../lib/cluster/pods_api.ts";
import type { Transport } from "../../lib/cluster/transport/transport.ts";
import { exitStatus } from "../../lib/commands/exit_status.ts";
import { makeHarvest } from "../../lib/harvest/make.ts";
import { readItems } from "../../lib/items/read.ts";
import { openResults } from "../../lib/results/open.ts";
import type { OpenOptions } from "../../lib/results/results.ts";
import { cancelPods } from "../../lib/run/cancel.ts";
import { drive } from "../../lib/run/drive.ts";
import { readPast } from "../../lib/run/past.ts";
import { makePlan } from "../../lib/run/plan.ts";
import { SCHEDULE } from "../../lib/run/scheduler/test_pods.ts";
import type { Outcome } from "../../lib/run/status.ts";
import { compileTemplate } from "../../lib/template/compile.ts";
import { TEMPLATE } from "./job.ts";

/** What a call came to. */
export interface ProgramEnd {
  readonly exit: number;
  readonly outcome: Outcome;
}

/** One call of `qupods -i ITEMS job.yaml`, with `--retry-failed` or `--rerun` where that is said. */
export async function program(
  dir: string,
  items: readonly string[],
  templateText: string,
  transport: Transport,
  onRun: (run: string) => void,
  again: ResultOptions["again"] = "none",
): Promise<ProgramEnd> {
  const { list, template, options } = await readJob(items, templateText);
  const stop = new AbortController();
  await using results = await openResults(dir, options);
  onRun(results.run.run);
  const plan = makePlan(list, template, {
    namespace: "ns",
    hasEnv: true,
    timeoutSeconds: null,
  });
  const past = await readPast(plan, results, { logdir: dir, again, changed: null });
  const pods = makePods(transport, {
    namespace: "ns",
    clock: systemClock,
    signal: stop.signal,
    requestTimeoutSeconds: 60,
  });
  const harvest = makeHarvest({ pods, results, clock: systemClock });
  let outcome: Outcome;
  try {
    outcome = await drive(plan, past, SCHEDULE, {
      pods,
      harvest,
      results,
      clock: systemClock,
      drain: new AbortController().signal,
      // of a few items there would be none
      summaryBytes: 400,
      onEvent: () => {},
      onStatus: () => {},
    });
  } finally {
    stop.abort();
    await harvest[Symbol.asyncDispose]();
  }
  return { exit: exitStatus(outcome, past.skippedFailed, 130), outcome };
}

/** `qupods cancel DIR`. Resolves to the names of pods that it had to leave. */
export async function cancel(dir: string, transport: Transport): Promise<string[]> {
  const stop = new AbortController();
  const { options } = await readJob([], TEMPLATE);
  await using results = await openResults(dir, options);
  const pods = makePods(transport, {
    namespace: "ns",
    clock: systemClock,
    signal: stop.signal,
    requestTimeoutSeconds: 60,
  });
  const harvest = makeHarvest({ pods, results, clock: systemClock, patienceMilliseconds: 60_000 });
  try {
    const { left } = await cancelPods({
      pods,
      harvest,
      results,
      clock: systemClock,
      stop: new AbortController().signal,
      onEvent: () => {},
    });
    return left.map(({ name }) => name);
  } finally {
    stop.abort();
    await harvest[Symbol.asyncDispose]();
  }
}

/** The job that `program` runs, and how its log directory is opened. */
export async function readJob(items: readonly string[], templateText: string) {
  const list = await readItems({
    source: { kind: "lists", lists: [[...items]] },
    format: null,
    isNulSeparated: false,
    range: null,
    sample: null,
  }, { stdin: new ReadableStream(), seed: 1 });
  const template = compileTemplate(templateText, { file: "job.yaml", delims: null, columns: list.columns });
  const options: OpenOptions = {
    server: "simulated",
    namespace: "ns",
    templateHash: "",
    listHash: list.hash,
    via: null,
    retries: 0,
    seed: null,
    clock: systemClock,
  };
  return { list, template, options };
}
