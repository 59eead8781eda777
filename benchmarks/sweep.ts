// How many at once give a side its best rate: a comparison is fair where each side is at its best.

import type { Lab } from "./lab.ts";
import { describe } from "./row.ts";
import type { Trial } from "./trial.ts";

/**
 * The setting of the trial with the best rate, over a list that may be shorter than the row's.
 *
 * @param side its name, as it is shown
 */
export async function sweep(
  lab: Lab,
  side: string,
  settings: readonly number[],
  trial: (atOnce: number) => Promise<Trial>,
): Promise<number> {
  let best = { atOnce: settings[0] ?? 1, rate: 0 };
  for (const atOnce of settings) {
    const result = await trial(atOnce);
    lab.say(`  sweep ${side}, ${atOnce} at once: ${describe(result)}`);
    const rate = result.count / result.seconds;
    if (result.fault === "" && rate > best.rate) best = { atOnce, rate };
  }
  return best.atOnce;
}
