// The same items with twenty kinds of delay, so that everything comes in another order: the same verdicts, the same bytes.

import { STEADY } from "./job_kinds.ts";
import type { Report } from "./report.ts";
import { simulate } from "./simulate.ts";

const ORDERS = 20;

export async function manyOrders(seed: number): Promise<Report> {
  const wrong: string[] = [];
  const hashes = new Set<string>();
  let requests = 0;
  for (let order = 1; order <= ORDERS; order++) {
    const report = await simulate(seed * 1_000 + order, {
      items: 10,
      job: STEADY,
      fateSeed: seed,
      // a log that cannot be read for 15 minutes is left with its pod, and rightly so
      fault: ({ verb }, count, chance) =>
        count < (verb === "log" ? 10 : 100) && chance() < 0.05 * (order % 7) ? "late" : null,
    });
    wrong.push(...report.wrong.map((text) => `order ${order}: ${text}`));
    hashes.add(report.verdicts);
    requests += report.figures.requests ?? 0;
  }
  if (hashes.size !== 1) wrong.push(`${ORDERS} orders came to ${hashes.size} different results`);
  return { wrong, figures: { requests, orders: ORDERS } };
}
