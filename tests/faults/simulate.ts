// One simulated run: the program is started, killed, started again until it comes to an end, under the trouble that is asked
// for; then it is judged. The same seed and trouble give the same run.

import { UsageError } from "../../lib/errors.ts";
import { check } from "./check.ts";
import { type AuditedCluster, lookAlikes, type Made, openAudited } from "./cluster.ts";
import { type Disk, diskError, startDisk } from "./disk.ts";
import { type Call, faultyTransport } from "./fault_transport.ts";
import type { Fault, Verb } from "./faults.ts";
import { itemsOf } from "./job.ts";
import { type Machine, startMachine } from "./machine.ts";
import { program, SCHEDULE } from "./program.ts";

/** What is to go wrong. */
export interface Trouble {
  readonly items: number;
  /** `count`: calls of this verb before, over all lives. */
  readonly fault?: (call: Call, count: number, draw: () => number) => Fault | null;
  /** Code of the error that the `count`-th file call of a life gives. */
  readonly disk?: (call: string, count: number, life: number, draw: () => number) => string | null;
  /** The first life dies at the first point, and so on; then it is let live. */
  readonly kills?: readonly number[];
  readonly hasDecoys?: boolean;
}

/** What came of it. */
export interface Report {
  readonly wrong: readonly string[];
  /** Points (file and HTTP calls, before and after each) of the first life, and file calls alone. */
  readonly points: number;
  readonly fileCalls: number;
  readonly lives: number;
  readonly requests: number;
  readonly faults: number;
  readonly exit: number;
  readonly trace: readonly string[];
}

/** No run takes longer: patience with an unreadable log is 15 minutes, an item's attempts are six. */
const LIMIT_SECONDS = 3 * 3600;
const TRACE_LENGTH = 4_000;
/** A call that no disk error hinders. */
const LAST_LIFE = 99;

export async function simulate(seed: number, trouble: Trouble): Promise<Report> {
  const machine = startMachine(seed);
  const folder = Deno.makeTempDirSync({ ...MEMORY_FOLDER, prefix: "qupods-faults-" });
  const disk = startDisk(machine, folder);
  try {
    return await run(seed, trouble, machine, disk, `${folder}/jobs`);
  } finally {
    disk[Symbol.dispose]();
    machine[Symbol.dispose]();
    Deno.removeSync(folder, { recursive: true });
  }
}

/** An fsync costs nothing there. */
const MEMORY_FOLDER = existsFolder("/dev/shm") ? { dir: "/dev/shm" } : {};

function existsFolder(path: string): boolean {
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function run(
  seed: number,
  trouble: Trouble,
  machine: Machine,
  disk: Disk,
  dir: string,
): Promise<Report> {
  const read = (path: string) => readIfThere(disk, `${dir}/${path}`);
  const isSafe = ({ name, fate: { log } }: Made): boolean => {
    const aside = listIfThere(disk, `${dir}/${name}.d`)
      .flatMap((attempt) =>
        listIfThere(disk, `${dir}/${name}.d/${attempt}`).map((file) => `${name}.d/${attempt}/${file}`)
      );
    return [`${name}.log`, `${name}.err`, ...aside].some((file) => {
      const bytes = read(file);
      return bytes !== null && equal(bytes, log) && disk.isDurable(`${dir}/${file}`);
    });
  };
  await using cluster = openAudited(seed, machine, isSafe);
  const items = itemsOf(trouble.items);
  const names = items.map((item) => `job-${item}`);
  const blocked = trouble.hasDecoys ? names.slice(-1) : [];
  if (trouble.hasDecoys) addDecoys(cluster, blocked);
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
  /** A pod that something in between made besides the one that was asked for. */
  let doubled = 0;
  let points = 0;
  let firstPoints = 0;
  let fileCalls = 0;
  let firstFileCalls = 0;
  let life = 0;
  let lives = 0;
  let exit = -1;

  const point = (what: string) => {
    points++;
    if (points === trouble.kills?.[life]) {
      note(`killed at point ${points}, ${what}`);
      machine.kill();
    }
  };
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
    const transport = faultyTransport(cluster.transport, machine, {
      choose(call) {
        requests++;
        point(`before ${call.verb}`);
        const count = calls.get(call.verb) ?? 0;
        calls.set(call.verb, count + 1);
        const fault = trouble.fault?.(call, count, machine.draw) ?? null;
        note(`${call.verb} ${call.path.replace(/^.*\/pods/, "")}${fault === null ? "" : ` <- ${fault}`}`);
        if (fault !== null) faults++;
        if (call.verb === "create" && (fault === "twice" || fault === "lands later")) doubled = 1;
        return fault;
      },
      answered: (call) => point(`after ${call.verb}`),
    });
    const onRun = (id: string) => {
      if (trouble.hasDecoys && life === 0) {
        lookAlikes(id).forEach((labels, n) => cluster.addDecoy(`job-zz${n}`, labels));
      }
    };
    const end = await machine.live(() => program(dir, items, transport, onRun), LIMIT_SECONDS);
    if (life === 0) [firstPoints, firstFileCalls] = [points, fileCalls];
    note(`life ${life} ${end.kind}`);
    if (end.kind === "killed") continue;
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
    blocked,
    exit,
    left: cluster.left(),
    offences: cluster.offences,
    peakUnbound: cluster.peakUnbound,
    maxPending: SCHEDULE.maxPending + doubled,
    read,
    list: (path) => listIfThere(disk, `${dir}/${path}`),
  }));
  return {
    wrong,
    points: firstPoints,
    fileCalls: firstFileCalls,
    lives,
    requests,
    faults,
    exit,
    trace,
  };
}

/** Foreign pods that were there before: one has an item's name. */
function addDecoys(cluster: AuditedCluster, blocked: readonly string[]): void {
  for (const name of blocked) cluster.addDecoy(name, {});
  for (let n = 0; n < 20; n++) {
    cluster.addDecoy(`job-x${n}`, n % 2 === 0 ? {} : { "qupods.dev/run": `other${n}` });
  }
}

function readIfThere(disk: Disk, path: string): Uint8Array | null {
  try {
    return disk.real.readFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

function listIfThere(disk: Disk, path: string): string[] {
  try {
    return [...disk.real.readDirSync(path)].map(({ name }) => name);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

function equal(first: Uint8Array, second: Uint8Array): boolean {
  if (first.length !== second.length) return false;
  for (let at = 0; at < first.length; at++) if (first[at] !== second[at]) return false;
  return true;
}
