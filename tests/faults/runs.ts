// The runs of the rig, each by a name that says all about it: `storm:17`, `http:create:cut:3`, `kill:204`, `disk:ENOSPC:31`.
// What is asked for by name is the same run every time.

import { type Fault, FAULTS, VERBS } from "./faults.ts";
import { fuzz } from "./fuzz_runs.ts";
import { growth, restart } from "./growth_runs.ts";
import { bringLarge, LARGE } from "./large_logs.ts";
import { bringHonest, bringUnderLies } from "./log_runs.ts";
import { manyOrders } from "./order_runs.ts";
import { bringRaw } from "./raw_logs.ts";
import type { Report } from "./report.ts";
import { simulate } from "./simulate.ts";
import type { SimulationReport, Trouble } from "./trouble.ts";
import {
  again,
  amongDecoys,
  calm,
  cancelled,
  clockJumps,
  DISK_CODES,
  fullDisk,
  httpMatrix,
  manyContainers,
  manyKills,
  outage,
  powerCuts,
  rotation,
  slow,
  storm,
  strangers,
  vanishing,
} from "./troubles.ts";
import { trust } from "./trust_runs.ts";
import { signals } from "./whole_signals.ts";
import { manyStarts } from "./whole_starts.ts";
import { reportOf } from "./whole_trial.ts";

/** Of one batch. */
const STARTS = 20;
/** One item, from its first file call to its last. */
const ONE_LIFE: Trouble = { items: 2 };
const LIFE_SEED = 4;

/** What a run's name says. */
export interface RunName {
  readonly family: string;
  readonly parts: readonly string[];
  readonly number: number;
}

/** @throws {TypeError} for a name that ends in no number */
export function parseName(name: string): RunName {
  const [family = "", ...parts] = name.split(":");
  const number = Number(parts.at(-1));
  if (!Number.isSafeInteger(number)) throw new TypeError(`Cannot run ${name}: its last part is no number`);
  return { family, parts, number };
}

/** Runs what the name says. @throws {TypeError} for a name that says nothing */
export async function runByName(name: string): Promise<Report> {
  const { family, number } = parseName(name);
  if (family === "lies") return await bringUnderLies(number);
  if (family === "good") return await bringHonest(number);
  if (family === "order") return await manyOrders(number);
  if (family === "fuzz") return await fuzz(number);
  if (family === "growth") return await growth(number);
  if (family === "restart") return await restart();
  if (family === "starts") return reportOf(await manyStarts(STARTS));
  if (family === "signals") return reportOf(await signals(1, number));
  if (family === "trust") return await trust(number);
  if (family === "raw") return await bringRaw(number);
  if (family === "large") return await bringLarge(number);
  return await simulateByName(name);
}

/** The same for the families that are whole runs of the program. */
export async function simulateByName(name: string): Promise<SimulationReport> {
  const { family, parts, number } = parseName(name);
  const isOfOneLife = family === "kill" || family === "disk";
  return await simulate(isOfOneLife ? LIFE_SEED : number, troubleOf(family, parts, number));
}

function troubleOf(family: string, parts: readonly string[], number: number): Trouble {
  switch (family) {
    case "storm":
      return storm(number);
    case "http": {
      const verb = oneOf(VERBS, parts[0]);
      return httpMatrix(verb, oneOf<Fault>(FAULTS[verb], parts[1]));
    }
    case "kill":
      return { ...ONE_LIFE, kills: [number] };
    case "kills":
      return manyKills(number);
    case "disk": {
      const code = oneOf(DISK_CODES, parts[0]);
      return { ...ONE_LIFE, disk: (_, count, life) => life === 0 && count === number ? code : null };
    }
    case "full":
      return fullDisk(number);
    case "decoys":
      return amongDecoys(number);
    case "strangers":
      return strangers(number);
    case "vanishing":
      return vanishing(number);
    case "power":
      return powerCuts(number);
    case "slow":
      return slow(number);
    case "again":
      return again(number);
    case "cancel":
      return cancelled(number);
    case "calm":
      return calm();
    case "outage":
      return outage(number);
    case "containers":
      return manyContainers(number);
    case "clock":
      return clockJumps(number);
    case "rotation":
      return rotation(number);
  }
  throw new TypeError(`Cannot run ${family}: there is no such family`);
}

/** @throws {TypeError} for another word */
function oneOf<T extends string>(words: readonly T[], word: string | undefined): T {
  const found = words.find((other) => other === word);
  if (found === undefined) throw new TypeError(`Cannot run "${word}": it is none of ${words.join(", ")}`);
  return found;
}

/** How many points and file calls a life of the kill and disk families has. */
export async function measureLife(): Promise<{ readonly points: number; readonly fileCalls: number }> {
  return await simulate(LIFE_SEED, ONE_LIFE);
}

/**
 * The names of all runs, the families in turn, so that any beginning of the list is a share of each.
 *
 * @param isFull with those that take a minute each
 */
export function* allRuns(
  life: { readonly points: number; readonly fileCalls: number },
  isFull: boolean,
): Generator<string> {
  const families = [
    numbered("kill", spread(life.points)),
    ...DISK_CODES.map((code) => numbered(`disk:${code}`, spread(life.fileCalls))),
    matrix(40),
    numbered("kills", 2_000),
    numbered("power", 500),
    numbered("full", 1_000),
    numbered("storm", 4_000),
    numbered("decoys", 20),
    numbered("strangers", 300),
    numbered("vanishing", 500),
    numbered("slow", 700),
    numbered("cancel", 500),
    numbered("again", 400),
    numbered("lies", 100),
    numbered("good", 100),
    numbered("calm", 50),
    numbered("fuzz", 120),
    numbered("order", 20),
    numbered("restart", 1),
    numbered("starts", isFull ? Math.ceil(1_000 / STARTS) : 2),
    numbered("signals", isFull ? 6 : 1),
    numbered("trust", isFull ? 20 : 4),
    numbered("raw", isFull ? 5 : 1),
    numbered("large", isFull ? LARGE.length : 1),
    ...isFull ? [numbered("growth", 1)] : [],
    numbered("outage", 200),
    numbered("containers", 500),
    numbered("rotation", 200),
    numbered("clock", 200),
  ];
  for (let isMore = true; isMore;) {
    isMore = false;
    for (const family of families) {
      const { done, value } = family.next();
      if (done) continue;
      isMore = true;
      yield value;
    }
  }
}

function* numbered(family: string, numbers: number | Iterable<number>): Generator<string, undefined> {
  const all = typeof numbers === "number" ? Array.from({ length: numbers }, (_, n) => n + 1) : numbers;
  for (const number of all) yield `${family}:${number}`;
}

/** Numbers from 1 on, first every 16th, then those between. */
function* spread(count: number): Generator<number> {
  for (let start = 0; start < 16; start++) {
    for (let number = 1 + (start * 7) % 16; number <= count; number += 16) yield number;
  }
}

function* matrix(seeds: number): Generator<string, undefined> {
  for (let seed = 1; seed <= seeds; seed++) {
    for (const verb of VERBS) for (const fault of FAULTS[verb]) yield `http:${verb}:${fault}:${seed}`;
  }
}
