// What a killed run leaves behind, `qupods cancel` after it, and the run going on: over the in-process API server with
// scripted pods. Everything but kubectl and the words on the screen is the real thing.

import assert from "node:assert/strict";
import { parseCommand } from "../lib/cli/parse.ts";
import { type Clock, systemClock } from "../lib/clock.ts";
import { makePods } from "../lib/cluster/pods_api.ts";
import { type RequestOptions, TransportError } from "../lib/cluster/transport/transport.ts";
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
const clock: Clock = {
  ...systemClock,
  sleep: (milliseconds, signal) => systemClock.sleep(Math.min(milliseconds, 20), signal),
};

type Parts = Omit<CancelWorld, "stop" | "onEvent">;

interface Bench {
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
async function bench(
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

const forever = { runSeconds: Infinity };

Deno.test("cancel harvests what has ended, keeps the partial logs of what runs, and leaves no pod", () =>
  bench({
    good: { log: { main: "done\n", other: "also\n" } },
    bad: { log: "broken\n", exitCode: 3 },
    busy: { ...forever, log: { main: "so far\n", other: "beside\n" } },
    waiting: { bindSeconds: Infinity },
    image: { waiting: { reason: "ErrImagePull" } },
    evicted: { log: "gone\n", phase: "Failed", reason: "Evicted", exitCode: 137 },
  }, async ({ cluster, leave, cancel, again, text, files, journal }) => {
    await leave();
    assert.equal(cluster.store.size, 6);
    const texts = new Map<string, string>();
    const outcome = await cancel({
      onEvent: (event) => event.kind === "ended" && texts.set(event.record.name, event.item),
    });
    assert.equal(texts.get("p-bad"), "bad", "for the job log");
    assert.deepEqual(outcome, {
      succeeded: 1,
      failed: 1,
      retried: 1,
      cut: 1,
      unstarted: 2,
      leftover: 0,
      left: [],
      isInterrupted: false,
    });
    assert.equal(cluster.store.size, 0);
    assert.deepEqual(files(), [
      "p-bad.d/1/other.log",
      "p-bad.err",
      "p-busy.d/1/main.log",
      "p-busy.d/1/other.log",
      "p-evicted.d/1/main.log",
      "p-evicted.d/1/other.log",
      "p-good.d/1/other.log",
      "p-good.log",
    ]);
    assert.equal(text("p-good.log"), "done\n");
    assert.equal(text("p-bad.err"), "broken\n");
    assert.equal(text("p-busy.d/1/main.log"), "so far\n");
    assert.equal(text("p-busy.d/1/other.log"), "beside\n");
    const ends = (await journal()).filter((record) => record.kind === "end");
    assert.deepEqual(
      ends.map(({ name, class: kind, isFinal }) => [name, kind, isFinal]).sort(),
      [
        ["p-bad", "app", true],
        ["p-busy", "cancelled", false],
        ["p-evicted", "infra", false],
        ["p-good", "success", true],
        ["p-image", "cancelled", false],
        ["p-waiting", "cancelled", false],
      ],
    );

    const end = await again();
    assert.equal(end.kind, "complete");
    assert.deepEqual([end.status.succeeded, end.status.failed, end.status.skipped], [4, 0, 2]);
    assert.equal(text("p-busy.log"), "second\n");
    assert.equal(text("p-busy.d/1/main.log"), "so far\n");
    assert.equal(cluster.created.length, 10);
  }));

Deno.test("cancel leaves a failure open that the run would have tried again, and spends no budget of what it cut off", () =>
  bench(
    { flaky: { exitCode: 1, log: "no\n" }, busy: forever },
    async ({ leave, cancel, again, files, text }) => {
      await leave("--retries", "1");
      const outcome = await cancel();
      assert.deepEqual([outcome.retried, outcome.failed, outcome.cut], [1, 0, 1]);
      assert.ok(!files().includes("p-flaky.err"));
      assert.equal(text("p-flaky.d/1/main.log"), "no\n");
      const end = await again("--infra-retries", "0", "--retries", "1");
      assert.deepEqual([end.status.succeeded, end.status.failed], [2, 0]);
    },
  ));

Deno.test("cancel touches neither foreign pods nor one that only carries the run's label", () =>
  bench({ mine: forever }, async ({ cluster, leave, cancel }) => {
    await leave();
    const { pod: mine } = { pod: cluster.store.get("ns", "p-mine") };
    const spec = { containers: [{ name: "main", image: "i" }] };
    const make = (name: string, labels: Record<string, string>) =>
      cluster.store.create(
        "ns",
        JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name, labels }, spec }),
      );
    make("stranger", {});
    make("other-run", { "qupods.dev/run": "another" });
    make("copy", { ...mine.metadata.labels });
    const outcome = await cancel();
    assert.equal(outcome.cut, 1);
    assert.deepEqual(outcome.left.map(({ name }) => name), ["copy"]);
    assert.match(outcome.left[0]?.reason ?? "", /not touched/);
    for (const name of ["stranger", "other-run", "copy"]) {
      assert.equal(cluster.store.get("ns", name).metadata.deletionTimestamp, undefined);
    }
    assert.throws(() => cluster.store.get("ns", "p-mine"));
  }));

Deno.test("cancel brings home what a pod says after it was told to stop", () =>
  bench(
    { busy: { ...forever, log: "before\n", stopSeconds: 0.3 } },
    async ({ cluster, leave, cancel, text }) => {
      await leave();
      cluster.store.listen(({ pod, type }) => {
        if (type === "MODIFIED" && pod.metadata.deletionTimestamp !== undefined) {
          cluster.logs.find(pod.metadata.uid, "main")?.append(new TextEncoder().encode("saved\n"));
        }
      });
      assert.equal((await cancel()).cut, 1);
      assert.equal(text("p-busy.d/1/main.log").slice(0, 13), "before\nsaved\n");
    },
  ));

Deno.test("cancel reads a pod that began and ended while its DELETE was sent again", () =>
  bench({ late: { startSeconds: 0.2, log: "late\n" } }, async (own) => {
    await own.leave();
    const { store } = own.cluster;
    let isFirst = true;
    own.onRequest = async (_path, { method }) => {
      if (method !== "DELETE" || !isFirst) return;
      isFirst = false;
      while (store.get("ns", "p-late").status.phase !== "Succeeded") await systemClock.sleep(10);
      throw new TransportError("no answer");
    };
    assert.equal((await own.cancel()).succeeded, 1);
    assert.equal(own.text("p-late.log"), "late\n");
    assert.throws(() => store.get("ns", "p-late"));
  }));

Deno.test("cancel goes on with the tapes that the killed run had followed, and a second cancel finds nothing", () =>
  bench({ busy: { ...forever, log: { main: "third\n" } } }, async ({ dir, cluster, leave, cancel, text }) => {
    await leave();
    const { uid } = cluster.store.get("ns", "p-busy").metadata;
    // what the node has rotated away since
    const tape = "2020-01-01T00:00:00.000000000Z first\n2020-01-01T00:00:01.000000000Z second\n";
    await Deno.writeTextFile(`${dir}/.qupods/tmp/${uid}.main`, tape);
    await cancel();
    assert.equal(text("p-busy.d/1/main.log"), "first\nsecond\nthird\n");
    assert.deepEqual([...Deno.readDirSync(`${dir}/.qupods/tmp`)], []);
    const { cut, left } = await cancel();
    assert.deepEqual([cut, left.length], [0, 0]);
  }));

Deno.test("cancel deletes pods whose logs are stored already, and writes nothing anew", () =>
  bench({ kept: { log: "done\n" } }, async ({ cluster, again, cancel, files }) => {
    await again("--keep", "all");
    assert.equal(cluster.store.size, 1);
    const before = files();
    const outcome = await cancel();
    assert.deepEqual([outcome.leftover, outcome.succeeded, cluster.store.size], [1, 0, 0]);
    assert.deepEqual(files(), before);
  }));

Deno.test("a call that was killed right after a verdict is made up for: the pod tells the next one how it ended, if it is there", () =>
  bench(
    { done: {}, failed: { exitCode: 7 }, other: {}, gone: { exitCode: 7 } },
    async ({ dir, leave, again, journal, cluster }) => {
      await leave();
      Deno.writeTextFileSync(`${dir}/p-done.log`, "");
      Deno.writeTextFileSync(`${dir}/p-failed.err`, "");
      Deno.writeTextFileSync(`${dir}/p-other.err`, "not by this pod");
      Deno.writeTextFileSync(`${dir}/p-gone.err`, "");
      cluster.store.remove("ns", "p-gone");
      assert.equal((await again()).status.skipped, 4);
      const ends = (await journal()).filter((record) => record.kind === "end");
      assert.deepEqual(
        ends.map(({ name, exitCode, isFinal, class: word }) => [name, exitCode, isFinal, word]).sort(),
        [
          ["p-done", 0, true, "success"],
          ["p-failed", 7, true, "app"],
          ["p-gone", null, true, "unknown"],
          ["p-other", null, true, "unknown"],
        ],
      );
      assert.equal(cluster.store.size, 0);
    },
  ));

Deno.test("cancel waits no longer than a pod's grace and a minute for a node that confirms nothing", () =>
  bench(
    { lost: { ...forever, log: "so far\n", stopSeconds: 1e6 } },
    async ({ cluster, leave, cancel, text }) => {
      await leave();
      const began = clock.monotonic();
      // an hour goes by with each look at the clock, once the pod is told to stop
      let hours = 0;
      const slow: Clock = {
        ...clock,
        monotonic: () => {
          const { deletionTimestamp } = cluster.store.get("ns", "p-lost").metadata;
          return began + 3_600_000 * (deletionTimestamp === undefined ? 0 : ++hours);
        },
      };
      const outcome = await cancel({ clock: slow });
      assert.equal(outcome.cut, 0);
      assert.match(
        outcome.left[0]?.reason ?? "",
        /told to stop, and is still there \(is node node-1 alive\?\); .*\/\.qupods\/tmp$/,
      );
      assert.match(text(`.qupods/tmp/${cluster.store.get("ns", "p-lost").metadata.uid}.main`), / so far\n$/);
    },
  ));

Deno.test("cancel that is interrupted deletes no pod more, and says what is left", () =>
  bench({ done: { log: "done\n" }, busy: forever }, async ({ cluster, leave, cancel, text }) => {
    await leave();
    const stop = new AbortController();
    const outcome = await cancel({
      stop: stop.signal,
      onEvent: ({ kind }) => kind === "ended" && stop.abort(),
    });
    assert.equal(outcome.isInterrupted, true);
    assert.ok(outcome.left.some(({ name }) => name === "p-done"));
    assert.equal(text("p-done.log"), "done\n");
    assert.ok(cluster.store.get("ns", "p-done"));
    await cancel();
    assert.equal(cluster.store.size, 0);
  }));
