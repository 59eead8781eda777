// Memory and start with 10 k, 100 k and 1 M items: a dry run to its end, and a run that is interrupted after 2,000 pods.

import { type Lab, TEMPLATE } from "../lab.ts";
import { type Peak, watchProcess } from "../peak.ts";
import type { Line, Row } from "../row.ts";

const SIZES = [[10_000, 100], [100_000, 105], [1_000_000, 145]] as const;
const MOST_PODS = 2_000;

export const memory: Row = {
  name: "memory",
  about:
    `peak memory and time to the first log with 10 k, 100 k and 1 M items; stopped after ${MOST_PODS} pods`,
  async run(lab) {
    const lines: Line[] = [];
    const pods = Math.min(MOST_PODS, 2 * lab.count);
    for (const [count, goal] of SIZES) {
      const list = `${await lab.folder()}/list`;
      await Deno.writeTextFile(
        list,
        Array.from({ length: count }, (_, at) => `${String(at).padStart(7, "0")}\n`).join(""),
      );
      const dry = await dryRun(list);
      lines.push(line(count, "--dry-run -o name", goal, dry, `whole in ${dry.seconds.toFixed(1)} s`));
      const stopped = await stoppedRun(lab, list, pods);
      const first = `first log after ${stopped.firstSeconds.toFixed(1)} s`;
      lines.push(line(count, `a run stopped after ${pods} pods`, goal, stopped, first));
      for (const { what, value, notes } of lines.slice(-2)) lab.say(`  ${what}: ${value}, ${notes}`);
    }
    return lines;
  },
};

function line(count: number, what: string, goal: number, peak: Peak, notes: string): Line {
  return {
    name: "memory",
    what: `peak RSS, ${count} items, ${what}`,
    value: peak.fault === "" ? `${peak.megabytes.toFixed(0)} MB` : "void",
    range: "",
    goal: `≤ ${goal} MB`,
    isMet: peak.fault === "" && peak.megabytes <= goal,
    notes: peak.fault || notes,
  };
}

function dryRun(list: string): Promise<Peak> {
  return watchProcess(["--dry-run", "-o", "name", "-i", list, TEMPLATE], {
    isEnding: () => false,
    exit: 0,
  });
}

/** Interrupted as by Ctrl-C; its pods are deleted by qupods cancel. */
async function stoppedRun(lab: Lab, list: string, pods: number): Promise<Peak & { firstSeconds: number }> {
  const folder = `${await lab.folder()}/logs`;
  const began = performance.now();
  let firstSeconds = NaN;
  const isEnding = () => {
    let logs = 0;
    try {
      for (const { name } of Deno.readDirSync(folder)) if (name.endsWith(".log")) logs++;
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    if (logs > 0 && Number.isNaN(firstSeconds)) firstSeconds = (performance.now() - began) / 1000;
    return logs >= pods;
  };
  const where = ["--context", lab.context, "-n", lab.namespace, "--logdir", folder];
  const caps = ["--max-pending", "32", "-P", "32"];
  const peak = await watchProcess(["-q", ...where, ...caps, "-i", list, TEMPLATE], {
    isEnding,
    exit: 130,
  });
  await watchProcess(["cancel", folder], { isEnding: () => false, exit: null });
  return { ...peak, firstSeconds };
}
