#!/usr/bin/env -S deno run -A
// `deno task bench [--count N] [--rounds N] [--context NAME] [-n NAMESPACE] [ROW…]`: the rows named, else all, on the cluster
// that KUBECONFIG names. Every row brings its own rival, runs both in turn, and is void unless all that came home is right.

import { parseArgs } from "node:util";
import { openLab } from "./lab.ts";
import type { Line, Row } from "./row.ts";
import { bare } from "./rows/bare.ts";
import { idle } from "./rows/idle.ts";
import { job } from "./rows/job.ts";
import { latency } from "./rows/latency.ts";
import { logs } from "./rows/logs.ts";
import { memory } from "./rows/memory.ts";
import { one } from "./rows/one.ts";
import { overload } from "./rows/overload.ts";
import { parallel } from "./rows/parallel.ts";
import { pending } from "./rows/pending.ts";
import { resume } from "./rows/resume.ts";
import { startup } from "./rows/startup.ts";
import { template } from "./rows/template.ts";
import { transport } from "./rows/transport.ts";
import { renderTable } from "./table.ts";

const ROWS: readonly Row[] = [
  bare,
  pending,
  job,
  parallel,
  transport,
  logs,
  one,
  startup,
  resume,
  memory,
  latency,
  idle,
  overload,
  template,
];

const { values, positionals } = parseArgs({
  args: Deno.args,
  allowPositionals: true,
  options: {
    count: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
    context: { type: "string", default: "plain" },
    namespace: { type: "string", short: "n", default: "lab" },
  },
});
const unknown = positionals.find((name) => !ROWS.some((row) => row.name === name));
if (unknown !== undefined) {
  const known = ROWS.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join("\n");
  throw new Error(`Cannot run row ${unknown} as there is none of that name; the rows are\n${known}`);
}
const rows = positionals.length === 0 ? ROWS : ROWS.filter(({ name }) => positionals.includes(name));
await using lab = await openLab({
  context: values.context,
  namespace: values.namespace,
  count: Number(values.count),
  rounds: Number(values.rounds),
});
const lines: Line[] = [];
for (const row of rows) {
  lab.say(`${row.name}: ${row.about}`);
  lines.push(...await row.run(lab));
}
Deno.stdout.writeSync(new TextEncoder().encode(renderTable(lines)));
