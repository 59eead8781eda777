// `deno task faults [--full] [--minutes N] [--seed NAME] [--whole]`: the simulated runs, a share of five minutes or all of
// them; what they came to, and how to see a bad one again. `--whole`: the real program, killed and hindered from outside.

import { parseArgs } from "node:util";
import { whole } from "./whole.ts";
import { allRuns, measureLife, runByName } from "./runs.ts";

interface Tally {
  runs: number;
  kills: number;
  faults: number;
  requests: number;
  bad: string[];
}

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** @returns the exit status */
export async function rig(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      full: { type: "boolean" },
      seed: { type: "string" },
      minutes: { type: "string" },
      whole: { type: "boolean" },
    },
  });
  if (values.seed !== undefined) return await replay(values.seed);
  if (values.whole) return await whole(values.full === true, print);
  const minutes = values.full ? Infinity : Number(values.minutes ?? 5);
  if (!(minutes > 0)) throw new TypeError(`Cannot run for ${values.minutes} minutes`);
  const began = performance.now();
  const life = await measureLife();
  print(
    `one life of two items has ${life.points} points (${life.fileCalls} file calls; before and after each call)`,
  );
  const families = new Map<string, Tally>();
  let runs = 0;
  let rest = 0;
  for (const name of allRuns(life)) {
    if (performance.now() - began > minutes * 60_000) {
      rest++;
      continue;
    }
    runs++;
    const family = name.slice(0, name.indexOf(":"));
    const tally = families.get(family) ?? { runs: 0, kills: 0, faults: 0, requests: 0, bad: [] };
    families.set(family, tally);
    const report = await runByName(name);
    tally.runs++;
    tally.kills += report.lives - 1;
    tally.faults += report.faults;
    tally.requests += report.requests;
    if (report.wrong.length === 0) continue;
    tally.bad.push(name);
    if (tally.bad.length <= 5) print(`${name}: ${report.wrong.join("; ")}`);
  }
  let bad = 0;
  for (const [family, tally] of families) {
    bad += tally.bad.length;
    print(
      `${family}: ${tally.runs} runs, ${tally.kills} restarts, ${tally.faults} faults, ${tally.requests} requests, ` +
        `${tally.bad.length} bad${tally.bad.length > 0 ? `: ${tally.bad.slice(0, 20).join(" ")}` : ""}`,
    );
  }
  const seconds = Math.round((performance.now() - began) / 1000);
  print(`${runs} runs in ${seconds} s${rest > 0 ? `, ${rest} more with --full` : ""}`);
  if (bad > 0) print(`to see one again: deno task faults --seed NAME`);
  return bad > 0 ? 1 : 0;
}

async function replay(name: string): Promise<number> {
  const report = await runByName(name);
  for (const line of report.trace) print(line);
  print(
    report.wrong.length === 0 ? `${name}: all is well` : `${name}:\n  ${report.wrong.join("\n  ")}`,
  );
  return report.wrong.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await rig(Deno.args));
