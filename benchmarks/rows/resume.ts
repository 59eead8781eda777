// A run that goes on: a hundred thousand items are finished, one is not. How long until its pod is there, against a listing
// of the log directory by `ls -U`, and against the same start with nothing finished. The past is made by the room that
// keeps it, not by running pods; a start before the first round sums it up, as a run does as it goes.

import { createHash } from "node:crypto";
import { systemClock } from "../../lib/clock.ts";
import { readItems } from "../../lib/items/read.ts";
import { openResults } from "../../lib/results/open.ts";
import { endRecord } from "../../lib/run/end_record.ts";
import { compileTemplate } from "../../lib/template/compile.ts";
import { timeFirstPod } from "../first_pod.ts";
import { type Lab, run, TEMPLATE } from "../lab.ts";
import type { Line, Row } from "../row.ts";
import { median, range } from "../statistics.ts";
import { childrenCpu } from "../usage.ts";

const FINISHED = 100_000;
const LOG = new TextEncoder().encode("a line\n".repeat(60));

export const resume: Row = {
  name: "resume",
  about: `time to the first new pod with ${FINISHED} finished items, against ls -U and an empty directory`,
  async run(lab) {
    const folder = `${await lab.folder()}/logs`;
    const list = `${folder}.txt`;
    await Deno.writeTextFile(list, Array.from({ length: FINISHED + 1 }, (_, at) => `${at}\n`).join(""));
    await makePast(lab, folder, list);
    const { size } = await Deno.stat(`${folder}/.qupods/journal.jsonl`);
    const args = (logs: string) => [
      ...["-q", "--context", lab.context, "-n", lab.namespace, "--logdir", logs],
      ...["-i", list, TEMPLATE],
    ];
    const resumed: number[] = [];
    const empty: number[] = [];
    const listed: number[] = [];
    const cpu: number[] = [];
    let fault = "";
    for (let round = -1; round < lab.rounds; round++) {
      const before = childrenCpu();
      const first = await timeFirstPod(lab, args(folder), `bench-${FINISHED}`, false);
      const used = childrenCpu() - before;
      await Deno.truncate(`${folder}/.qupods/journal.jsonl`, size);
      if (first.fault === "") await Deno.remove(`${folder}/bench-${FINISHED}.log`);
      const other = `${await lab.folder()}/logs`;
      const fresh = await timeFirstPod(lab, args(other), "bench-0", true);
      await run(Deno.execPath(), [
        "run",
        "-A",
        new URL("../../qupods.ts", import.meta.url).href,
        "cancel",
        "-q",
        other,
      ]);
      const began = performance.now();
      await run("ls", ["-U", folder]);
      const milliseconds = performance.now() - began;
      fault ||= first.fault || fresh.fault;
      const what = round < 0 ? "without a summary" : `round ${round + 1}`;
      lab.say(
        `  ${what}: ${first.milliseconds.toFixed(0)} ms (CPU with kubectl's ${used.toFixed(0)} ms), ` +
          `empty ${fresh.milliseconds.toFixed(0)} ms, ls -U ${milliseconds.toFixed(0)} ms`,
      );
      if (round < 0) continue;
      resumed.push(first.milliseconds);
      empty.push(fresh.milliseconds);
      listed.push(milliseconds);
      cpu.push(used);
    }
    const notes = fault ||
      `CPU with kubectl's ${median(cpu).toFixed(0)} ms; the journal takes ${
        (size / FINISHED).toFixed(0)
      } bytes an item`;
    const line = (
      what: string,
      ratios: readonly number[],
      goal: number,
      unit: string,
      digits: number,
    ): Line => ({
      name: "resume",
      what,
      value: fault === "" ? `${median(ratios).toFixed(digits)}${unit}` : "void",
      range: range(ratios, digits),
      goal: `≤ ${goal}${unit}`,
      isMet: fault === "" && median(ratios) <= goal,
      notes,
    });
    const over = (others: readonly number[]) => resumed.map((each, at) => each / (others[at] ?? NaN));
    return [
      line(`first new pod, ${FINISHED} items finished`, resumed, 500, " ms", 0),
      line("the same / ls -U of the log directory", over(listed), 6, "×", 1),
      line("the same / the same start with nothing finished", over(empty), 3, "×", 2),
    ];
  },
};

/** The log directory of a run that has finished all items but the last. */
async function makePast(lab: Lab, folder: string, list: string): Promise<void> {
  const text = await Deno.readTextFile(TEMPLATE);
  const source = { kind: "file", path: list, isJson: false } as const;
  const options = { source, format: null, isNulSeparated: false, range: null, sample: null };
  const items = await readItems(options, { stdin: new ReadableStream(), seed: null });
  const template = compileTemplate(text, { file: TEMPLATE, delims: null, columns: items.columns });
  const server = await lab.kubectl(
    "config",
    "view",
    "--minify",
    "-o",
    "jsonpath={.clusters[0].cluster.server}",
  );
  await using results = await openResults(folder, {
    server,
    namespace: lab.namespace,
    via: null,
    retries: 0,
    templateHash: createHash("sha256").update(text).digest("hex"),
    listHash: items.hash,
    seed: null,
    clock: systemClock,
  });
  for (let index = 0; index < FINISHED; index++) {
    const item = items.at(index);
    const name = template.name(item);
    const end = { class: "success", reason: "exit code 0", exitCode: 0, signal: null };
    const hash = template.hash(item);
    const ended = {
      name,
      hash,
      index,
      attempt: 1,
      uid: crypto.randomUUID(),
      pod: null,
      end,
    };
    const log = {
      container: "main",
      file: `${name}.log`,
      bytes: LOG.length,
      completeness: "proven",
    } as const;
    void results.append({ kind: "intent", name, attempt: 1, hash, at: Date.now() });
    // as of a pod that has run: times and a node
    const at = Date.now();
    const times = { node: "hollow-1", createdAt: at, startedAt: at, finishedAt: at };
    void results.append({ ...endRecord(ended, [log], true), ...times });
    Deno.writeFileSync(`${folder}/${log.file}`, LOG, { mode: 0o600 });
  }
}
