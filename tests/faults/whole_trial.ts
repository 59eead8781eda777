// One trial of the real program: a call that is hindered, then the same call that is not; and what all trials of a kind
// came to.

import type { Figures, Report } from "./report.ts";
import { call, inPlace, judge, type Place } from "./whole_program.ts";

/** What a hindered call came to. */
export interface Hindered {
  /** Whether the hindrance met it at all. */
  readonly isHit: boolean;
  /** What is wrong with the hindered call itself. */
  readonly wrong?: readonly string[];
}

/** All trials of one kind. */
export interface Kind {
  readonly name: string;
  /** Those that began with `trial`, up to now. */
  readonly runs: number;
  readonly hits: number;
  readonly bad: readonly string[];
  readonly figures: Figures;
  /** Keeps the most of what was measured under a name. */
  most(name: string, value: number): void;
  trial(what: string, hinder: (place: Place) => Promise<Hindered>, logdir?: string): Promise<boolean>;
}

/** What they came to, in the words of a simulated run. */
export function reportOf({ runs, hits, bad, figures }: Kind): Report {
  const most = Object.fromEntries(Object.entries(figures).map(([name, value]) => [`${name}, most`, value]));
  return { wrong: bad, figures: { "real runs": runs, "real hits": hits, ...most } };
}

export function makeKind(name: string): Kind {
  const bad: string[] = [];
  const figures: Record<string, number> = {};
  let runs = 0;
  let hits = 0;
  return {
    name,
    bad,
    figures,
    get runs() {
      return runs;
    },
    get hits() {
      return hits;
    },
    most(figure, value) {
      figures[figure] = Math.max(figures[figure] ?? 0, value);
    },
    trial: (what, hinder, logdir = "QUJOBS") =>
      inPlace(logdir, async (place) => {
        const { isHit, wrong = [] } = await hinder(place);
        const all = [...wrong, ...judge(place, await call(place))];
        runs++;
        if (isHit) hits++;
        if (all.length > 0) bad.push(`${what}: ${all.join("; ")}`);
        return isHit;
      }),
  };
}
