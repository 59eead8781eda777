// The kinds of trouble that a simulated run can be in; each is the same every time for the same number.

import type { Call } from "./fault_transport.ts";
import { type Fault, FAULTS, type Verb } from "./faults.ts";
import { CONTAINERS, DELETED_BY_OTHERS, PLAIN, ROTATED } from "./job_kinds.ts";
import { makeDraw } from "./machine.ts";
import type { Trouble } from "./trouble.ts";

export const DISK_CODES = ["EIO", "ENOSPC", "EMFILE", "EDQUOT", "short"] as const;

/** Requests of one kind go wrong in one way: the first, then half of them, sixty times at most; slow ones ten times. */
export function httpMatrix(verb: Verb, fault: Fault): Trouble {
  const once = makeOnce();
  // a log that cannot be read for 15 minutes is left with its pod, and rightly so
  const most = fault === "late" || fault === "hung" ? 10 : 60;
  return {
    items: 4,
    fault: (call, count, draw) =>
      call.verb === verb && (count === 0 || count < most && draw() < 0.5) ? once(fault, call) : null,
    decoys: 22,
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
export function storm(seed: number): Trouble {
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
    decoys: draw() < 0.3 ? 22 : 0,
  };
}

/** Ten lives cut short, one after the other. */
export function manyKills(seed: number): Trouble {
  const draw = makeDraw(seed * 104729);
  return { items: 5, kills: Array.from({ length: 10 }, () => 1 + Math.floor(draw() ** 2 * 500)) };
}

/** The power is cut up to ten times: what was not fsynced may be gone. In every other run somebody deletes pods that have ended. */
export function powerCuts(seed: number): Trouble {
  const trouble = seed % 2 === 0 ? vanishing(seed) : storm(seed + 25_000);
  return { ...trouble, kills: manyKills(seed + 40_000).kills ?? [], isPowerCut: true, decoys: 0 };
}

/** The disk is full from one file call on, for a while. */
export function fullDisk(seed: number): Trouble {
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

/** A thousand foreign pods of all kinds, names that are taken as soon as they are free, and a little of everything else. */
export function amongDecoys(seed: number): Trouble {
  const { fault, kills = [] } = storm(seed + 5_000);
  return {
    items: 12,
    ...(fault ? { fault } : {}),
    kills,
    decoys: 1_000,
    squatters: seed % 2 === 1 ? "but for ended" : "none",
  };
}

/** Somebody deletes pods that have ended, before, while and after their logs are read, and others take their names at once. */
export function strangers(seed: number): Trouble {
  const draw = makeDraw(seed * 86028121);
  const faults: Partial<Record<Verb, readonly Fault[]>> = {
    log: ["late", "late", "torn", "503"],
    watch: seed % 2 === 0 ? ["silent", "skips", "second", "late"] : [],
    delete: ["cut", "504 done", "late", "refused"],
  };
  const rate = 0.1 + 0.4 * draw();
  return {
    items: 8,
    job: DELETED_BY_OTHERS,
    squatters: "all",
    fault(call, count, chance) {
      const some = faults[call.verb] ?? [];
      if (some.length === 0 || count > 60 || chance() >= rate) return null;
      return some[Math.floor(chance() * some.length)] ?? null;
    },
  };
}

/** Somebody deletes pods that have ended, before, while and after their logs are read, and each life is cut short. */
export function vanishing(seed: number): Trouble {
  const { kills = [] } = manyKills(seed + 30_000);
  const { fault } = strangers(seed);
  return { items: 6, job: DELETED_BY_OTHERS, kills, ...(fault ? { fault } : {}) };
}

/**
 * A disk that takes up to ten seconds for a call, a server that does so for a request, and one of the other kinds. A rotated log
 * is read in a hundred calls, and again: no more than a fifth of a second for each, or its 15 minutes would soon be over.
 */
export function slow(seed: number): Trouble {
  const kinds = [storm, vanishing, strangers, manyKills, powerCuts, manyContainers, rotation];
  const kind = kinds[seed % kinds.length] ?? storm;
  return {
    ...kind(seed + 50_000),
    slowness: { files: kind === rotation ? 200 : 10_000, requests: 10_000 },
  };
}

/** `--retry-failed`, in every other run `--rerun`, killed ten times; in every third the power is cut. */
export function again(seed: number): Trouble {
  const { kills = [] } = manyKills(seed + 60_000);
  const { fault } = storm(seed + 60_000);
  return {
    items: 6,
    kills,
    again: seed % 2 === 0 ? "all" : "failed",
    isPowerCut: seed % 3 === 0,
    ...(fault ? { fault } : {}),
  };
}

/** `qupods cancel` between calls that are killed, and killed itself, in every fourth run with the power; the last call brings the job to its end. */
export function cancelled(seed: number): Trouble {
  const { kills = [] } = manyKills(seed + 70_000);
  const { fault } = storm(seed + 70_000);
  const job = seed % 3 === 0 ? CONTAINERS : seed % 3 === 1 ? DELETED_BY_OTHERS : PLAIN;
  return {
    items: 6,
    job,
    kills: kills.slice(0, 7),
    isCancelled: true,
    isPowerCut: seed % 4 === 0,
    ...(fault ? { fault } : {}),
  };
}

/** Nothing goes wrong. */
export function calm(): Trouble {
  return { items: 20 };
}

/** From one moment on the API server does not answer, for up to half an hour; how soon it is asked again is measured. */
export function outage(seed: number): Trouble {
  const draw = makeDraw(seed * 32452843);
  const from = Math.floor(draw() ** 2 * 40_000);
  const to = from + 1_000 + Math.floor(draw() ** 2 * 1_800_000);
  const faults = [["refused"], ["503"], ["504"], ["refused", "503", "502"]][seed % 4] ?? ["refused"];
  let heard = 0;
  return {
    items: 8,
    fault({ verb, at }, _, chance) {
      // whoever lists or watches again has found the server again
      if (at >= to && heard === 0 && (verb === "list" || verb === "watch")) heard = at;
      return at < from || at >= to ? null : faults[Math.floor(chance() * faults.length)] as Fault;
    },
    measured: () => heard === 0 ? {} : { outages: 1, "seconds to recover, most": (heard - to) / 1000 },
  };
}

/** A storm among pods of three containers. */
export function manyContainers(seed: number): Trouble {
  return { ...storm(seed + 10_000), job: CONTAINERS, decoys: 0 };
}

/** A storm among pods whose logs are rotated; in every other run nothing else goes wrong. */
export function rotation(seed: number): Trouble {
  return seed % 2 === 0
    ? { items: 4, job: ROTATED }
    : { ...storm(seed + 15_000), items: 4, job: ROTATED, decoys: 0 };
}

/** A storm in which somebody sets the clock. */
export function clockJumps(seed: number): Trouble {
  const draw = makeDraw(seed * 49979687);
  const jumps = new Set(Array.from({ length: 6 }, () => 1 + Math.floor(draw() ** 2 * 600)));
  return { ...storm(seed + 20_000), jumps };
}
