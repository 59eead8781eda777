#!/usr/bin/env -S deno run -A
// `deno task bench [--count N] [--rounds N] [--context NAME] [-n NAMESPACE] [ROW…]`: the rows named, else all, on the cluster
// that KUBECONFIG names. Every row brings its own rival, runs both in turn, and is void unless all that came home is right.

import { parseArgs } from "node:util";
import { checkCluster, openLab } from "./lab.ts";
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

try {
  await main();
} catch (error) {
  const why = error instanceof Error ? error.message : String(error);
  Deno.stderr.writeSync(new TextEncoder().encode(`bench: ${why}\n`));
  Deno.exitCode = 2;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      count: { type: "string", default: "1000" },
      rounds: { type: "string", default: "3" },
      context: { type: "string", default: "plain" },
      namespace: { type: "string", short: "n", default: "lab" },
    },
  });
  const rows = chosen(positionals);
  await using lab = await openLab({
    context: values.context,
    namespace: values.namespace,
    count: countOf("--count", values.count),
    rounds: countOf("--rounds", values.rounds),
  });
  if (!rows.every(({ isLocal }) => isLocal)) await checkCluster(lab);
  const lines: Line[] = [];
  for (const row of rows) {
    lab.say(`${row.name}: ${row.about}`);
    try {
      lines.push(...await row.run(lab));
    } catch (error) {
      lines.push(voidLine(row, error));
    }
  }
  Deno.stdout.writeSync(new TextEncoder().encode(renderTable(lines)));
}

/** Of a row that could not be taken: what the others have cost half an hour to find out is not to be lost with it. */
function voidLine({ name, about }: Row, error: unknown): Line {
  const notes = error instanceof Error ? error.message : String(error);
  return { name, what: about, value: "void", range: "", goal: "", isMet: false, notes };
}

/** @throws {Error} for a name that no row has */
function chosen(names: readonly string[]): readonly Row[] {
  const unknown = names.find((name) => !ROWS.some((row) => row.name === name));
  if (unknown !== undefined) {
    const known = ROWS.map(({ name, about }) => `  ${name.padEnd(12)} ${about}`).join("\n");
    throw new Error(`Cannot run row ${unknown} as there is none of that name; the rows are\n${known}`);
  }
  return names.length === 0 ? ROWS : ROWS.filter(({ name }) => names.includes(name));
}

function countOf(flag: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${flag} is a whole number from 1, not ${text}`);
  return value;
}
