// One item: what `kubectl run` does for it, and what qupods takes from its start to its end; beside them the least that goes
// by a kubectl proxy of its own.

import type { Lab } from "../lab.ts";
import { comparison, type Line, type Row, takeTurns } from "../row.ts";
import { runBare } from "../run_bare.ts";
import { runQupods } from "../run_qupods.ts";
import { median, range } from "../statistics.ts";
import { measure, type Trial } from "../trial.ts";

const SPEC =
  '{"spec":{"nodeSelector":{"qupods.dev/node":"hollow"},"tolerations":[{"key":"qupods.dev/hollow","operator":"Exists"}]}}';

export const one: Row = {
  name: "one",
  about: "wall time of one item, against kubectl run --rm -i",
  async run(lab) {
    const [ours = [], loop = [], other = []] = await takeTurns(lab, [
      { name: "qupods", trial: () => runQupods(lab, 1, 3) },
      { name: "bare loop", trial: () => runBare(lab, 1, 1) },
      { name: "kubectl run", trial: () => runKubectl(lab) },
    ]);
    return [line("qupods", ours, other, 0.8), line("bare loop with a kubectl proxy", loop, other, null)];
  },
};

function line(name: string, one: Trial[], other: Trial[], goal: number | null): Line {
  const { fault } = comparison(one, other);
  const ratios = one.map(({ seconds }, round) => seconds / (other[round]?.seconds ?? NaN));
  const wall = (trials: Trial[]) => `${median(trials.map(({ seconds }) => seconds)).toFixed(2)} s`;
  return {
    name: "one",
    what: `wall: ${name} / kubectl run --rm -i, one item`,
    value: fault === "" ? `${median(ratios).toFixed(2)}×` : "void",
    range: range(ratios),
    goal: goal === null ? "" : `≤ ${goal}×`,
    isMet: goal === null ? null : fault === "" && median(ratios) <= goal,
    notes: fault || `${wall(one)} against ${wall(other)}`,
  };
}

async function runKubectl(lab: Lab) {
  return await measure(lab, 1, null, async () => {
    const image = ["--rm", "-i", "--restart=Never", "--image=busybox:1.36", `--overrides=${SPEC}`];
    await lab.admin("run", "bench-one", ...image, "--", "echo", "x");
  });
}
