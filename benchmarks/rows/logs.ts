// Logs of pods that have ended, by way of one kubectl proxy, onto the disk: qupods' harvest against curl, which neither checks
// what it got nor knows what a whole log is. The server behind is one of ours with logs as long as is asked for: hollow nodes
// have twenty lines. Beside them the least that a program on Deno does. All end with every file's fsync.

import { type Lab, run } from "../lab.ts";
import { openLogPlace } from "../log_place.ts";
import type { LogReading } from "../log_reading.ts";
import type { Line, Row } from "../row.ts";
import { median, range } from "../statistics.ts";

const READER = new URL("../log_reader.ts", import.meta.url).pathname;
const PLAIN = new URL("../plain_reader.ts", import.meta.url).pathname;
const AT_ONCE = 32;
const MOST_GROWTH_MEGABYTES = 16;

interface Case {
  readonly count: number;
  readonly bytes: number;
  readonly goal: number;
  readonly what: string;
}

const CASES: readonly Case[] = [
  { count: 64, bytes: 10 * 1024 * 1024, goal: 0.95, what: "64 logs of 10 MiB" },
  { count: 5000, bytes: 600, goal: 0.9, what: "5,000 logs of 600 bytes" },
];

export const logs: Row = {
  name: "logs",
  about: "logs of ended pods to disk through one kubectl proxy, against curl, from a server of ours",
  async run(lab) {
    const lines: Line[] = [];
    for (const one of CASES) lines.push(...await runCase(lab, one));
    return lines;
  },
};

/** One of three who read the logs. */
interface Reader {
  readonly name: string;
  /** What is written has timestamps, and is no qupods' log. */
  readonly isRaw: boolean;
  read(folder: string): Promise<LogReading>;
  readonly took: LogReading[];
}

async function runCase(lab: Lab, one: Case): Promise<Line[]> {
  await using place = await openLogPlace(await lab.folder(), one.count, one.bytes);
  const { socket } = place;
  const { count } = one;
  const settings = (folder: string) => JSON.stringify({ socket, folder, count, atOnce: AT_ONCE });
  const ours: Reader = {
    name: "qupods",
    isRaw: false,
    read: (to) => readWith(READER, settings(to)),
    took: [],
  };
  const plain: Reader = {
    name: "plain reader",
    isRaw: true,
    read: (to) => readWith(PLAIN, settings(to)),
    took: [],
  };
  const curl: Reader = {
    name: "curl",
    isRaw: false,
    read: (to) => readWithCurl(socket, to, count),
    took: [],
  };
  const readers = [ours, plain, curl];
  let fault = "";
  for (let round = 0; round < lab.rounds; round++) {
    for (let turn = 0; turn < readers.length; turn++) {
      const { name, isRaw, read, took } = readers[(round + turn) % readers.length] as Reader;
      const folder = await lab.folder();
      const reading = await read(folder);
      took.push(reading);
      fault ||= isRaw ? "" : await differing(folder, one);
      await Deno.remove(folder, { recursive: true });
      const memory = name === "curl" ? "" : `, ${reading.growthMegabytes.toFixed(0)} MB more memory`;
      lab.say(`  round ${round + 1} ${one.what}, ${name}: ${reading.seconds.toFixed(2)} s${memory}`);
    }
  }
  return [
    speedLine(one, ours, curl, one.goal, fault),
    speedLine(one, plain, curl, null, fault),
    memoryLine(one, ours, MOST_GROWTH_MEGABYTES, fault),
    memoryLine(one, plain, null, fault),
  ];
}

function speedLine(one: Case, reader: Reader, curl: Reader, goal: number | null, fault: string): Line {
  const ratios = reader.took.map(({ seconds }, round) => (curl.took[round]?.seconds ?? NaN) / seconds);
  const speed = ({ took }: Reader) => {
    const seconds = median(took.map((reading) => reading.seconds));
    return one.count > 1000
      ? `${(one.count / seconds).toFixed(0)} logs/s`
      : `${(one.count * one.bytes / 1e6 / seconds).toFixed(0)} MB/s`;
  };
  return {
    name: "logs",
    what: `${one.what}, ${AT_ONCE} at once: ${reader.name} / curl`,
    value: fault === "" ? `${median(ratios).toFixed(2)}×` : "void",
    range: range(ratios),
    goal: goal === null ? "" : `≥ ${goal}×`,
    isMet: goal === null ? null : fault === "" && median(ratios) >= goal,
    notes: fault || `${speed(reader)} against ${speed(curl)}, both with every file's fsync`,
  };
}

function memoryLine(one: Case, { name, took }: Reader, goal: number | null, fault: string): Line {
  const growths = took.map(({ growthMegabytes }) => growthMegabytes);
  return {
    name: "logs",
    what: `${one.what}: resident memory that is added, ${name}`,
    value: fault === "" ? `${median(growths).toFixed(0)} MB` : "void",
    range: range(growths, 0),
    goal: goal === null ? "" : `≤ ${goal} MB`,
    isMet: goal === null ? null : fault === "" && median(growths) <= goal,
    notes: fault,
  };
}

async function readWith(program: string, settings: string): Promise<LogReading> {
  const flags = ["run", "-A", "--v8-flags=--max-semi-space-size=4,--heap-growing-percent=20"];
  return JSON.parse(await run(Deno.execPath(), [...flags, program, settings]));
}

async function readWithCurl(socket: string, folder: string, count: number): Promise<LogReading> {
  const config = `${folder}.curl`;
  const entry = (at: number) =>
    `url = "http://localhost/api/v1/namespaces/lab/pods/log-${at}/log?container=main"\noutput = "${folder}/log-${at}.log"\n`;
  await Deno.writeTextFile(config, Array.from({ length: count }, (_, at) => entry(at)).join(""));
  const curl =
    `curl -sS --fail --unix-socket ${socket} --parallel --parallel-max ${AT_ONCE} -K ${config} 2>/dev/null`;
  const began = performance.now();
  await run("sh", ["-c", `${curl} && find ${folder} -name '*.log' -exec sync {} +`]);
  return { seconds: (performance.now() - began) / 1000, growthMegabytes: NaN };
}

/** What is wrong with the files; empty if each is there, of its length, and like the first. */
async function differing(folder: string, { count, bytes }: Case): Promise<string> {
  const hashes = new Set<string>();
  let files = 0;
  for await (const { name } of Deno.readDir(folder)) {
    if (!/^log-\d+\.log$/.test(name)) continue;
    files++;
    const content = await Deno.readFile(`${folder}/${name}`);
    if (content.length < bytes) return `${name} has ${content.length} bytes`;
    hashes.add(new Uint8Array(await crypto.subtle.digest("SHA-256", content)).toHex());
  }
  if (files !== count) return `${files} logs of ${count}`;
  return hashes.size === 1 ? "" : "the logs differ";
}
