// The loop that people write today: GNU parallel round kubectl. Four kubectl processes an item.

import { bringParallel } from "../gnu_parallel.ts";
import { type Lab, makeItems, run } from "../lab.ts";
import { compare, ratioLine, type Row } from "../row.ts";
import { runQupods } from "../run_qupods.ts";
import { sweep } from "../sweep.ts";
import { measure } from "../trial.ts";

/** Items of a trial: kubectl takes two minutes for so many. */
const COUNT = 500;
/** How many at once, of which the best is taken: of GNU parallel's jobs over a shorter list. */
const JOBS = [4, 8, 16, 32];
const AT_ONCE = [16, 64, 128];
const SWEEP_COUNT = 32;
const SPEC =
  '{"nodeSelector":{"qupods.dev/node":"hollow"},"tolerations":[{"key":"qupods.dev/hollow","operator":"Exists"}],' +
  '"restartPolicy":"Never","containers":[{"name":"main","image":"busybox:1.36","command":["echo","$1"]}]}';

export const parallel: Row = {
  name: "parallel",
  about: `wall time against GNU parallel, its best -j, with kubectl create, wait, logs, delete`,
  async run(lab) {
    const command = await bringParallel(await lab.folder());
    const loop = (count: number, jobs: number) => runParallel(lab, command, count, jobs);
    const jobs = await sweep(lab, "parallel", JOBS, (jobs) => loop(SWEEP_COUNT, jobs));
    const qupods = (count: number, atOnce: number) => runQupods(lab, count, atOnce, ["-P", String(atOnce)]);
    const atOnce = await sweep(lab, "qupods", AT_ONCE, (atOnce) => qupods(COUNT, atOnce));
    const comparison = await compare(
      lab,
      { name: "qupods", trial: () => qupods(COUNT, atOnce) },
      { name: "parallel", trial: () => loop(COUNT, jobs) },
    );
    const what = `pods/s: qupods (${atOnce} at once) / GNU parallel -j ${jobs} with kubectl, ${COUNT} items`;
    return [ratioLine({ name: "parallel", what, goal: 15 }, comparison)];
  },
};

async function runParallel(lab: Lab, command: string, count: number, jobs: number) {
  const folder = await lab.folder();
  const kubectl = `kubectl --context ${lab.context} -n ${lab.namespace}`;
  const script = `set -e
pod='{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bench-'$1'"},"spec":${SPEC.replace("$1", "'$1'")}}'
echo "$pod" | ${kubectl} create -f - >/dev/null
${kubectl} wait --for=jsonpath={.status.phase}=Succeeded --timeout=300s pod/bench-$1 >/dev/null
${kubectl} logs bench-$1 >${folder}/bench-$1.log
${kubectl} delete pod bench-$1 --wait=false >/dev/null
`;
  await Deno.writeTextFile(`${folder}.sh`, script);
  await Deno.writeTextFile(`${folder}.txt`, makeItems(count).join("\n"));
  const fileOf = (item: number) => `bench-${String(item).padStart(6, "0")}.log`;
  return await measure(lab, count, { folder, fileOf }, async () => {
    await run(command, [
      "-j",
      String(jobs),
      "--halt",
      "now,fail=1",
      "-a",
      `${folder}.txt`,
      "bash",
      `${folder}.sh`,
      "{}",
    ]);
  });
}
