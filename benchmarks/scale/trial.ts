// One run on paper: the real list, template, plan, scheduler, ledger and journal lines of qupods against the cluster of
// cluster.ts, at simulated time. No request is sent and no file is written but the list.

import { cpuUsage } from "node:process";
import { readItems } from "../../lib/items/read.ts";
import { encodeLine } from "../../lib/results/line.ts";
import { bottleneck } from "../../lib/run/bottleneck.ts";
import { endRecord } from "../../lib/run/end_record.ts";
import type { Action } from "../../lib/run/scheduler/event.ts";
import { nextTick } from "../../lib/run/scheduler/fill.ts";
import { makeLedger } from "../../lib/run/ledger.ts";
import { makePlan } from "../../lib/run/plan.ts";
import { createState } from "../../lib/run/scheduler/state.ts";
import { isDone, step } from "../../lib/run/scheduler/step.ts";
import { SCHEDULE } from "../../lib/run/scheduler/test_pods.ts";
import { compileTemplate } from "../../lib/template/compile.ts";
import { TEMPLATE } from "../lab.ts";
import { type Assumptions, type Costs, makeCluster } from "./cluster.ts";

export interface Scenario extends Assumptions {
  readonly what: string;
  readonly items: number;
  /** Null: `--max-pending auto`. */
  readonly maxPending: number | null;
}

export interface Figures extends Costs {
  readonly seconds: number;
  readonly journalBytes: number;
  readonly summaryBytes: number;
  readonly megabytes: number;
  /** Of this process: list, plan, scheduler, ledger and the cluster on paper, too. */
  readonly cpuSeconds: number;
  readonly steps: number;
  readonly bottleneck: string;
}

/** Events that come within so long are handed over together, as they are when a socket is read. */
const TOGETHER_MILLISECONDS = 10;

export async function runOnPaper(scenario: Scenario, listPath: string): Promise<Figures> {
  const source = { kind: "file", path: listPath, isJson: false } as const;
  const list = await readItems({ source, format: null, isNulSeparated: false, range: null, sample: null }, {
    stdin: new ReadableStream(),
    seed: null,
  });
  const template = compileTemplate(await Deno.readTextFile(TEMPLATE), {
    file: TEMPLATE,
    delims: null,
    columns: list.columns,
  });
  const plan = makePlan(list, template, { namespace: "lab", hasEnv: true, timeoutSeconds: null });
  const ledger = makeLedger(plan, () => false);
  const cluster = makeCluster(scenario, plan.hash, "r");
  const schedule = {
    ...SCHEDULE,
    maxPending: scenario.maxPending ?? 64,
    isPendingAuto: scenario.maxPending === null,
  };
  const { length, name, hash, find } = plan;
  const state = createState({ schedule, run: "r", length, name, hash, find }, () => false, new Map());
  let journalBytes = 0;
  let steps = 0;
  let now = 0;

  function act(action: Action): void {
    if (action.kind === "create") {
      const { position, name, number } = action.attempt;
      const at = 1_800_000_000_000 + now;
      const intent = { kind: "intent", name, attempt: number, hash: hash(position), at } as const;
      journalBytes += encodeLine(intent).length;
      ledger.take(position, intent);
    } else if (action.kind === "record") {
      const { position, name, number, uid, pod, end } = action.attempt;
      const logs = action.result.kind === "stored" ? action.result.logs : [];
      const ended = {
        name,
        hash: hash(position),
        index: position,
        attempt: number,
        uid: uidLike(uid),
        pod,
        end,
      };
      const record = endRecord(ended, logs, action.isFinal);
      journalBytes +=
        encodeLine({ ...record, startedAt: record.createdAt, finishedAt: record.createdAt }).length;
      ledger.take(position, record);
    }
    cluster.act(action, now);
  }

  for (const action of step(state, [{ kind: "watch", event: { kind: "listed", pods: [] } }], now)) {
    act(action);
  }
  while (!isDone(state, now)) {
    const next = Math.min(cluster.next(), nextTick(state, now));
    if (next === Infinity) throw new Error(`Cannot go on at ${now} ms as nothing will happen any more`);
    now = Math.max(now + TOGETHER_MILLISECONDS, next);
    const events = cluster.advance(now);
    for (const action of step(state, events, now)) act(action);
    steps++;
  }
  const { user, system } = cpuUsage();
  const found = bottleneck({
    meter: state.meter,
    schedule,
    places: state.window?.size ?? schedule.maxPending,
    throttled: 0,
    cpuSeconds: cluster.costs.posts * scenario.clientMilliseconds / 1000,
  });
  return {
    ...cluster.costs,
    seconds: now / 1000,
    journalBytes,
    summaryBytes: JSON.stringify(ledger.content()).length,
    megabytes: peakMegabytes(),
    cpuSeconds: (user + system) / 1e6,
    steps,
    bottleneck: found?.text ?? "",
  };
}

/** As long as a real one. */
function uidLike(uid: string): string {
  return uid.padEnd(36, "0");
}

function peakMegabytes(): number {
  const found = /^VmHWM:\s+(\d+)/m.exec(Deno.readTextFileSync("/proc/self/status"));
  return Number(found?.[1] ?? NaN) / 1024;
}
