// qupods against the bare loop over the same kind of transport: what its care (caps, checks, fsync, journal) costs. Both
// have one knob, how many items are under way at once, and both are given its best value. The careful loop shows how much of
// the difference is owed to what is asked of the cluster, and how much to qupods itself.

import { comparison, costs, type Line, ratioLine, type Row, type Side, takeTurns } from "../row.ts";
import { runBare } from "../run_bare.ts";
import { runQupods } from "../run_qupods.ts";
import { median, range } from "../statistics.ts";
import { sweep } from "../sweep.ts";
import type { Trial } from "../trial.ts";

const AT_ONCE = [16, 32, 64, 128, 192];
const SWEEP_COUNT = 600;

export const bare: Row = {
  name: "bare",
  about: "pods a second, against a bare create-watch-log-delete loop, both at their best concurrency",
  async run(lab) {
    const loop = (count: number, atOnce: number) => runBare(lab, count, atOnce);
    const qupods = (count: number, atOnce: number) => runQupods(lab, count, atOnce, ["-P", String(atOnce)]);
    const count = Math.min(lab.count, SWEEP_COUNT);
    const loopAtOnce = await sweep(lab, "bare loop", AT_ONCE, (atOnce) => loop(count, atOnce));
    const qupodsAtOnce = await sweep(lab, "qupods", AT_ONCE, (atOnce) => qupods(count, atOnce));
    const ours: Side = { name: "qupods", trial: () => qupods(lab.count, qupodsAtOnce) };
    const other: Side = { name: "bare loop", trial: () => loop(lab.count, loopAtOnce) };
    const what = `pods/s: qupods (${qupodsAtOnce} at once) / bare loop (${loopAtOnce} at once)`;
    const third: Side = {
      name: "careful loop",
      trial: () => runBare(lab, lab.count, loopAtOnce, { isCareful: true }),
    };
    const [mine = [], careful = [], loops = []] = await takeTurns(lab, [ours, third, other]);
    const all = comparison(mine, loops);
    return [
      ratioLine({ name: "bare", what, goal: 0.97 }, all),
      ratioLine(
        { name: "bare", what: "pods/s: careful loop / bare loop", goal: null },
        comparison(careful, loops),
      ),
      ratioLine(
        { name: "bare", what: "pods/s: qupods / careful loop", goal: 0.97 },
        comparison(mine, careful),
      ),
      cpuLine(mine, loops, all.fault),
      clientLine(mine, all.fault),
    ];
  },
};

/** On saturated cores throughput is the inverse of CPU per pod, all processes of both ends counted; noise does not move it. */
function cpuLine(ours: readonly Trial[], other: readonly Trial[], fault: string): Line {
  const total = ({ clientMilliseconds, serverMilliseconds, count }: Trial) =>
    (clientMilliseconds + (serverMilliseconds ?? NaN)) / count;
  const ratios = ours.map((trial, round) => total(other[round] ?? trial) / total(trial));
  const isSeen = !ratios.some(Number.isNaN);
  return {
    name: "bare",
    what: "CPU a pod, client and servers: bare loop / qupods",
    value: fault !== "" || !isSeen ? "void" : `${median(ratios).toFixed(2)}×`,
    range: isSeen ? range(ratios) : "",
    goal: "≥ 0.97×",
    isMet: fault === "" && isSeen && median(ratios) >= 0.97,
    notes: fault || (isSeen ? `${costs(ours)} against ${costs(other)}` : "no server process to be seen"),
  };
}

function clientLine(ours: readonly Trial[], fault: string): Line {
  const each = ours.map(({ clientMilliseconds, count }) => clientMilliseconds / count);
  return {
    name: "bare",
    what: "client CPU a pod: qupods and its proxy, start-up included",
    value: fault === "" ? `${median(each).toFixed(2)} ms` : "void",
    range: range(each),
    goal: "≤ 1.6 ms",
    isMet: fault === "" && median(each) <= 1.6,
    notes: fault,
  };
}
