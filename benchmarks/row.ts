// What a row of the table is, and how sides are compared: in turn, in one run, so that whatever else the machine does
// meets all alike.

import type { Lab } from "./lab.ts";
import { median, range } from "./statistics.ts";
import type { Trial } from "./trial.ts";

/** One measured line. */
export interface Line {
  readonly name: string;
  /** What is compared, in words. */
  readonly what: string;
  readonly value: string;
  readonly range: string;
  readonly goal: string;
  /** Null where no goal is set. */
  readonly isMet: boolean | null;
  /** CPU and rates of both sides, or why the line is void. */
  readonly notes: string;
}

/** A row: one question, one file under rows/. */
export interface Row {
  readonly name: string;
  readonly about: string;
  /** It measures this machine alone, and asks no cluster. */
  readonly isLocal?: true;
  run(lab: Lab): Promise<Line[]>;
}

/** One side: a name, and how one trial of it is run. */
export interface Side {
  readonly name: string;
  trial(): Promise<Trial>;
}

export interface Comparison {
  /** Per round: throughput of `ours` over that of `other`. */
  readonly ratios: number[];
  readonly ours: Trial[];
  readonly other: Trial[];
  /** First fault of any trial; empty if all count. */
  readonly fault: string;
}

/** Runs all sides in turn, `rounds` times, another one first in each; the trials of each side, in the order of the sides. */
export async function takeTurns(lab: Lab, sides: readonly Side[]): Promise<Trial[][]> {
  const trials: Trial[][] = sides.map(() => []);
  for (let round = 0; round < lab.rounds; round++) {
    for (let turn = 0; turn < sides.length; turn++) {
      const at = (round + turn) % sides.length;
      const { name, trial } = sides[at] as Side;
      const result = await trial();
      trials[at]?.push(result);
      lab.say(`  round ${round + 1} ${name}: ${describe(result)}`);
    }
  }
  return trials;
}

/** Two sides' trials of the same rounds. */
export function comparison(ours: Trial[], other: Trial[]): Comparison {
  const rate = (trial: Trial | undefined) => trial === undefined ? NaN : trial.count / trial.seconds;
  return {
    ours,
    other,
    ratios: ours.map((trial, round) => rate(trial) / rate(other[round])),
    fault: [...ours, ...other].find((trial) => trial.fault !== "")?.fault ?? "",
  };
}

/** Runs two sides in turn. */
export async function compare(lab: Lab, ours: Side, other: Side): Promise<Comparison> {
  const [first = [], second = []] = await takeTurns(lab, [ours, other]);
  return comparison(first, second);
}

/** A line for a comparison of throughputs with a goal of at least `goal`, if there is one. */
export function ratioLine(
  { name, what, goal }: { name: string; what: string; goal: number | null },
  { ratios, ours, other, fault }: Comparison,
): Line {
  const middle = median(ratios);
  return {
    name,
    what,
    value: fault === "" ? `${middle.toFixed(2)}×` : "void",
    range: range(ratios),
    goal: goal === null ? "" : `≥ ${goal}×`,
    isMet: goal === null ? null : fault === "" && middle >= goal,
    notes: fault === "" ? `${costs(ours)} against ${costs(other)}` : fault,
  };
}

/** Medians over trials: `48.3/s, client 2.1 ms, server 18 ms`. */
export function costs(trials: readonly Trial[]): string {
  const rate = median(trials.map(({ count, seconds }) => count / seconds));
  const client = median(trials.map(({ count, clientMilliseconds }) => clientMilliseconds / count));
  const servers = trials.flatMap(({ count, serverMilliseconds }) =>
    serverMilliseconds === null ? [] : [serverMilliseconds / count]
  );
  const server = servers.length === 0 ? "" : `, server ${median(servers).toFixed(1)} ms`;
  return `${rate.toFixed(1)}/s (CPU a pod: client ${client.toFixed(2)} ms${server})`;
}

export function describe(trial: Trial): string {
  return `${trial.seconds.toFixed(1)} s, ${costs([trial])}${
    trial.fault === "" ? "" : `, VOID: ${trial.fault}`
  }`;
}
