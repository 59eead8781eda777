// The loop: feeds events to the scheduler, has its actions carried out, and tells how it stands. What an action does is in
// effects.ts, every decision in scheduler/step.ts.

import type { ScheduleOptions } from "../cli/options.ts";
import type { WatchEvent } from "../cluster/pods.ts";
import { makeAlarm } from "./alarm.ts";
import { type Bottleneck, bottleneck } from "./bottleneck.ts";
import { makeEffects } from "./effects.ts";
import type { StepEvent } from "./scheduler/event.ts";
import { nextTick } from "./scheduler/fill.ts";
import { podsLeft, statusOf } from "./scheduler/load.ts";
import type { Past } from "./past.ts";
import type { Plan } from "./plan.ts";
import { createState, ITEM } from "./scheduler/state.ts";
import type { Outcome } from "./status.ts";
import { isDone, step } from "./scheduler/step.ts";
import type { World } from "./world.ts";

/** Time for what is being written, after the first Ctrl-C. */
const DRAIN_MILLISECONDS = 4_000;
/** Counts are told no more often: taking them costs a look at every open attempt. */
const STATUS_MILLISECONDS = 100;
/** What holds the run back is named no more often, and only when it is something else. */
const NAMED_MILLISECONDS = 10_000;

/** Runs the plan to its end. Resolves when nothing is left to do, or is left to do in this call. */
export async function drive(
  plan: Plan,
  past: Past,
  schedule: ScheduleOptions,
  world: World,
): Promise<Outcome> {
  const { pods, results, clock } = world;
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
  const stop = new AbortController();
  const inbox: StepEvent[] = [];
  let wake = Promise.withResolvers<void>();
  let defect: unknown = null;
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

  const effects = makeEffects(plan, past, world, { tell, begin, stop: stop.signal });

  const heldBack = (): Bottleneck | null =>
    bottleneck({
      meter: state.meter,
      schedule,
      places: state.window?.size ?? schedule.maxPending,
      throttled: world.throttled?.() ?? 0,
      cpuSeconds: world.cpuSeconds?.() ?? 0,
    });

  const onWatch = (event: WatchEvent) => {
    const seen = event.kind === "listed" ? event.pods : event.kind === "changed" ? [event.pod] : [];
    seen.forEach(effects.meet);
    if (event.kind === "listed") effects.metAll();
    tell({ kind: "watch", event });
  };
  begin(pods.watch(results.run.run, onWatch, stop.signal));
  results.onTrouble((reason) => {
    if (!stop.signal.aborted) return tell({ kind: "disk", reason });
    // all is done, and the run waits for its last lines: nobody takes events any more
    if (reason === null) return;
    const text = `cannot write the journal: ${reason}; the run ends as soon as it can (Ctrl-C: at once)`;
    world.onEvent({ kind: "notice", level: "warning", text });
  });
  using alarm = makeAlarm(clock, () => wake.resolve());
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
      for (const action of step(state, events, now)) effects.carryOut(action);
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
      if (inbox.length === 0 && (isDone(state, now) || now >= drainDeadline)) break;
      if (inbox.length > 0) continue;
      alarm.ringBy(Math.min(nextTick(state, now), drainDeadline, statusDue));
      await wake.promise;
      wake = Promise.withResolvers<void>();
    }
  } finally {
    stop.abort();
    world.drain.removeEventListener("abort", onDrain);
    await effects.close(defect === null);
  }
  if (defect !== null) throw defect;
  const status = statusOf(state);
  world.onStatus(status);
  const left = (state.counts[ITEM.waiting] ?? 0) + (state.counts[ITEM.open] ?? 0) +
    (state.counts[ITEM.retrying] ?? 0);
  const kind = state.isDraining && (left > 0 || state.isKilling)
    ? "interrupted"
    : state.halted !== "" && left + (state.counts[ITEM.blocked] ?? 0) > 0
    ? "halted"
    : schedule.isNoWait && left > 0
    ? "submitted"
    : "complete";
  // whoever has met no pod does not know whose tapes are nobody's
  if (kind === "complete" && state.isSynced) await effects.sweep();
  const why = state.halted;
  const { open, doubtful: { incomplete: incompleteLogs, unproven: unprovenLogs } } = effects;
  return {
    status,
    kind,
    why,
    open,
    incompleteLogs,
    unprovenLogs,
    podsLeft: podsLeft(state),
    podsHeld: state.held.size,
    heldBy: state.held.values().next().value ?? "",
    bottleneck: heldBack()?.text ?? "",
  };
}
