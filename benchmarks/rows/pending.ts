// What the cap on pending pods costs, and whether it holds: counted at the server, by a watch of its own. Little's law is
// the floor: with P pods waiting for L seconds each, no more than P / L a second can be bound.

import { watchPods } from "../independent_watch.ts";
import { compare, type Line, ratioLine, type Row, type Side } from "../row.ts";
import { runQupods } from "../run_qupods.ts";
import { median } from "../statistics.ts";

/** The cap as given, the most that may be seen, the goal. */
const CAPS = [[3, 3, 0.5], [16, 16, 0.9], ["auto", 64, 0.9]] as const;
const UNLIMITED = 1_000_000;

export const pending: Row = {
  name: "pending",
  about:
    "throughput at --max-pending 3, 16 and auto against unlimited, peaks counted by an independent watch",
  async run(lab) {
    const lines: Line[] = [];
    for (const [cap, most, goal] of CAPS) {
      const peaks: number[] = [];
      const latencies: number[] = [];
      const side = (maxPending: number | "auto", isCapped: boolean): Side => ({
        name: `--max-pending ${maxPending}`,
        async trial() {
          const watch = await watchPods(lab);
          const trial = await runQupods(lab, lab.count, maxPending, ["-P", "64"]);
          const { peakUnbound, medianBindMilliseconds, seen } = await watch.end();
          const fault = seen !== lab.count ? `the watch saw ${seen} pods of ${lab.count}` : "";
          if (isCapped) peaks.push(peakUnbound), latencies.push(medianBindMilliseconds);
          return { ...trial, fault: trial.fault || fault };
        },
      });
      const comparison = await compare(lab, side(cap, true), side(UNLIMITED, false));
      const what = `pods/s: --max-pending ${cap} / unlimited`;
      const line = ratioLine({ name: "pending", what, goal }, comparison);
      const latency = median(latencies);
      const peak = Math.max(...peaks);
      lines.push({
        ...line,
        notes: `${line.notes}; seen unbound for ${latency.toFixed(0)} ms in the median, so at most ${
          (peak / latency * 1000).toFixed(0)
        }/s by Little's law`,
      }, {
        name: "pending",
        what: `peak of unbound pods at --max-pending ${cap}`,
        value: String(peak),
        range: `${Math.min(...peaks)}–${peak}`,
        goal: `≤ ${most}`,
        isMet: line.value !== "void" && peak <= most,
        notes: "counted by kubectl's watch",
      });
    }
    return lines;
  },
};
