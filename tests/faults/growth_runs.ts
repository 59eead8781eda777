// What grows with a run, and with its past: the journal by so many bytes an item, open files not at all; a hundred thousand
// finished items are no reason to start slowly, or to list more than what is in the cluster.

import { cpuUsage } from "node:process";
import { systemClock } from "../../lib/clock.ts";
import { openResults } from "../../lib/results/open.ts";
import { endRecord } from "../../lib/run/end_record.ts";
import { openScripted } from "../scripted_kubelet.ts";
import { itemsOf, TEMPLATE } from "./job.ts";
import { ONCE } from "./job_kinds.ts";
import { MEMORY_FOLDER } from "./memory_folder.ts";
import { program, readJob } from "./program.ts";
import type { Report } from "./report.ts";
import { simulate } from "./simulate.ts";

const FEW = 500;
const MANY = 5_000;
const CHANCE_FILES = 8;
const FINISHED = 100_000;
const LEFT = 1_200;
const PAGE = 500;

/** A short run and one ten times as long. */
export async function growth(seed: number): Promise<Report> {
  const few = await simulate(seed, { items: FEW, job: ONCE });
  const many = await simulate(seed, { items: MANY, job: ONCE });
  const files = many.figures["open files, most"] ?? 0;
  const wrong = [...few.wrong, ...many.wrong];
  // chance makes a few more meet in a longer run
  if (files > (few.figures["open files, most"] ?? 0) + CHANCE_FILES) {
    wrong.push(`${files} files open: ${few.figures["open files, most"]} with ${FEW} items`);
  }
  const perItem = (many.figures["journal bytes"] ?? 0) / MANY;
  if (perItem > 400) wrong.push(`the journal takes ${perItem.toFixed(0)} bytes an item`);
  return { wrong, figures: { "journal bytes an item, most": perItem, "open files, most": files } };
}

/** All items but the last are finished; the pods of some are still there. In real time. */
export async function restart(): Promise<Report> {
  const wrong: string[] = [];
  const dir = Deno.makeTempDirSync({ dir: MEMORY_FOLDER, prefix: "qupods-faults-" });
  await using cluster = openScripted(() => ({}), systemClock);
  try {
    const items = itemsOf(FINISHED + 1);
    const { run, manifest } = await makePast(`${dir}/jobs`, items);
    for (let position = 0; position < LEFT; position++) {
      const answer = await cluster.transport.fetch("/api/v1/namespaces/ns/pods", {
        method: "POST",
        body: manifest(position, run),
      });
      await answer.body?.cancel();
    }
    let lists = 0;
    let first = 0;
    let work = 0;
    const began = performance.now();
    const before = cpuUsage();
    const end = await program(`${dir}/jobs`, items, TEMPLATE, {
      ...cluster.transport,
      fetch(path, options = {}) {
        if (/pods\?labelSelector/.test(path)) lists++;
        if (options.method === "POST" && first === 0) {
          first = performance.now() - began;
          const { user, system } = cpuUsage(before);
          work = (user + system) / 1e6;
        }
        return cluster.transport.fetch(path, options);
      },
    }, () => {});
    const seconds = first / 1000;
    if (end.exit !== 0) wrong.push(`exit status ${end.exit}`);
    // a machine that others keep busy makes anything take long: what it had to work for tells
    if (!(seconds > 0 && Math.min(seconds, work) < 5)) {
      wrong.push(`${seconds.toFixed(1)} s to the first create, ${work.toFixed(1)} s of them at work`);
    }
    if (lists !== Math.ceil(LEFT / PAGE)) wrong.push(`${lists} list requests for ${LEFT} pods`);
    const left = cluster.store.list("ns").items.length;
    if (left > 0) wrong.push(`${left} pods are left`);
    const figures = {
      "finished items": FINISHED,
      "seconds to go on, most": seconds,
      "seconds of work to go on, most": work,
      lists,
    };
    return { wrong, figures };
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

/** The log directory of a run that has finished all items but the last. */
async function makePast(dir: string, items: readonly string[]) {
  const { list, template, options } = await readJob(items, TEMPLATE);
  await using results = await openResults(dir, options);
  const end = { class: "success", reason: "exit code 0", exitCode: 0, signal: null };
  for (let index = 0; index < items.length - 1; index++) {
    const item = list.at(index);
    const [name, hash] = [template.name(item), template.hash(item)];
    const log = { container: "main", file: `${name}.log`, bytes: 0, completeness: "proven" } as const;
    const ended = { name, hash, index, attempt: 1, uid: crypto.randomUUID(), pod: null, end };
    void results.append({ kind: "intent", name, attempt: 1, hash, at: Date.now() });
    await results.append(endRecord(ended, [log], true));
    Deno.writeTextFileSync(`${dir}/${name}.log`, "");
  }
  await results.sync(new AbortController().signal);
  const stamp = { namespace: "ns", hasEnv: true, timeoutSeconds: null, attempt: 1 };
  return {
    run: results.run.run,
    manifest: (position: number, run: string) => template.manifest(list.at(position), { ...stamp, run }),
  };
}
