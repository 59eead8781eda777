// `deno task faults [--full] [--minutes N] [--part KIND,KIND] [--seed NAME] [--whole]`: the simulated runs, a share of five minutes
// or all of them; what they came to, and how to see a bad one again. `--whole`: the real program, killed and hindered from outside.

import { parseArgs } from "node:util";
import { type FamilyCount, rowsOf, table } from "./promises.ts";
import { makeSums, type Report } from "./report.ts";
import { whole } from "./whole.ts";
import { pause } from "./whole_program.ts";
import { allRuns, measureLife, parseName, runByName } from "./runs.ts";

function print(line: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));
}

/** On one line of a terminal, if there is one. */
function progress(text: string): void {
  if (Deno.stderr.isTerminal()) Deno.stderr.writeSync(new TextEncoder().encode(`\r\x1b[K${text}`));
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
      part: { type: "string" },
    },
  });
  if (values.seed !== undefined) return await replay(values.seed);
  const parts = values.part?.split(",") ?? null;
  if (values.whole) return await whole(values.full === true, parts, print);
  const minutes = values.full ? Infinity : Number(values.minutes ?? 5);
  if (!(minutes > 0)) throw new TypeError(`Cannot run for ${values.minutes} minutes`);
  return await simulated(minutes, parts);
}

interface Tally extends FamilyCount {
  runs: number;
  bad: number;
}

/** As many of all runs as there are minutes for. @param wanted of these kinds; null: of all */
async function simulated(minutes: number, wanted: readonly string[] | null): Promise<number> {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  const life = await measureLife();
  print(
    `one life of two items has ${life.points} points (${life.fileCalls} file calls; before and after each call)`,
  );
  const families = new Map<string, Tally>();
  const sums = makeSums();
  const all: Tally = { runs: 0, bad: 0 };
  let rest = 0;
  // what there is by then is told
  let isInterrupted = false;
  const onInterrupt = () => isInterrupted = true;
  Deno.addSignalListener("SIGINT", onInterrupt);
  for (const name of allRuns(life, minutes === Infinity)) {
    const { family } = parseName(name);
    if (wanted !== null && !wanted.includes(family)) continue;
    if (isInterrupted || seconds() > minutes * 60) {
      rest++;
      continue;
    }
    const tally = families.get(family) ?? { runs: 0, bad: 0 };
    families.set(family, tally);
    const { wrong, figures } = await runOrTell(name);
    await pause(0); // or no signal would be heard between runs that never wait
    sums.add(figures);
    sums.add(Object.fromEntries(Object.entries(figures).map(([key, value]) => [`${family}: ${key}`, value])));
    for (const count of [tally, all]) {
      count.runs++;
      if (wrong.length > 0) count.bad++;
    }
    progress(`${all.runs} runs, ${all.bad} bad, ${seconds()} s`);
    if (wrong.length > 0) print(`${name}: ${wrong.slice(0, 5).join("; ")}`);
  }
  progress("");
  Deno.removeSignalListener("SIGINT", onInterrupt);
  for (const [family, { runs, bad }] of families) {
    const of = (figure: string) => sums.of(`${family}: ${figure}`);
    print(
      `${family}: ${runs} runs, ${of("lives")} lives, ${of("faults")} faults, ${
        of("requests")
      } requests, ${bad} bad`,
    );
  }
  print("");
  for (const line of table(rowsOf(sums, (name) => families.get(name) ?? { runs: 0, bad: 0 }, all))) {
    print(line);
  }
  print("");
  print(`${all.runs} runs in ${seconds()} s${rest > 0 ? `, ${rest} more are left` : ""}`);
  if (all.bad > 0) print(`to see one again: deno task faults --seed NAME`);
  return all.bad > 0 ? 1 : 0;
}

/** A defect of the rig's own is a bad run, not the end of all runs. */
async function runOrTell(name: string): Promise<Report> {
  try {
    return await runByName(name);
  } catch (error) {
    return { wrong: [`threw: ${error instanceof Error ? error.stack : error}`], figures: {} };
  }
}

async function replay(name: string): Promise<number> {
  const { wrong, figures, trace = [] } = await runByName(name);
  for (const line of trace) print(line);
  for (const [figure, value] of Object.entries(figures)) print(`${figure}: ${value}`);
  print(wrong.length === 0 ? `${name}: all is well` : `${name}:\n  ${wrong.join("\n  ")}`);
  return wrong.length === 0 ? 0 : 1;
}

if (import.meta.main) Deno.exit(await rig(Deno.args));
