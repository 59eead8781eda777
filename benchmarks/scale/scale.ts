#!/usr/bin/env -S deno run -A
// `deno task scale [--million]`: runs of 100,000 items, and of a million, on paper, each in a process of its own, and the
// table that docs/scale.md shows.

import { type Figures, runOnPaper, type Scenario } from "./trial.ts";

/** A control plane as it is delivered binds 50 pods a second, a tuned one a thousand; a controller takes 3.5 ms of its CPU a pod. */
const STOCK = 50;
const TUNED = 1_000;
const COMMON = {
  nodes: 1_000,
  places: 10,
  wayMilliseconds: 5,
  startMilliseconds: 1_000,
  runMilliseconds: 18_000,
  clientMilliseconds: 3.5,
};

const SCENARIOS: readonly Scenario[] = [
  { ...COMMON, what: "stock scheduler, cap 3", items: 100_000, bindsPerSecond: STOCK, maxPending: 3 },
  { ...COMMON, what: "tuned scheduler, cap 3", items: 100_000, bindsPerSecond: TUNED, maxPending: 3 },
  { ...COMMON, what: "tuned scheduler, cap auto", items: 100_000, bindsPerSecond: TUNED, maxPending: null },
  {
    ...COMMON,
    what: "tuned scheduler, cap auto, pods of 2 min",
    items: 100_000,
    bindsPerSecond: TUNED,
    maxPending: null,
    runMilliseconds: 120_000,
  },
];

const MILLION: readonly Scenario[] = [
  {
    ...COMMON,
    nodes: 10_000,
    places: 1,
    what: "one controller, cap auto",
    items: 1_000_000,
    bindsPerSecond: TUNED,
    maxPending: null,
  },
  {
    ...COMMON,
    nodes: 2_500,
    places: 1,
    what: "each of four controllers, cap auto",
    items: 250_000,
    bindsPerSecond: TUNED / 4,
    maxPending: null,
  },
];

/** In a process of its own: its memory is that of one run. */
async function apart(scenario: Scenario): Promise<Figures> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(path, Array.from({ length: scenario.items }, (_, at) => `${at}\n`).join(""));
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "-A",
        "--v8-flags=--max-semi-space-size=4,--heap-growing-percent=20",
        import.meta.url,
        "--one",
        JSON.stringify(scenario),
        path,
      ],
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    return JSON.parse(new TextDecoder().decode(stdout));
  } finally {
    await Deno.remove(path);
  }
}

const HEAD = [
  "items",
  "case",
  "time",
  "pods/s",
  "pending, most",
  "pods, most",
  "API calls an item",
  "pod writes an item",
  "journal",
  "summary",
  "memory",
  "own CPU an item",
];

function cells({ items, what }: Scenario, figures: Figures): string[] {
  const { seconds, posts, logs, deletes, changes, journalBytes, summaryBytes, cpuSeconds } = figures;
  return [
    items.toLocaleString("en"),
    what,
    `${(seconds / 60).toFixed(0)} min`,
    (items / seconds).toFixed(0),
    String(figures.peakPending),
    figures.peakPods.toLocaleString("en"),
    ((posts + logs + deletes) / items).toFixed(1),
    (changes / items).toFixed(1),
    `${(journalBytes / 1e6).toFixed(0)} MB`,
    `${(summaryBytes / 1e3).toFixed(0)} kB`,
    `${figures.megabytes.toFixed(0)} MB`,
    `${(cpuSeconds / items * 1e6).toFixed(0)} µs`,
  ];
}

function table(rows: readonly string[][]): string {
  return [HEAD, HEAD.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function write(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(text));
}

const [order, scenario, path] = Deno.args;
if (order === "--one" && scenario !== undefined && path !== undefined) {
  write(JSON.stringify(await runOnPaper(JSON.parse(scenario), path)));
} else {
  const rows: string[][] = [];
  for (const each of order === "--million" ? [...SCENARIOS, ...MILLION] : SCENARIOS) {
    const began = performance.now();
    const figures = await apart(each);
    rows.push(cells(each, figures));
    const took = ((performance.now() - began) / 1000).toFixed(0);
    Deno.stderr.writeSync(
      new TextEncoder().encode(`${each.items} items, ${each.what}: ${took} s; ${figures.bottleneck}\n`),
    );
  }
  write(table(rows));
}
