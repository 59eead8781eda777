// One simulated run: the program is started, killed, started again until it comes to an end, under the trouble that is asked
// for; then it is judged. The same seed and trouble give the same run.

import { UsageError } from "../../lib/errors.ts";
import { SCHEDULE } from "../../lib/run/scheduler/test_pods.ts";
import { inProtobuf } from "../protobuf.ts";
import { check, same } from "./check.ts";
import { openAudited, STRANGERS_LOG } from "./cluster.ts";
import { decoysOf, takenNames } from "./decoys.ts";
import { type Disk, diskError, startDisk } from "./disk.ts";
import { faultyTransport } from "./fault_transport.ts";
import type { Verb } from "./faults.ts";
import { itemsOf } from "./job.ts";
import { PLAIN, ROTATED } from "./job_kinds.ts";
import { hasEnd, hashOf, knownOf, listIfThere, readIfThere, readVerdict } from "./look.ts";
import { type Machine, startMachine } from "./machine.ts";
import { MEMORY_FOLDER } from "./memory_folder.ts";
import { cancel, program } from "./program.ts";
import { makeSafety } from "./safety.ts";
import type { SimulationReport, Trouble } from "./trouble.ts";

/** No run takes longer: patience with an unreadable log is 15 minutes, an item's attempts are six. */
const LIMIT_SECONDS = 3 * 3600;
const HOUR = 3_600_000;
const LAST_CANCEL = 5;
const TRACE_LENGTH = 4_000;
/** A call that no disk error hinders. */
const LAST_LIFE = 99;

export async function simulate(seed: number, trouble: Trouble): Promise<SimulationReport> {
  const machine = startMachine(seed);
  const folder = Deno.makeTempDirSync({ dir: MEMORY_FOLDER, prefix: "qupods-faults-" });
  const disk = startDisk(machine, folder);
  try {
    return await run(seed, trouble, machine, disk, `${folder}/jobs`);
  } finally {
    disk[Symbol.dispose]();
    machine[Symbol.dispose]();
    Deno.removeSync(folder, { recursive: true });
  }
}

async function run(
  seed: number,
  trouble: Trouble,
  machine: Machine,
  disk: Disk,
  dir: string,
): Promise<SimulationReport> {
  const read = (path: string) => readIfThere(disk, `${dir}/${path}`);
  const verdictOf = (name: string) => readVerdict(disk, dir, name);
  const hasVerdict = (name: string) => verdictOf(name) !== null;
  const job = trouble.job ?? PLAIN;
  await using cluster = openAudited(trouble.fateSeed ?? seed, machine, {
    job,
    squatters: trouble.squatters ?? "none",
    isSafe: (pod) => isSafe(pod),
    isCancelled: () => isCancelling(),
  });
  const { files: fileTime, requests: requestTime } = trouble.slowness ?? { files: 0, requests: 0 };
  // most calls are quick, some are not
  disk.delay = () => fileTime === 0 ? 0 : fileTime * machine.draw() ** 4;
  disk.hasPowerCuts = trouble.isPowerCut ?? false;
  let life = 0;
  let lives = 0;
  const isCancelling = () => trouble.isCancelled === true && life % 2 === 1 && life <= LAST_CANCEL;
  const isSafe = makeSafety(disk, dir, cluster);
  const items = itemsOf(trouble.items);
  const names = items.map((item) => `job-${item}`);
  const decoys = trouble.decoys ?? 0;
  if (decoys > 0) { for (const decoy of takenNames(names)) cluster.addDecoy(decoy); }
  const wrong: string[] = [];
  const trace: string[] = [];
  const note = (text: string) => {
    const line = text.replaceAll(dir, "QUJOBS");
    trace.push(`${(machine.clock.monotonic() / 1000).toFixed(3)} ${line}`);
    if (trace.length > TRACE_LENGTH) trace.shift();
  };
  const calls = new Map<Verb, number>();
  let requests = 0;
  let faults = 0;
  let fileKills = 0;
  let requestKills = 0;
  let jumps = 0;
  /** A pod that something in between made besides the one that was asked for. */
  let doubled = 0;
  let points = 0;
  let firstPoints = 0;
  let fileCalls = 0;
  let firstFileCalls = 0;
  let exit = -1;

  const point = (what: string, isRequest = false) => {
    points++;
    if (trouble.jumps?.has(points)) {
      jumps++;
      machine.jump(jumps % 2 === 1 ? HOUR : -2 * HOUR);
    }
    if (points === trouble.kills?.[life]) {
      note(`killed at point ${points}, ${what}`);
      if (isRequest) requestKills++;
      else fileKills++;
      machine.kill();
    }
  };
  if (trouble.again) {
    const first = () => program(dir, items, job.template, cluster.transport, () => {});
    const end = await machine.live(first, LIMIT_SECONDS);
    if (end.kind !== "ended") wrong.push(`the first run of all: ${end.kind}`);
  }
  disk.hook = (call, path, when) => {
    point(`${when} ${call} ${path}`);
    if (when === "after") return;
    fileCalls++;
    const code = life < LAST_LIFE ? trouble.disk?.(call, fileCalls, life, machine.draw) ?? null : null;
    if (code === null || code === "short") return;
    faults++;
    note(`${code} for ${call} ${path}`);
    throw diskError(code, call);
  };
  disk.shorten = (bytes) => {
    const isShort = life < LAST_LIFE && trouble.disk?.("write", fileCalls, life, machine.draw) === "short";
    return isShort ? Math.max(1, Math.floor(bytes * machine.draw())) : bytes;
  };

  for (;; life++) {
    points = 0;
    fileCalls = 0;
    lives++;
    // a cluster's API speaks protobuf, that behind `kubectl --raw` JSON: every other run is of the one kind
    const api = seed % 2 === 0 ? cluster.transport : inProtobuf(cluster.transport);
    const transport = faultyTransport(api, machine, {
      choose(call) {
        requests++;
        point(`before ${call.verb}`, true);
        const count = calls.get(call.verb) ?? 0;
        calls.set(call.verb, count + 1);
        const fault = trouble.fault?.(call, count, machine.draw) ?? null;
        note(`${call.verb} ${call.path.replace(/^.*\/pods/, "")}${fault === null ? "" : ` <- ${fault}`}`);
        if (fault !== null) faults++;
        if (call.verb === "create") {
          const { name } = JSON.parse(call.body).metadata;
          if (hasVerdict(name)) wrong.push(`a pod for ${name} was asked for, which has its verdict`);
        }
        if (call.verb === "create" && (fault === "twice" || fault === "lands later")) doubled = 1;
        return fault;
      },
      delay: () => requestTime === 0 ? 0 : requestTime * machine.draw() ** 4,
      answered: (call) => point(`after ${call.verb}`, true),
    });
    const onRun = (id: string) => {
      if (life === 0) { for (const decoy of decoysOf(id, names, decoys)) cluster.addDecoy(decoy); }
    };
    if (isCancelling()) {
      const end = await machine.live(() => cancel(dir, transport), LIMIT_SECONDS);
      note(`life ${life}, a cancel, ${end.kind}`);
      if (end.kind === "killed" && trouble.isPowerCut) disk.cut(machine.draw);
      if (end.kind === "killed" || end.kind === "ended") continue;
      wrong.push(end.kind === "stuck" ? `cancel is stuck: ${end.why}` : `cancel threw: ${end.error}`);
      break;
    }
    const end = await machine.live(
      () => program(dir, items, job.template, transport, onRun, trouble.again),
      LIMIT_SECONDS,
    );
    if (life === 0) [firstPoints, firstFileCalls] = [points, fileCalls];
    note(`life ${life} ${end.kind}`);
    if (end.kind === "killed") {
      if (trouble.isPowerCut) disk.cut(machine.draw);
      continue;
    }
    // what a disk error at the very end has left, the next call takes away
    if (end.kind === "ended" && trouble.disk !== undefined && life < LAST_LIFE) {
      life = LAST_LIFE - 1;
      continue;
    }
    if (end.kind === "ended") {
      exit = end.value.exit;
      for (const { name, reason } of end.value.outcome?.open ?? []) note(`open: ${name}: ${reason}`);
    } else if (end.kind === "stuck") wrong.push(`stuck: ${end.why}`);
    else if (end.error instanceof UsageError && trouble.disk !== undefined && life < LAST_LIFE) {
      note(end.error.message);
      continue;
    } else wrong.push(`threw: ${end.error instanceof Error ? end.error.stack : end.error}`);
    break;
  }
  wrong.push(...check({
    names,
    made: cluster.made,
    blocked: names.filter((name) => cluster.isTaken(name) && !hasVerdict(name)),
    exit,
    left: cluster.left(),
    offences: cluster.offences,
    peakUnbound: cluster.peakUnbound,
    maxPending: SCHEDULE.maxPending + doubled,
    read,
    list: (path) => listIfThere(disk, `${dir}/${path}`),
    ...(trouble.squatters === "all" ? { strangers: STRANGERS_LOG } : {}),
    known: (name) => knownOf(read(".qupods/journal.jsonl"), name),
  }));
  for (const name of names.filter(hasVerdict)) {
    // what a power cut takes of the journal are its last lines, whose pods have been deleted: only their logs were waited for
    if (trouble.isPowerCut !== true && !hasEnd(read(".qupods/journal.jsonl"), name)) {
      wrong.push(`the journal does not say how ${name} ended`);
    }
  }
  for (const pod of cluster.home) {
    if (pod.fate.writing === undefined && !isSafe(pod)) {
      wrong.push(`a log of ${pod.name} was home and is gone`);
    }
  }
  const rotated = job === ROTATED ? names.filter(hasVerdict) : [];
  const isWhole = (name: string) =>
    cluster.made.some((pod) => pod.name === name && same(pod.fate.log, verdictOf(name) ?? new Uint8Array(0)));
  const isDoubted = (name: string) =>
    knownOf(read(".qupods/journal.jsonl"), name)[0] === "incomplete" && isWhole(name);
  const streams = (calls.get("watch") ?? 0) + (calls.get("list") ?? 0);
  return {
    wrong,
    points: firstPoints,
    fileCalls: firstFileCalls,
    lives,
    exit,
    trace,
    verdicts: hashOf(names, read),
    figures: {
      lives,
      requests,
      faults,
      "kills at file calls": fileKills,
      "kills at requests": requestKills,
      items: items.length,
      "requests for pods": requests - streams,
      "power cuts": trouble.isPowerCut ? fileKills + requestKills : 0,
      "clock jumps": jumps,
      decoys,
      "foreign writes": cluster.foreignWrites,
      "peak over the cap, most": cluster.peakUnbound - SCHEDULE.maxPending - doubled,
      "journal bytes": read(".qupods/journal.jsonl")?.length ?? 0,
      "open files, most": disk.mostOpen,
      "rotated logs": rotated.length,
      "rotated logs whole": rotated.filter(isWhole).length,
      "rotated logs doubted": rotated.filter(isDoubted).length,
      ...trouble.measured?.(),
    },
  };
}
