// What a run does to the world: each of the scheduler's actions is begun here, by way of the cluster, harvest and results
// rooms, and what came of it is told as an event. Decides nothing.

import type { PodView } from "../cluster/pod.ts";
import type { RemoveOutcome } from "../cluster/pods.ts";
import { afterStranger } from "../harvest/bring/contested.ts";
import type { Collected } from "../harvest/harvest.ts";
import { doubtfulLogs, type EndRecord, type LogRecord, type Verdict } from "../results/record.ts";
import { isDiskTrouble, reasonOf } from "../results/trouble.ts";
import { classify, isOver } from "./scheduler/classify.ts";
import { endRecord } from "./end_record.ts";
import type { Action, StepEvent } from "./scheduler/event.ts";
import { sweep, writeNote } from "./leave_files.ts";
import type { Past } from "./past.ts";
import type { Plan } from "./plan.ts";
import { makeRecorder } from "./recorder.ts";
import type { Attempt } from "./scheduler/state.ts";
import type { World } from "./world.ts";

/** The effects of one run. */
export interface Effects {
  /** Begins an action. */
  carryOut(action: Action): void;
  /** A pod of this run was seen. */
  meet(pod: PodView): void;
  /** All pods of this run that there are have been met: what they have not told of earlier ends nobody will. */
  metAll(): void;
  /** Items that stay open, the first thousand of them, each with its reason. */
  readonly open: readonly { readonly name: string; readonly reason: string }[];
  /** Logs of this call's verdicts, and of those before it, that may lack text. */
  readonly doubtful: { readonly incomplete: number; readonly unproven: number };
  /** After a run that is complete: no tape stays of which nobody knows. */
  sweep(): Promise<void>;
  /** Ends the writing of the journal; says what the disk has refused. */
  close(isPatient: boolean): Promise<void>;
}

/** How effects reach back to the loop. */
export interface Loop {
  readonly tell: (event: StepEvent) => void;
  /** Begins a piece of work whose failure is a defect. */
  readonly begin: (work: Promise<void>) => void;
  /** The run is over. */
  readonly stop: AbortSignal;
}

const OPEN_SHOWN = 1_000;
/** Pause before what the disk refused is tried again. */
const DISK_PAUSE_MILLISECONDS = 5_000;

type RemoveAction = Extract<Action, { readonly kind: "remove" }>;

export function makeEffects(plan: Plan, past: Past, world: World, { tell, begin, stop }: Loop): Effects {
  const { pods, harvest, results, clock } = world;
  const open: { name: string; reason: string }[] = [];
  const doubtful = { incomplete: 0, unproven: 0 };
  const doubt = (logs: readonly LogRecord[]) => {
    for (const { completeness } of logs) {
      doubtful[completeness === "incomplete" ? "incomplete" : "unproven"]++;
    }
  };
  doubt(past.doubtful);
  const recorder = makeRecorder(plan, past, results, world.summaryBytes);
  const setAside = new Set<number>();
  /** UIDs whose tapes an earlier call left, and that have not been met. */
  const unread = new Set(results.tapes().map((name) => name.slice(0, name.indexOf("."))));
  /** UIDs whose tapes are to stay: of items that are not in this call's list, or whose logs are not safe. */
  const kept = new Set<string>();
  /** Ends that the journal lacks. */
  const unended = new Map(past.unended);
  /** The last record of a verdict. */
  let latest: EndRecord | null = null;
  /** Resolves when the journal has taken all ends so far. */
  let recorded = Promise.resolve();

  function carryOut(action: Action): void {
    switch (action.kind) {
      case "create":
        return begin(create(action.attempt, action.isFirstSend));
      case "look": {
        const { position, number, name } = action.attempt;
        return begin(pods.get(name).then((pod) => tell({ kind: "looked", position, number, pod })));
      }
      case "observe":
        return harvest.observe(action.pod);
      case "collect":
        return begin(collect(action.attempt, action.pod, action.verdict));
      case "remove": {
        // a verdict is recorded right before its pod is removed
        const line = latest?.uid === action.uid ? latest : null;
        return begin(
          remove(action).then((outcome) => {
            settle(line, action.position, outcome);
            tell({ kind: "removed", position: action.position, uid: action.uid, outcome });
          }),
        );
      }
      case "record":
        return record(action.attempt, action.result, action.isFinal);
      case "open":
        if (open.length < OPEN_SHOWN) open.push({ name: action.name, reason: action.reason });
        return world.onEvent({ kind: "open", name: action.name, reason: action.reason });
      case "notice":
        return world.onEvent({ kind: "notice", level: action.level, text: action.text });
    }
  }

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
      const hash = plan.hash(position);
      await recorder.append(position, { kind: "intent", name, attempt: number, hash, at: clock.now() });
    }
    const outcome = await pods.create(plan.manifest(position, number, results.run.run));
    tell({ kind: "created", position, number, outcome });
  }

  async function remove(action: RemoveAction): Promise<RemoveOutcome> {
    const { name, uid, position, isForced, isUnseen } = action;
    // of a pod that is given up nothing is stored yet: what was heard of it is, once it has gone
    if (isForced) return await pods.remove(name, uid, 0);
    const isLeftover = position < 0;
    await recorded;
    // a call that was killed between storing a log and removing its tape
    unread.delete(uid);
    if (isLeftover) await persist(() => results.dropTapesOf(uid), "cannot remove what is left of a log");
    if (isUnseen) {
      const now = await pods.get(name);
      if (now === null) return "gone";
      if (now.run !== results.run.run) return "other";
    }
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
        await clock.sleep(DISK_PAUSE_MILLISECONDS, stop);
      }
    }
  }

  async function collect(attempt: Attempt, pod: PodView | null, verdict: Verdict | null): Promise<void> {
    const reason = attempt.end?.reason ?? "";
    const result = pod === null
      ? await writeNote(results, attempt, verdict, reason)
      : await harvest.collect(pod, {
        verdict,
        reason,
        signal: stop,
        isDeleted: () => attempt.isVanished,
        announce: (logs) => announce(attempt, logs),
      });
    if (result.kind === "unsafe") kept.add(attempt.uid);
    tell({ kind: "collected", position: attempt.position, uid: attempt.uid, result });
  }

  /** A power cut right after the verdict finds it on disk. */
  async function announce({ position, name, number, uid }: Attempt, logs: readonly LogRecord[]) {
    await recorder.append(position, { kind: "doubt", name, attempt: number, uid, logs });
    if (!await results.sync(stop)) stop.throwIfAborted();
  }

  function record(attempt: Attempt, result: Collected, isFinal: boolean): void {
    const logs = result.kind === "stored" || result.kind === "lost" ? result.logs : [];
    doubt(doubtfulLogs({ isFinal, logs }));
    const { position, name, number, uid, pod, end } = attempt;
    const hash = plan.hash(position);
    const { index } = plan.item(position);
    const line = endRecord({ name, hash, index, attempt: number, uid, pod, end }, logs, isFinal);
    unread.delete(uid);
    latest = isFinal && uid !== "" ? line : null;
    // told first: of an end that a kill keeps from the journal the next call looks whether joblog.tsv has it; one that the
    // journal has is never told again
    world.onEvent({ kind: "ended", record: line });
    recorded = recorder.append(position, line);
    begin(recorder.summarize());
  }

  /** What a call that was killed right after it had stored a verdict could not write down. */
  function makeUp(position: number, line: EndRecord): void {
    unended.delete(position);
    world.onEvent({ kind: "ended", record: line, isEarlier: true });
    recorded = recorder.append(position, line);
  }

  /** Where the pod is there, it tells it; a killed cancel may have announced a later attempt, of which there is none then. */
  function makeUpFrom(pod: PodView, position: number): void {
    const known = unended.get(position);
    if (known === undefined || pod.attempt > known.attempt || !isOver(pod)) return;
    const { name, hash, uid, attempt } = pod;
    const end = classify(pod);
    if (known.verdict !== (end.class === "success" ? "succeeded" : "failed")) return;
    const { index, logs } = known;
    makeUp(position, endRecord({ name, hash, index, attempt, uid, pod, end }, logs, true));
  }

  /** The answer to a DELETE with our UID is the last word on whose log it was that was read by the pod's name. */
  function settle(line: EndRecord | null, position: number, outcome: RemoveOutcome): void {
    const logs = outcome === "other" && line !== null ? afterStranger(line.logs) : null;
    if (line === null || logs === null) return;
    const known = new Map(line.logs.map(({ file, completeness }) => [file, completeness]));
    const changed = logs.filter(({ file, completeness }) => known.get(file) !== completeness);
    for (const { file } of changed) if (known.get(file) === "unproven") doubtful.unproven--;
    doubtful.incomplete += changed.length;
    recorded = recorder.append(position, { ...line, logs });
    world.onEvent({ kind: "doubted", name: line.name, logs: changed });
  }

  return {
    carryOut,
    meet(pod) {
      const position = plan.find(pod.name);
      if (position < 0) kept.add(pod.uid);
      else makeUpFrom(pod, position);
    },
    metAll() {
      for (const [position, line] of unended) makeUp(position, line);
    },
    open,
    doubtful,
    async sweep() {
      // an open item's pod may be one that was not met: its tape waits for it
      const unmet = open.length > 0 ? "keep" : "lost";
      const lost = await sweep(results, (uid) => kept.has(uid) ? "keep" : unread.has(uid) ? unmet : "remove");
      if (lost !== "") world.onEvent({ kind: "notice", level: "warning", text: lost });
    },
    async close(isPatient) {
      if (!await results.sync(isPatient ? world.drain : AbortSignal.abort())) {
        const text = "the journal lacks its last lines, the disk refuses them; the logs themselves are safe";
        world.onEvent({ kind: "notice", level: "warning", text });
      }
      await recorder.close();
    },
  };
}
