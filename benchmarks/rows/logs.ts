// Logs of pods that have ended, by way of one kubectl proxy, onto the disk: qupods' harvest against curl, which neither checks
// what it got nor knows what a whole log is. The server behind is one of ours with logs as long as is asked for: hollow nodes
// have twenty lines. Both sides end with every file's fsync.

import { type Lab, run } from "../lab.ts";
import type { LogReading } from "../log_reader.ts";
import { openLogPlace } from "../log_place.ts";
import type { Line, Row } from "../row.ts";
import { median, range } from "../statistics.ts";

const READER = new URL("../log_reader.ts", import.meta.url).pathname;
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

async function runCase(lab: Lab, one: Case): Promise<Line[]> {
  await using place = await openLogPlace(await lab.folder(), one.count, one.bytes);
  const ours: LogReading[] = [];
  const other: number[] = [];
  let fault = "";
  for (let round = 0; round < lab.rounds; round++) {
    for (const isOurs of round % 2 === 0 ? [true, false] : [false, true]) {
      const folder = await lab.folder();
      if (isOurs) ours.push(await readWithQupods(place.socket, folder));
      else other.push(await readWithCurl(place.socket, folder, one.count));
      fault ||= await differing(folder, one);
      await Deno.remove(folder, { recursive: true });
      const [last, seconds] = [ours.at(-1), isOurs ? ours.at(-1)?.seconds : other.at(-1)];
      const growth = isOurs ? `, ${last?.growthMegabytes.toFixed(0)} MB more memory` : "";
      lab.say(
        `  round ${round + 1} ${one.what}, ${isOurs ? "qupods" : "curl"}: ${seconds?.toFixed(2)} s${growth}`,
      );
    }
  }
  const ratios = ours.map(({ seconds }, round) => (other[round] ?? NaN) / seconds);
  const speed = (seconds: readonly number[]) =>
    one.count > 1000
      ? `${(one.count / median(seconds)).toFixed(0)} logs/s`
      : `${(one.count * one.bytes / 1e6 / median(seconds)).toFixed(0)} MB/s`;
  const growths = ours.map(({ growthMegabytes }) => growthMegabytes);
  return [{
    name: "logs",
    what: `${one.what}, ${AT_ONCE} at once: qupods / curl`,
    value: fault === "" ? `${median(ratios).toFixed(2)}×` : "void",
    range: range(ratios),
    goal: `≥ ${one.goal}×`,
    isMet: fault === "" && median(ratios) >= one.goal,
    notes: fault ||
      `${speed(ours.map(({ seconds }) => seconds))} against ${speed(other)}, both with every file's fsync`,
  }, {
    name: "logs",
    what: `${one.what}: resident memory that is added`,
    value: fault === "" ? `${median(growths).toFixed(0)} MB` : "void",
    range: range(growths, 0),
    goal: `≤ ${MOST_GROWTH_MEGABYTES} MB`,
    isMet: fault === "" && median(growths) <= MOST_GROWTH_MEGABYTES,
    notes: fault,
  }];
}

async function readWithQupods(socket: string, folder: string): Promise<LogReading> {
  const flags = ["run", "-A", "--v8-flags=--max-semi-space-size=4,--optimize-for-size"];
  return JSON.parse(await run(Deno.execPath(), [...flags, READER, JSON.stringify({ socket, folder })]));
}

async function readWithCurl(socket: string, folder: string, count: number): Promise<number> {
  const config = `${folder}.curl`;
  const entry = (at: number) =>
    `url = "http://localhost/api/v1/namespaces/lab/pods/log-${at}/log?container=main"\noutput = "${folder}/log-${at}.log"\n`;
  await Deno.writeTextFile(config, Array.from({ length: count }, (_, at) => entry(at)).join(""));
  const curl =
    `curl -sS --fail --unix-socket ${socket} --parallel --parallel-max ${AT_ONCE} -K ${config} 2>/dev/null`;
  const began = performance.now();
  await run("sh", ["-c", `${curl} && find ${folder} -name '*.log' -exec sync {} +`]);
  return (performance.now() - began) / 1000;
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
