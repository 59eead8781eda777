// What the direct transport gains over kubectl proxy: the same list over both, and one item alone. Needs a context whose user
// has a token or a client certificate.

import { compare, type Line, ratioLine, type Row, type Side } from "../row.ts";
import type { Lab } from "../lab.ts";
import { runQupods } from "../run_qupods.ts";
import { median, range } from "../statistics.ts";
import type { Trial } from "../trial.ts";

const AT_ONCE = 32;

export const transport: Row = {
  name: "transport",
  about: "pods a second, CPU and start over --transport direct, against the default kubectl proxy",
  async run(lab) {
    const many = await compare(lab, over(lab, "direct", lab.count), over(lab, "proxy", lab.count));
    const one = await compare(lab, over(lab, "direct", 1), over(lab, "proxy", 1));
    const what = `pods/s: direct / kubectl proxy (${AT_ONCE} at once)`;
    return [
      ratioLine({ name: "transport", what, goal: 1 }, many),
      shareLine("client CPU a pod, start-up included: direct / kubectl proxy", many, clientCpu, "ms"),
      shareLine("wall of one item: direct / kubectl proxy", one, ({ seconds }) => seconds * 1000, "ms"),
    ];
  },
};

function over(lab: Lab, kind: string, count: number): Side {
  const options = ["--transport", kind, "-P", String(AT_ONCE)];
  return { name: kind, trial: () => runQupods(lab, count, AT_ONCE, options) };
}

function clientCpu({ clientMilliseconds, count }: Trial): number {
  return clientMilliseconds / count;
}

/** How much of the other's cost is left. */
function shareLine(
  what: string,
  { ours, other, fault }: { readonly ours: Trial[]; readonly other: Trial[]; readonly fault: string },
  cost: (trial: Trial) => number,
  unit: string,
): Line {
  const ratios = ours.map((trial, round) => cost(trial) / cost(other[round] ?? trial));
  const middle = (trials: readonly Trial[]) => `${median(trials.map(cost)).toFixed(2)} ${unit}`;
  return {
    name: "transport",
    what,
    value: fault === "" ? `${median(ratios).toFixed(2)}×` : "void",
    range: range(ratios),
    goal: "≤ 1×",
    isMet: fault === "" && median(ratios) <= 1,
    notes: fault || `${middle(ours)} against ${middle(other)}`,
  };
}
