// Start-up: what --help takes, against an empty script.

import { PROGRAM, run } from "../lab.ts";
import type { Row } from "../row.ts";
import { median, range } from "../statistics.ts";

const ROUNDS = 11;

export const startup: Row = {
  name: "startup",
  about: "wall time of --help, against an empty Deno script",
  isLocal: true,
  async run(lab) {
    const empty = `${await lab.folder()}/empty.ts`;
    await Deno.writeTextFile(empty, "");
    const time = async (...args: string[]) => {
      const began = performance.now();
      await run(Deno.execPath(), ["run", "-A", ...args]);
      return performance.now() - began;
    };
    await time(PROGRAM, "--help"); // its modules are compiled once and kept
    const ours: number[] = [];
    const other: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      ours.push(await time(PROGRAM, "--help"));
      other.push(await time(empty));
    }
    const ratios = ours.map((milliseconds, round) => milliseconds / (other[round] ?? NaN));
    return [{
      name: "startup",
      what: "wall: qupods --help / an empty Deno script",
      value: `${median(ratios).toFixed(2)}×`,
      range: range(ratios),
      goal: "≤ 2×",
      isMet: median(ratios) <= 2,
      notes: `${median(ours).toFixed(0)} ms against ${median(other).toFixed(0)} ms`,
    }];
  },
};
