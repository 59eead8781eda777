// qupods against the bare loop over the same kind of transport: what its care (caps, checks, fsync, journal) costs.

import { compare, describe, ratioLine, type Row, type Side } from "../row.ts";
import type { Lab } from "../lab.ts";
import { runBare } from "../run_bare.ts";
import { runQupods } from "../run_qupods.ts";

const BARE_CONCURRENCIES = [8, 16, 32, 64];
const MAX_PENDINGS = [8, 16, 64];

export const bare: Row = {
  name: "bare",
  about: "pods a second, against a bare create-watch-log-delete loop at its best concurrency",
  async run(lab) {
    const concurrency = await sweep(
      lab,
      "bare loop",
      BARE_CONCURRENCIES,
      (n, count) => runBare(lab, count, n),
    );
    const maxPending = await sweep(lab, "qupods", MAX_PENDINGS, (n, count) => runQupods(lab, count, n));
    const ours: Side = { name: "qupods", trial: () => runQupods(lab, lab.count, maxPending) };
    const other: Side = { name: "bare loop", trial: () => runBare(lab, lab.count, concurrency) };
    const what = `pods/s: qupods (--max-pending ${maxPending}) / bare loop (${concurrency} at once)`;
    return [ratioLine({ name: "bare", what, goal: 0.9 }, await compare(lab, ours, other))];
  },
};

/** The setting with the best rate over a shorter list. */
async function sweep(
  lab: Lab,
  name: string,
  settings: readonly number[],
  trial: (setting: number, count: number) => ReturnType<Side["trial"]>,
): Promise<number> {
  let best = { setting: settings[0] ?? 1, rate: 0 };
  for (const setting of settings) {
    const result = await trial(setting, Math.min(lab.count, 300));
    lab.say(`  sweep ${name} at ${setting}: ${describe(result)}`);
    const rate = result.count / result.seconds;
    if (result.fault === "" && rate > best.rate) best = { setting, rate };
  }
  return best.setting;
}
