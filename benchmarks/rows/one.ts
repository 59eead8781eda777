// One item: what `kubectl run` does for it, and what qupods takes from its start to its end.

import type { Lab } from "../lab.ts";
import { compare, type Row } from "../row.ts";
import { runQupods } from "../run_qupods.ts";
import { median, range } from "../statistics.ts";
import { measure } from "../trial.ts";

const SPEC =
  '{"spec":{"nodeSelector":{"qupods.dev/node":"hollow"},"tolerations":[{"key":"qupods.dev/hollow","operator":"Exists"}]}}';

export const one: Row = {
  name: "one",
  about: "wall time of one item, against kubectl run --rm -i",
  async run(lab) {
    const { ours, other, fault } = await compare(
      lab,
      { name: "qupods", trial: () => runQupods(lab, 1, 3) },
      { name: "kubectl run", trial: () => runKubectl(lab) },
    );
    const ratios = ours.map(({ seconds }, round) => seconds / (other[round]?.seconds ?? NaN));
    const wall = (trials: typeof ours) => `${median(trials.map(({ seconds }) => seconds)).toFixed(2)} s`;
    return [{
      name: "one",
      what: "wall: qupods / kubectl run --rm -i, one item",
      value: fault === "" ? `${median(ratios).toFixed(2)}×` : "void",
      range: range(ratios),
      goal: "≤ 0.8×",
      isMet: fault === "" && median(ratios) <= 0.8,
      notes: fault || `${wall(ours)} against ${wall(other)}`,
    }];
  },
};

async function runKubectl(lab: Lab) {
  return await measure(lab, 1, null, async () => {
    const image = ["--rm", "-i", "--restart=Never", "--image=busybox:1.36", `--overrides=${SPEC}`];
    await lab.admin("run", "bench-one", ...image, "--", "echo", "x");
  });
}
