// What a killed run leaves behind, for cancel and the next call: over the in-process API server with scripted pods.
// Everything but kubectl and the words on the screen is the real thing.

import assert from "node:assert/strict";
import { parseCommand } from "../lib/cli/parse.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { makePods } from "../lib/cluster/pods_api.ts";
import type { RequestOptions } from "../lib/cluster/transport/transport.ts";
import { makeHarvest } from "../lib/harvest/make.ts";
import { readItems } from "../lib/items/read.ts";
import { openResults } from "../lib/results/open.ts";
import type { JournalRecord } from "../lib/results/record.ts";
import { type CancelOutcome, cancelPods, type CancelWorld } from "../lib/run/cancel.ts";
import { drive } from "../lib/run/drive.ts";
import { readPast } from "../lib/run/past.ts";
import { makePlan, type Plan } from "../lib/run/plan.ts";
import type { Outcome } from "../lib/run/status.ts";
import { compileTemplate } from "../lib/template/compile.ts";
import { openScripted, type PodScript, type ScriptedCluster } from "./scripted_kubelet.ts";

const TEMPLATE = `
apiVersion: v1
kind: Pod
metadata: {name: "p-{{.Item}}"}
spec: {containers: [{name: main, image: i}, {name: other, image: i}]}
`;

/** Nothing here is worth waiting for. */
export const clock: Clock = {
  ...systemClock,
  sleep: (milliseconds, signal) => systemClock.sleep(Math.min(milliseconds, 20), signal),
};

type Parts = Omit<CancelWorld, "stop" | "onEvent">;

/** A log directory, and a cluster with scripted pods. */
export interface Bench {
  readonly dir: string;
  readonly cluster: ScriptedCluster;
  /** The items' pods as a killed run leaves them: intents in the journal, pods in the cluster, nothing else. */
  leave(...flags: string[]): Promise<void>;
  cancel(options?: Partial<Pick<CancelWorld, "stop" | "onEvent" | "clock">>): Promise<CancelOutcome>;
  /** Called before each request of the program; what it throws is the answer. */
  onRequest: (path: string, options: RequestOptions) => Promise<void>;
  /** The same command again, to its end. */
  again(...flags: string[]): Promise<Outcome>;
  journal(): Promise<JournalRecord[]>;
  text(name: string): string;
  /** Verdict files, and below NAME.d. */
  files(): string[];
}

/** @param scripts how each item's pod goes, by item; its second pod succeeds at once */
export async function bench(
  scripts: { readonly [item: string]: PodScript },
  work: (bench: Bench) => Promise<void>,
): Promise<void> {
  const dir = await Deno.makeTempDir();
  const seen = new Set<string>();
  await using cluster = openScripted((pod) => {
    const { name } = pod.metadata;
    const script = seen.has(name) ? { log: "second\n" } : scripts[name.slice(2)] ?? {};
    seen.add(name);
    return script;
  }, systemClock);
  const withParts = async <T>(retries: number, act: (parts: Parts) => Promise<T>): Promise<T> => {
    await using results = await openResults(dir, {
      server: "s",
      namespace: "ns",
      via: null,
      retries,
      templateHash: "",
      listHash: "",
      seed: null,
      clock,
    });
    const end = new AbortController();
    const fetch = async (path: string, options: RequestOptions = {}) => {
      await own.onRequest(path, options);
      return await cluster.transport.fetch(path, options);
    };
    const pods = makePods({ ...cluster.transport, fetch }, {
      namespace: "ns",
      clock,
      signal: end.signal,
      requestTimeoutSeconds: 10,
    });
    const harvest = makeHarvest({ pods, results, clock, patienceMilliseconds: 1000 });
    try {
      return await act({ pods, harvest, results, clock });
    } finally {
      end.abort();
      await harvest[Symbol.asyncDispose]();
    }
  };
  const command = (flags: readonly string[]) => {
    const parsed = parseCommand(["--max-pending", "99", ...flags, "t.yaml", ":::", ...Object.keys(scripts)], {
      version: "0",
      cores: 1,
    });
    assert.ok(parsed.verb === "run");
    return parsed;
  };
  const planOf = async (): Promise<Plan> => {
    const items = await readItems(command([]).items, { stdin: new Blob([]).stream(), seed: 1 });
    const template = compileTemplate(TEMPLATE, { file: "t.yaml", delims: null, columns: items.columns });
    return makePlan(items, template, { namespace: "ns", hasEnv: true, timeoutSeconds: null });
  };
  let retries = 0;
  const own: Bench = {
    dir,
    onRequest: () => Promise.resolve(),
    cluster,
    leave: (...flags) => {
      retries = command(flags).schedule.retries;
      return withParts(retries, async ({ pods, results }) => {
        const plan = await planOf();
        for (let position = 0; position < plan.length; position++) {
          const [name, hash] = [plan.name(position), plan.hash(position)];
          await results.append({ kind: "intent", name, attempt: 1, hash, at: 0 });
          const made = await pods.create(plan.manifest(position, 1, results.run.run));
          assert.equal(made.kind, "made");
        }
        await new Promise((resolve) => setTimeout(resolve, 0)); // all microtasks: the scripts play
      });
    },
    cancel: (options = {}) =>
      withParts(
        retries,
        (parts) =>
          cancelPods({ ...parts, stop: new AbortController().signal, onEvent: () => {}, ...options }),
      ),
    again: (...flags) =>
      withParts(retries, async (parts) => {
        const { schedule, results } = command(flags);
        const plan = await planOf();
        return await drive(plan, await readPast(plan, parts.results, results), schedule, {
          ...parts,
          drain: new AbortController().signal,
          onEvent: () => {},
          onStatus: () => {},
        });
      }),
    journal: () => withParts(retries, ({ results }) => Array.fromAsync(results.history())),
    text: (name) => Deno.readTextFileSync(`${dir}/${name}`),
    files: () => list(dir, "").filter((name) => name.startsWith("p-")).sort(),
  };
  await work(own);
  await Deno.remove(dir, { recursive: true });
}

function list(dir: string, below: string): string[] {
  return [...Deno.readDirSync(`${dir}/${below}`)].flatMap(({ name, isDirectory }) =>
    isDirectory ? list(dir, `${below}${name}/`) : [`${below}${name}`]
  );
}
