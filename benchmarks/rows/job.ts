// An Indexed Job of the same size and width: Kubernetes' own controller, which brings no log home.

import type { Lab } from "../lab.ts";
import { compare, ratioLine, type Row } from "../row.ts";
import { runQupods } from "../run_qupods.ts";
import { measure } from "../trial.ts";

const WIDTH = 64;

export const job: Row = {
  name: "job",
  about:
    "wall time against an Indexed Job of the same size and parallelism, created, waited for, deleted; no logs",
  async run(lab) {
    const comparison = await compare(
      lab,
      { name: "qupods", trial: () => runQupods(lab, lab.count, WIDTH, ["-P", String(WIDTH)]) },
      { name: "Indexed Job", trial: () => runJob(lab) },
    );
    const what = `pods/s: qupods, logs at home / Indexed Job without logs, ${WIDTH} at once`;
    return [ratioLine({ name: "job", what, goal: 1 }, comparison)];
  },
};

async function runJob(lab: Lab) {
  const folder = await lab.folder();
  const name = `bench-${crypto.randomUUID().slice(0, 8)}`;
  const manifest = {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: {
      completions: lab.count,
      parallelism: WIDTH,
      completionMode: "Indexed",
      template: {
        spec: {
          restartPolicy: "Never",
          nodeSelector: { "qupods.dev/node": "hollow" },
          tolerations: [{ key: "qupods.dev/hollow", operator: "Exists" }],
          containers: [{ name: "main", image: "busybox:1.36", command: ["echo", "x"] }],
        },
      },
    },
  };
  await Deno.writeTextFile(`${folder}.json`, JSON.stringify(manifest));
  return await measure(lab, lab.count, null, async () => {
    await lab.admin("create", "-f", `${folder}.json`);
    await lab.admin("wait", "--for=condition=Complete", "--timeout=900s", `job/${name}`);
    await lab.admin("delete", `job/${name}`, "--cascade=foreground", "--timeout=300s");
  });
}
