// From a pod's end to its log at home and the pod gone, as a watch of its own sees it, against a bare loop that fetches,
// writes and deletes, and beside one that fetches each log twice, as nobody can do without who promises whole logs. Both begin so many items a second, about half of what two cores can: nearer to their limit it would be
// the queue that is measured.

import { watchPods } from "../independent_watch.ts";
import { type Line, type Row, type Side, takeTurns } from "../row.ts";
import { runBare } from "../run_bare.ts";
import { runQupods } from "../run_qupods.ts";
import { median, range } from "../statistics.ts";
import type { Trial } from "../trial.ts";
import type { Lab } from "../lab.ts";

const RATE = 20;
/** More than are ever under way at that rate. */
const AT_ONCE = 64;

export const latency: Row = {
  name: "latency",
  about: `milliseconds from a pod's end until it is deleted with its log at home, ${RATE} pods a second`,
  async run(lab) {
    const loop = (isCareful: boolean) => runBare(lab, lab.count, AT_ONCE, { isCareful, rate: RATE });
    const ours = watched(lab, "qupods", () => runQupods(lab, lab.count, AT_ONCE, ["--rate", String(RATE)]));
    const careful = watched(lab, "careful loop", () => loop(true));
    const other = watched(lab, "bare loop", () => loop(false));
    const trials = await takeTurns(lab, [ours, careful, other]);
    const fault = trials.flat().find((trial) => trial.fault !== "")?.fault ?? "";
    return ([[50, 1.2], [99, 1.5]] as const).flatMap(([percent, goal]) => [
      line(percent, ours, other, goal, fault),
      line(percent, careful, other, null, fault),
    ]);
  },
};

/** A side, and for each of its trials the milliseconds of all pods, sorted. */
interface Watched extends Side {
  readonly seen: (readonly number[])[];
}

function line(percent: number, one: Watched, other: Watched, goal: number | null, fault: string): Line {
  const quantiles = ({ seen }: Watched) =>
    seen.map((sorted) => sorted[Math.floor(sorted.length * percent / 100)] ?? NaN);
  const [mine, others] = [quantiles(one), quantiles(other)];
  const ratios = mine.map((each, round) => each / (others[round] ?? NaN));
  return {
    name: "latency",
    what: `p${percent} from a pod's end until it is gone: ${one.name} / ${other.name}`,
    value: fault === "" ? `${median(ratios).toFixed(2)}×` : "void",
    range: range(ratios),
    goal: goal === null ? "" : `≤ ${goal}×`,
    isMet: goal === null ? null : fault === "" && median(ratios) <= goal,
    notes: fault || `${median(mine).toFixed(0)} ms against ${median(others).toFixed(0)} ms`,
  };
}

function watched(lab: Lab, name: string, run: () => Promise<Trial>): Watched {
  const seen: (readonly number[])[] = [];
  return {
    name,
    seen,
    async trial() {
      const watch = await watchPods(lab);
      const trial = await run();
      const { goneMilliseconds } = await watch.end();
      seen.push(goneMilliseconds);
      const fault = goneMilliseconds.length === lab.count
        ? ""
        : `the watch saw ${goneMilliseconds.length} pods go`;
      return { ...trial, fault: trial.fault || fault };
    },
  };
}
