// The loop: feeds events to the scheduler and carries its actions out. All effects of a run are started here, by way of
// the cluster, harvest and results rooms; every decision is in step.ts.

import type { ScheduleOptions } from "../cli/options.ts";
import type { Clock } from "../clock.ts";
import type { PodView } from "../cluster/pod.ts";
import type { Pods, RemoveOutcome, WatchEvent } from "../cluster/pods.ts";
import type { Collected, Harvest } from "../harvest/harvest.ts";
import { doubtfulLogs, type LogRecord, type Verdict } from "../results/record.ts";
import type { Results } from "../results/results.ts";
import { isDiskTrouble, reasonOf } from "../results/trouble.ts";
import { type Bottleneck, bottleneck } from "./bottleneck.ts";
import { sweep, writeNote } from "./leave_files.ts";
import { endRecord } from "./end_record.ts";
import type { Action, StepEvent } from "./event.ts";
import { nextTick } from "./fill.ts";
import { statusOf } from "./load.ts";
import type { Past } from "./past.ts";
import type { Plan } from "./plan.ts";
import { makeRecorder } from "./recorder.ts";
import { type Attempt, createState, ITEM } from "./state.ts";
import type { Outcome, RunEvent, Status } from "./status.ts";
import { isDone, step } from "./step.ts";

/** The world of a run. */
export interface World {
  readonly pods: Pods;
  readonly harvest: Harvest;
  readonly results: Results;
  readonly clock: Clock;
  /** First Ctrl-C: start nothing new, finish what is being written. */
  readonly drain: AbortSignal;
  /** No pod outlives this process: a drain ends them, and keeps what they have written. */
  readonly isEphemeral?: boolean;
  /** Bytes of the journal after which a summary is written; 1 MiB by default. */
  readonly summaryBytes?: number;
  /** Answers with 429 so far, and CPU seconds of this process since the run began; without them none are known. */
  readonly throttled?: () => number;
  readonly cpuSeconds?: () => number;
  readonly onEvent: (event: RunEvent) => void;
  readonly onStatus: (status: Status) => void;
}

/** Time for what is being written, after the first Ctrl-C. */
const DRAIN_MILLISECONDS = 4_000;
const OPEN_SHOWN = 1_000;
/** Counts are told no more often: taking them costs a look at every open attempt. */
const STATUS_MILLISECONDS = 100;
/** What holds the run back is named no more often, and only when it is something else. */
const NAMED_MILLISECONDS = 10_000;
/** A reason of its own: without one, each abort makes an exception with its stack, ten times as dear as all else here. */
const WOKEN = "woken";
/** Pause before what the disk refused is tried again. */
const DISK_PAUSE_MILLISECONDS = 5_000;

type RemoveAction = Extract<Action, { readonly kind: "remove" }>;

/** Runs the plan to its end. Resolves when nothing is left to do, or is left to do in this call. */
export async function drive(
  plan: Plan,
  past: Past,
  schedule: ScheduleOptions,
  world: World,
): Promise<Outcome> {
  const { pods, harvest, results, clock } = world;
  const state = createState(
    {
      schedule,
      run: results.run.run,
      length: plan.length,
      name: plan.name,
      hash: plan.hash,
      find: plan.find,
    },
    past.isSkipped,
    past.prior,
  );
  const open: { name: string; reason: string }[] = [];
  const stop = new AbortController();
  const inbox: StepEvent[] = [];
  let wake = Promise.withResolvers<void>();
  /** Of the verdicts of this call and of those before it. */
  const doubtful = { incomplete: 0, unproven: 0 };
  const doubt = (logs: readonly LogRecord[]) => {
    for (const { completeness } of logs) {
      doubtful[completeness === "incomplete" ? "incomplete" : "unproven"]++;
    }
  };
  doubt(past.doubtful);
  let defect: unknown = null;
  const recorder = makeRecorder(plan, past, results, world.summaryBytes);
  const setAside = new Set<number>();
  /** UIDs whose tapes an earlier call left, and that have not been met. */
  const unread = new Set(results.tapes().map((name) => name.slice(0, name.indexOf("."))));
  /** UIDs whose tapes are to stay: of items that are not in this call's list, or whose logs are not safe. */
  const kept = new Set<string>();
  /** Resolves when the journal has taken all ends so far. */
  let recorded = Promise.resolve();
  const tell = (event: StepEvent) => {
    inbox.push(event);
    wake.resolve();
  };
  /** Begins an effect; what it throws after the end of the run does not matter, before it is a defect. */
  const begin = (work: Promise<void>) => {
    work.catch((error: unknown) => {
      if (stop.signal.aborted) return;
      defect ??= error;
      wake.resolve();
    });
  };

  const heldBack = (): Bottleneck | null =>
    bottleneck({
      meter: state.meter,
      schedule,
      places: state.window?.size ?? schedule.maxPending,
      throttled: world.throttled?.() ?? 0,
      cpuSeconds: world.cpuSeconds?.() ?? 0,
    });

  const carryOut = (action: Action): void => {
    switch (action.kind) {
      case "create":
        return begin(create(action.attempt, action.isFirstSend));
      case "look":
        return begin(
          pods.get(action.attempt.name).then((pod) =>
            tell({ kind: "looked", position: action.attempt.position, pod })
          ),
        );
      case "observe":
        return harvest.observe(action.pod);
      case "collect":
        return begin(collect(action.attempt, action.pod, action.verdict));
      case "remove":
        return begin(
          remove(action).then((outcome) =>
            tell({ kind: "removed", position: action.position, uid: action.uid, outcome })
          ),
        );
      case "record":
        return record(action.attempt, action.result, action.isFinal);
      case "open":
        if (open.length < OPEN_SHOWN) open.push({ name: action.name, reason: action.reason });
        return world.onEvent({ kind: "open", name: action.name, reason: action.reason });
      case "notice":
        return world.onEvent({ kind: "notice", level: action.level, text: action.text });
    }
  };

  async function create(attempt: Attempt, isFirstSend: boolean): Promise<void> {
    const { position, name, number } = attempt;
    if (isFirstSend) {
      // the old verdict goes first: an intent beside a verdict would look finished to the next call
      if (past.hasVerdict(position) && !setAside.has(position)) {
        setAside.add(position);
        await persist(
          () => results.setAside(name, Math.max(1, number - 1)),
          "cannot set an earlier log aside",
        );
      }
      await recorder.append(position, { kind: "intent", name, attempt: number, at: clock.now() });
    }
    const outcome = await pods.create(plan.manifest(position, number, results.run.run));
    tell({ kind: "created", position, number, outcome });
  }

  async function remove(action: RemoveAction): Promise<RemoveOutcome> {
    const { name, uid, position, isForced } = action;
    // of a pod that is given up nothing is stored yet: what was heard of it is, once it has gone
    if (isForced) return await pods.remove(name, uid, 0);
    const isLeftover = position < 0;
    await recorded;
    // a call that was killed between storing a log and removing its tape
    unread.delete(uid);
    if (isLeftover) await persist(() => results.dropTapesOf(uid), "cannot remove what is left of a log");
    return await pods.remove(name, uid);
  }

  /** Tries until the disk takes it. */
  async function persist(work: () => Promise<void>, what: string): Promise<void> {
    for (let tries = 0;; tries++) {
      try {
        return await work();
      } catch (error) {
        if (!isDiskTrouble(error)) throw error;
        const text = `${what}: ${reasonOf(error)}; its item waits until that works`;
        if (tries === 0) world.onEvent({ kind: "notice", level: "warning", text });
        await clock.sleep(DISK_PAUSE_MILLISECONDS, stop.signal);
      }
    }
  }

  async function collect(attempt: Attempt, pod: PodView | null, verdict: Verdict | null): Promise<void> {
    const reason = attempt.end?.reason ?? "";
    const result = pod === null
      ? await writeNote(results, attempt, verdict, reason)
      : await harvest.collect(pod, { verdict, reason, signal: stop.signal });
    if (result.kind === "unsafe") kept.add(attempt.uid);
    tell({ kind: "collected", position: attempt.position, uid: attempt.uid, result });
  }

  function record(attempt: Attempt, result: Collected, isFinal: boolean): void {
    const logs = result.kind === "stored" || result.kind === "lost" ? result.logs : [];
    doubt(doubtfulLogs({ isFinal, logs }));
    const { position, name, number, uid, pod, end } = attempt;
    const hash = plan.hash(position);
    const { index } = plan.item(position);
    const line = endRecord({ name, hash, index, attempt: number, uid, pod, end }, logs, isFinal);
    unread.delete(uid);
    recorded = recorder.append(position, line);
    begin(recorder.summarize());
    world.onEvent({ kind: "ended", record: line });
  }

  const onWatch = (event: WatchEvent) => {
    const seen = event.kind === "listed" ? event.pods : event.kind === "changed" ? [event.pod] : [];
    for (const { name, uid } of seen) if (plan.find(name) < 0) kept.add(uid);
    tell({ kind: "watch", event });
  };
  begin(pods.watch(results.run.run, onWatch, stop.signal));
  results.onTrouble((reason) => tell({ kind: "disk", reason }));
  let drainDeadline = Infinity;
  let toldAt = -Infinity;
  let namedAt = clock.monotonic();
  let named = "";
  const onDrain = () => {
    tell({ kind: "drain" });
    if (world.isEphemeral) tell({ kind: "kill" });
  };
  if (world.drain.aborted) onDrain();
  world.drain.addEventListener("abort", onDrain, { once: true });
  try {
    while (defect === null) {
      const now = clock.monotonic();
      const events = inbox.splice(0);
      for (const action of step(state, events, now)) carryOut(action);
      const isToldAgain = now - toldAt >= STATUS_MILLISECONDS;
      if (isToldAgain) {
        world.onStatus(statusOf(state));
        toldAt = now;
      }
      if (now >= namedAt + NAMED_MILLISECONDS) {
        const { kind = "", text = "" } = heldBack() ?? {};
        if (kind !== named) world.onEvent({ kind: "detail", text: `held back by ${text}` });
        named = kind;
        namedAt = now;
      }
      const statusDue = isToldAgain ? Infinity : toldAt + STATUS_MILLISECONDS;
      if (state.isDraining && drainDeadline === Infinity) drainDeadline = now + DRAIN_MILLISECONDS;
      if (inbox.length === 0 && (isDone(state) || now >= drainDeadline)) break;
      if (inbox.length > 0) continue;
      const pause = Math.min(nextTick(state, now), drainDeadline, statusDue) - now;
      const timer = new AbortController();
      const timeUp = pause === Infinity
        ? wake.promise
        : Promise.race([wake.promise, clock.sleep(Math.max(1, pause), timer.signal).catch(ignoreAbort)]);
      await timeUp;
      timer.abort(WOKEN);
      wake = Promise.withResolvers<void>();
    }
  } finally {
    stop.abort();
    world.drain.removeEventListener("abort", onDrain);
    if (!await results.sync(defect === null ? world.drain : AbortSignal.abort())) {
      const text = "the journal lacks its last lines, the disk refuses them; the logs themselves are safe";
      world.onEvent({ kind: "notice", level: "warning", text });
    }
    await recorder.close();
  }
  if (defect !== null) throw defect;
  const status = statusOf(state);
  world.onStatus(status);
  const left = (state.counts[ITEM.waiting] ?? 0) + (state.counts[ITEM.open] ?? 0) +
    (state.counts[ITEM.retrying] ?? 0);
  const kind = state.isDraining && (left > 0 || state.isKilling)
    ? "interrupted"
    : state.halted !== ""
    ? "halted"
    : schedule.isNoWait && left > 0
    ? "submitted"
    : "complete";
  if (kind === "complete") {
    // an open item's pod may be one that was not met: its tape waits for it
    const unmet = open.length > 0 ? "keep" : "lost";
    const lost = await sweep(results, (uid) => kept.has(uid) ? "keep" : unread.has(uid) ? unmet : "remove");
    if (lost !== "") world.onEvent({ kind: "notice", level: "warning", text: lost });
  }
  const why = state.halted;
  const { incomplete: incompleteLogs, unproven: unprovenLogs } = doubtful;
  return { status, kind, why, open, incompleteLogs, unprovenLogs, bottleneck: heldBack()?.text ?? "" };
}

/** The sleeper was called off: that is all that can be wrong with it. */
function ignoreAbort(): void {}
