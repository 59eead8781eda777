// More pods at once than the API server has seats for: under API priority and fairness, on a level with few seats and short
// queues. What is left of the best rate, how many requests are refused, and what a stranger on the same level notices.

import { compare, type Line, ratioLine, type Row, type Side } from "../row.ts";
import type { Lab } from "../lab.ts";
import { type Counts, makePriorityLevel, type PriorityLevel } from "../priority_level.ts";
import { runQupods } from "../run_qupods.ts";
import { median, range } from "../statistics.ts";
import { startStranger, type Stranger } from "../stranger.ts";
import { sweep } from "../sweep.ts";
import type { Trial } from "../trial.ts";

const AT_ONCE = [4, 8, 16, 32];
const SWEEP_COUNT = 300;
const TOO_MANY = 256;
const ALONE_MILLISECONDS = 10_000;

export const overload: Row = {
  name: "overload",
  about: `${TOO_MANY} pods at once on a priority level with few seats: rate, refusals, a stranger's requests`,
  async run(lab) {
    await using level = await makePriorityLevel(lab);
    lab.say(`  a level of ${level.seats} seats`);
    const count = Math.min(lab.count, SWEEP_COUNT);
    const best = await sweep(lab, "qupods", AT_ONCE, (atOnce) => qupods(lab, count, atOnce));
    const shares: number[] = [];
    const slowdowns: number[] = [];
    const sharings: number[] = [];
    const notes: string[] = [];
    const ours: Side = {
      name: `qupods, ${TOO_MANY} at once`,
      async trial() {
        const alone = await withStranger(lab, level, () => wait(ALONE_MILLISECONDS));
        const before = await level.counts();
        const busy = await withStranger(lab, level, () => qupods(lab, lab.count, TOO_MANY));
        shares.push(share(before, await level.counts()));
        slowdowns.push(busy.median / alone.median);
        sharings.push(busy.median / busy.apart);
        notes.push(
          `${busy.median.toFixed(1)} ms against ${alone.median.toFixed(1)} ms, ${busy.refused} refused`,
        );
        return busy.result;
      },
    };
    const other: Side = { name: `qupods, ${best} at once`, trial: () => qupods(lab, lab.count, best) };
    const comparison = await compare(lab, ours, other);
    const what =
      `pods/s on ${level.seats} seats: qupods, ${TOO_MANY} at once / at its best (${best} at once)`;
    const { fault } = comparison;
    const line = (what: string, value: string, values: number[], goal: string, isMet: boolean): Line => ({
      name: "overload",
      what,
      value: fault === "" ? value : "void",
      range: range(values),
      goal,
      isMet: fault === "" && isMet,
      notes: fault,
    });
    const refused = median(shares);
    const slower = median(slowdowns);
    const shared = median(sharings);
    return [
      ratioLine({ name: "overload", what, goal: 0.9 }, comparison),
      line("requests answered by 429, %", `${refused.toFixed(2)}%`, shares, "≤ 1%", refused <= 1),
      {
        ...line(
          "p50 of a stranger's list: with qupods / without",
          `${slower.toFixed(2)}×`,
          slowdowns,
          "≤ 2×",
          slower <= 2,
        ),
        notes: fault || notes.join("; "),
      },
      line(
        "p50 of a list while qupods runs: on its level / on a level of its own",
        `${shared.toFixed(2)}×`,
        sharings,
        "≤ 2×",
        shared <= 2,
      ),
    ];
  },
};

function qupods(lab: Lab, count: number, atOnce: number): Promise<Trial> {
  return runQupods(lab, count, atOnce, ["-P", String(atOnce)]);
}

/** Medians of a list, in milliseconds, while the work is done: on the level, and on another. */
async function withStranger<T>(lab: Lab, level: PriorityLevel, work: () => Promise<T>) {
  const strangers = await Promise.all([level.stranger, level.apart].map((user) => startStranger(lab, user)));
  let seen: Awaited<ReturnType<Stranger["end"]>>[] = [];
  let result: T;
  try {
    result = await work();
  } finally {
    seen = await Promise.all(strangers.map((stranger) => stranger.end()));
  }
  const [on, apart] = seen.map(({ milliseconds }) => median(milliseconds));
  return { result, median: on ?? NaN, apart: apart ?? NaN, refused: seen[0]?.refused ?? 0 };
}

/** Per cent of the requests between two counts. */
function share(before: Counts, after: Counts): number {
  const rejected = after.rejected - before.rejected;
  return rejected / Math.max(1, rejected + after.dispatched - before.dispatched) * 100;
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
