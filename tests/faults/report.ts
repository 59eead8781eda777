// What came of one run of the rig, of whatever family.

export interface Report {
  /** In words; empty if all is well. */
  readonly wrong: readonly string[];
  /** By name, to be added up over all runs; those that end with `, most` are maxima. */
  readonly figures: Figures;
  /** Where there is one: what happened, line by line. */
  readonly trace?: readonly string[];
}

/** The figure of a run that did nothing, for want of a kubectl. */
export const LEFT_OUT = "left out, no kubectl";

export type Figures = Readonly<Record<string, number>>;

/** Figures added up. */
export interface Sums {
  add(figures: Figures): void;
  /** 0 where there is no such figure. */
  of(name: string): number;
  readonly all: Figures;
}

export function makeSums(): Sums {
  const all: Record<string, number> = {};
  return {
    all,
    of: (name) => all[name] ?? 0,
    add(figures) {
      for (const [name, value] of Object.entries(figures)) {
        const before = all[name] ?? 0;
        all[name] = name.endsWith(", most") ? Math.max(before, value) : before + value;
      }
    },
  };
}
