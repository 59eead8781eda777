// The runs of the rig, each by a name that says all about it: `storm:17`, `http:create:cut:3`, `kill:204`, `disk:ENOSPC:31`.
// What is asked for by name is the same run every time.

import type { Call } from "./fault_transport.ts";
import { type Fault, FAULTS, type Verb, VERBS } from "./faults.ts";
import { makeDraw } from "./machine.ts";
import { type Report, simulate, type Trouble } from "./simulate.ts";

export const DISK_CODES = ["EIO", "ENOSPC", "EMFILE", "short"] as const;

/** One item, from its first file call to its last. */
const ONE_LIFE: Trouble = { items: 2 };
const LIFE_SEED = 4;

/** Runs what the name says. @throws {TypeError} for a name that says nothing */
export async function runByName(name: string): Promise<Report> {
  const [family = "", ...parts] = name.split(":");
  const number = Number(parts.at(-1));
  if (!Number.isSafeInteger(number)) throw new TypeError(`Cannot run ${name}: its last part is no number`);
  switch (family) {
    case "storm":
      return await simulate(number, storm(number));
    case "http":
      return await simulate(number, httpMatrix(parts[0] as Verb, parts[1] as Fault));
    case "kill":
      return await simulate(LIFE_SEED, { ...ONE_LIFE, kills: [number] });
    case "kills":
      return await simulate(number, manyKills(number));
    case "disk":
      return await simulate(LIFE_SEED, {
        ...ONE_LIFE,
        disk: (_, count, life) => life === 0 && count === number ? parts[0] ?? "" : null,
      });
    case "full":
      return await simulate(number, fullDisk(number));
  }
  throw new TypeError(`Cannot run ${name}: there is no such family`);
}

/** How many points and file calls a life of the kill and disk families has. */
export async function measureLife(): Promise<{ readonly points: number; readonly fileCalls: number }> {
  return await simulate(LIFE_SEED, ONE_LIFE);
}

/** Every request of one kind goes wrong in one way, half of the time, sixty times at most; slow ones ten times. */
function httpMatrix(verb: Verb, fault: Fault): Trouble {
  const once = makeOnce();
  // a log that cannot be read for 15 minutes is left with its pod, and rightly so
  const most = fault === "late" || fault === "hung" ? 10 : 60;
  return {
    items: 4,
    fault: (call, count, draw) =>
      call.verb === verb && count < most && draw() < 0.5 ? once(fault, call) : null,
    hasDecoys: true,
  };
}

/** What looks just like the truth: told twice in a row about one pod, nobody could see through it. */
const LIES: ReadonlySet<string> = new Set(["404 lie", "empty", "short"]);

function makeOnce(): (fault: Fault, call: Call) => Fault | null {
  const last = new Map<string, boolean>();
  return (fault, { verb, path }) => {
    if (verb !== "log") return fault;
    const pod = path.replace(/\/log\?.*/, "");
    const isLie = LIES.has(fault) && last.get(pod) !== true;
    last.set(pod, isLie);
    return isLie || !LIES.has(fault) ? fault : null;
  };
}

/** Anything, anywhere, for a while: faults, kills, disk errors and decoys. */
function storm(seed: number): Trouble {
  const draw = makeDraw(seed * 7919);
  const rate = draw() * 0.3;
  const diskRate = draw() < 0.3 ? draw() * 0.02 : 0;
  const kills = draw() < 0.6
    ? Array.from({ length: 1 + Math.floor(draw() * 3) }, () => 1 + Math.floor(draw() ** 2 * 900))
    : [];
  const once = makeOnce();
  return {
    items: 3 + Math.floor(draw() * 8),
    fault: (call, count, chance) => {
      if (count > 150 || chance() >= rate) return null;
      const faults = FAULTS[call.verb];
      return once(faults[Math.floor(chance() * faults.length)] ?? "refused", call);
    },
    ...(diskRate > 0
      ? {
        disk: (_call: string, count: number, life: number, chance: () => number) =>
          life < 4 && count < 2_000 && chance() < diskRate
            ? DISK_CODES[Math.floor(chance() * DISK_CODES.length)] ?? "EIO"
            : null,
      }
      : {}),
    kills,
    hasDecoys: draw() < 0.3,
  };
}

/** Ten lives cut short, one after the other. */
function manyKills(seed: number): Trouble {
  const draw = makeDraw(seed * 104729);
  return { items: 5, kills: Array.from({ length: 10 }, () => 1 + Math.floor(draw() ** 2 * 500)) };
}

/** The disk is full from one file call on, for a while. */
function fullDisk(seed: number): Trouble {
  const draw = makeDraw(seed * 15485863);
  const from = 1 + Math.floor(draw() * 250);
  const length = 1 + Math.floor(draw() ** 2 * 400);
  const code = DISK_CODES[seed % 3] ?? "ENOSPC";
  return {
    items: 5,
    disk: (call, count, life) =>
      life < 3 && count >= from && count < from + length && NEEDS_ROOM.has(call) ? code : null,
  };
}

/** What a full disk refuses. */
const NEEDS_ROOM = new Set(["open", "link", "rename", "mkdir", "write", "sync", "syncData", "writeTextFile"]);

/** The names of all runs, the families in turn, so that any beginning of the list is a share of each. */
export function* allRuns(life: { readonly points: number; readonly fileCalls: number }): Generator<string> {
  const families = [
    numbered("kill", spread(life.points)),
    ...DISK_CODES.map((code) => numbered(`disk:${code}`, spread(life.fileCalls))),
    matrix(40),
    numbered("kills", 1_000),
    numbered("full", 1_000),
    numbered("storm", 4_000),
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
