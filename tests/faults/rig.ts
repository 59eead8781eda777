// `deno task faults [--full] [--share N] [--seed NAME]`: runs the simulated runs, prints what they came to, and how to see a
// bad one again.

import { parseArgs } from "node:util";
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
    options: { full: { type: "boolean" }, seed: { type: "string" }, share: { type: "string" } },
  });
  if (values.seed !== undefined) return await replay(values.seed);
  const share = values.full ? 1 : Number(values.share ?? 0.25);
  const life = await measureLife();
  print(
    `one life of two items has ${life.points} points (${life.fileCalls} file calls; before and after each call)`,
  );
  const families = new Map<string, Tally>();
  for (const name of allRuns(share, life)) {
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
