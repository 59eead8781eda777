// From a pod's end to its log at home and the pod gone, as a watch of its own sees it, against a bare loop that fetches,
// writes and deletes. Both begin so many items a second, about half of what two cores can: nearer to their limit it would be
// the queue that is measured.

import { watchPods } from "../independent_watch.ts";
import { compare, type Line, type Row, type Side } from "../row.ts";
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
    const seen = { ours: [] as (readonly number[])[], other: [] as (readonly number[])[] };
    const ours = watched(
      lab,
      "qupods",
      seen.ours,
      () => runQupods(lab, lab.count, AT_ONCE, ["--rate", String(RATE)]),
    );
    const other = watched(
      lab,
      "bare loop",
      seen.other,
      () => runBare(lab, lab.count, AT_ONCE, { rate: RATE }),
    );
    const { fault } = await compare(lab, ours, other);
    return ([[50, 1.2], [99, 1.5]] as const).map(([percent, goal]): Line => {
      const quantiles = (side: readonly (readonly number[])[]) =>
        side.map((sorted) => sorted[Math.floor(sorted.length * percent / 100)] ?? NaN);
      const [mine, others] = [quantiles(seen.ours), quantiles(seen.other)];
      const ratios = mine.map((each, round) => each / (others[round] ?? NaN));
      return {
        name: "latency",
        what: `p${percent} from a pod's end until it is gone: qupods / bare loop`,
        value: fault === "" ? `${median(ratios).toFixed(2)}×` : "void",
        range: range(ratios),
        goal: `≤ ${goal}×`,
        isMet: fault === "" && median(ratios) <= goal,
        notes: fault || `${median(mine).toFixed(0)} ms against ${median(others).toFixed(0)} ms`,
      };
    });
  },
};

function watched(lab: Lab, name: string, seen: (readonly number[])[], run: () => Promise<Trial>): Side {
  return {
    name,
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
