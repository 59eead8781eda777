// What held a run back, in words with the number that shows it: the scheduler, the API server, the nodes, their room, a
// quota, a cap of one's own, this machine. Pure.

import type { ScheduleOptions } from "../cli/options.ts";
import { meanOf, type Meter } from "./scheduler/meter.ts";

/** What the words are made from. */
export interface Readings {
  readonly meter: Meter;
  readonly schedule: Pick<ScheduleOptions, "maxPending" | "isPendingAuto" | "maxRunning">;
  /** Places among the pending just now. */
  readonly places: number;
  /** Answers with 429, to whatever request. */
  readonly throttled: number;
  /** Seconds of CPU of this process. */
  readonly cpuSeconds: number;
}

export interface Bottleneck {
  readonly kind:
    | "scheduler"
    | "API server"
    | "throttling"
    | "nodes"
    | "room"
    | "quota"
    | "cap"
    | "disk"
    | "logs"
    | "own CPU"
    | "pods";
  readonly text: string;
}

/** A share of the time from which on something counts as what held the run back. */
const WORTH = 0.25;
/** So many 429s for each create are throttling. */
const THROTTLED = 0.01;
/** So much of a core is all that one thread can do. */
const BUSY = 0.85;

/** Null where too little has happened to say anything. */
export function bottleneck(readings: Readings): Bottleneck | null {
  const { meter, throttled, cpuSeconds } = readings;
  const { held } = meter;
  const total = Object.values(held).reduce((sum, each) => sum + each, 0);
  if (total <= 0 || meter.creates === 0) return null;
  if (throttled > Math.max(5, THROTTLED * meter.creates)) {
    const text =
      `the API server's throttling: ${throttled} answers of 429 to ${meter.creates} creates and what follows them`;
    return { kind: "throttling", text };
  }
  const busy = cpuSeconds * 1000 / total;
  if (busy >= BUSY) {
    return { kind: "own CPU", text: `this machine: qupods takes ${busy.toFixed(2)} of a core` };
  }
  const { nothing: _, ...holds } = held;
  const [most, time] = Object.entries(holds).reduce((a, b) => b[1] > a[1] ? b : a);
  const share = time / total;
  const often = `${Math.round(share * 100)}% of the time`;
  if (share < WORTH) return others(meter, total);
  switch (most) {
    case "pending":
      return pending(readings, often);
    case "running": {
      const nodes = slowStart(meter);
      const text = `--max-running ${readings.schedule.maxRunning}, full ${often}`;
      return nodes === null ? { kind: "cap", text } : { kind: "nodes", text: `${text}, and ${nodes}` };
    }
    case "room":
      return { kind: "room", text: `the nodes' room: none had any for the pods that waited ${often}` };
    case "rate":
      return { kind: "cap", text: `--rate or --delay, ${often}` };
    case "quota":
      return { kind: "quota", text: `the namespace's quota, full ${often}` };
    case "lost":
      return { kind: "API server", text: `the API server, which did not answer ${often}` };
    case "login":
      return { kind: "API server", text: `the login, which the API server refused ${often}` };
    case "disk":
      return { kind: "disk", text: `the disk, which refused what is written ${often}` };
    case "backlog":
      return { kind: "logs", text: `the logs: too many ended pods waited for theirs ${often}` };
    case "starting":
      return starting(meter, often);
    default:
      return { kind: "nodes", text: `the nodes: the first pods could not start ${often}` };
  }
}

/** All places for pods without a node were taken: who took so long. */
function pending({ meter, schedule, places }: Readings, often: string): Bottleneck {
  const bind = meanOf(meter.bind);
  const answer = meanOf(meter.answer);
  const full = `all ${places} pending places were taken ${often}`;
  // nothing was placed that it did not refuse at first: more places would be taken, too
  if (Number.isNaN(bind)) return { kind: "scheduler", text: `the scheduler: ${full}` };
  const way = `, each for ${time(bind)}, so at most ${rate(places / bind)}`;
  if (answer > 0.6 * bind) {
    return {
      kind: "API server",
      text: `the API server: ${full}${way}; a create was answered after ${time(answer)}`,
    };
  }
  const advice = schedule.isPendingAuto ? "" : "; --max-pending auto finds out what it can take";
  return { kind: "scheduler", text: `the scheduler: ${full}${way}${advice}` };
}

/** The nodes had been given more than they had begun with. */
function starting(meter: Meter, often: string): Bottleneck {
  const start = meanOf(meter.start);
  const way = Number.isNaN(start) ? "" : `, each for ${time(start)}`;
  return { kind: "nodes", text: `the nodes: pods enough waited on them to be started ${often}${way}` };
}

/** Everything was started as soon as it could be. */
function others(meter: Meter, total: number): Bottleneck {
  const nodes = slowStart(meter);
  if (nodes !== null) return { kind: "nodes", text: `the nodes: ${nodes}` };
  const started = total - meter.held.nothing;
  const run = meanOf(meter.run);
  const each = Number.isNaN(run) ? "" : `, each runs ${time(run)}`;
  return {
    kind: "pods",
    text: `the pods themselves: there was nothing left to start after ${time(started)} of ${
      time(total)
    }${each}`,
  };
}

/** Null where pods run for longer than they take to start. */
function slowStart(meter: Meter): string | null {
  const start = meanOf(meter.start);
  const run = meanOf(meter.run);
  return start > run ? `a pod takes ${time(start)} from its node to its start, and runs ${time(run)}` : null;
}

function time(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}

function rate(perMillisecond: number): string {
  const perSecond = perMillisecond * 1000;
  return `${perSecond < 10 ? perSecond.toFixed(1) : Math.round(perSecond)}/s`;
}
