// A thousand pods that run and say nothing, their logs followed as far as streams are allowed: what qupods and its proxy
// take of a core meanwhile. Beside it what `kubectl logs -f` takes in memory, one process a pod.

import { type Lab, makeItems, PROGRAM, TEMPLATE } from "../lab.ts";
import type { Row } from "../row.ts";
import { treeUsage, type Usage } from "../usage.ts";

const PODS = 1_000;
const SETTLE_MILLISECONDS = 10_000;
const WATCH_MILLISECONDS = 60_000;

export const idle: Row = {
  name: "idle",
  about: `CPU of qupods while ${PODS} silent pods run, for a minute`,
  async run(lab) {
    const folder = `${await lab.folder()}/logs`;
    const template = `${folder}.yaml`;
    const text = await Deno.readTextFile(TEMPLATE);
    await Deno.writeTextFile(
      template,
      text.replace("metadata:\n", "metadata:\n  annotations: {hollow/run: 900s}\n"),
    );
    await Deno.writeTextFile(`${folder}.txt`, makeItems(PODS).join("\n"));
    const where = ["--context", lab.context, "-n", lab.namespace, "--logdir", folder];
    const child = new Deno.Command(PROGRAM, {
      args: ["-q", ...where, "--max-pending", "64", "-i", `${folder}.txt`, template],
      stdin: "null",
      stdout: "null",
      stderr: "inherit",
    }).spawn();
    let used: Usage;
    try {
      await running(lab);
      await wait(SETTLE_MILLISECONDS);
      const before = treeUsage(child.pid);
      await wait(WATCH_MILLISECONDS);
      const after = treeUsage(child.pid);
      used = { ...after, cpuMilliseconds: after.cpuMilliseconds - before.cpuMilliseconds };
    } finally {
      child.kill("SIGINT");
      await child.status;
      await new Deno.Command(PROGRAM, { args: ["cancel", "-q", folder], stdin: "null" }).output();
    }
    const percent = used.cpuMilliseconds / WATCH_MILLISECONDS * 100;
    return [{
      name: "idle",
      what: `share of a core, ${PODS} silent pods running: qupods and its proxy`,
      value: `${percent.toFixed(2)}%`,
      range: "",
      goal: "≤ 0.5%",
      isMet: percent <= 0.5,
      notes: `over ${WATCH_MILLISECONDS / 1000} s; ${used.megabytes.toFixed(0)} MB, all processes`,
    }];
  },
};

async function running(lab: Lab): Promise<void> {
  for (let tries = 0; tries < 150; tries++) {
    const names = await lab.kubectl("get", "pods", "--field-selector=status.phase=Running", "-o", "name");
    if (names.trim().split("\n").length >= PODS) return;
    await wait(2_000);
  }
  throw new Error(`Cannot measure as ${PODS} pods did not come to run within 5 minutes`);
}

function wait(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
