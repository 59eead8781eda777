import assert from "node:assert/strict";
import type { Clock } from "../clock.ts";
import type { ContainerView, PodView } from "../cluster/pod.ts";
import { openResults } from "../results/open.ts";
import type { Results } from "../results/results.ts";
import type { LogRecord } from "../results/record.ts";
import { OPTIONS } from "../results/test_folder.ts";
import { container, pod } from "../run/test_pods.ts";
import { type FakeKubelet, makeFakeKubelet } from "./fake_kubelet.ts";
import type { Collected, Harvest } from "./harvest.ts";
import { makeHarvest } from "./make.ts";

/** Sleeps take no time, but count. */
function quickClock(): Clock {
  let now = 0;
  return {
    now: () => now,
    monotonic: () => now,
    async sleep(milliseconds, signal) {
      signal?.throwIfAborted();
      now += milliseconds;
      await new Promise((resolve) => setTimeout(resolve, 0));
      signal?.throwIfAborted();
    },
  };
}

const START = "2026-01-01T00:00:00Z";
const running = pod("p", "u", {
  nodeName: "n",
  phase: "Running",
  containers: [container({ state: "running", startedAt: START })],
});
const ended: PodView = {
  ...running,
  phase: "Succeeded",
  containers: [container({ state: "terminated", exitCode: 0, startedAt: START })],
};

interface Bench {
  readonly dir: string;
  readonly kubelet: FakeKubelet;
  readonly harvest: Harvest;
  readonly results: Results;
  collect(pod?: PodView): Promise<Collected>;
  text(name: string): Uint8Array;
}

/** A harvest on a fresh directory; `work` is given everything, and nothing may be left under tmp if `isClean`. */
async function bench(work: (bench: Bench) => Promise<void>): Promise<void> {
  const dir = await Deno.makeTempDir();
  const kubelet = makeFakeKubelet();
  {
    await using results = await open(dir);
    await using harvest = makeHarvest({
      pods: kubelet.pods,
      results,
      clock: quickClock(),
      patienceMilliseconds: 60_000,
    });
    const collect = (pod: PodView = ended) =>
      harvest.collect(pod, { verdict: "succeeded", reason: "r", signal: new AbortController().signal });
    await work({
      dir,
      kubelet,
      harvest,
      results,
      collect,
      text: (name) => Deno.readFileSync(`${dir}/${name}`),
    });
  }
  await Deno.remove(dir, { recursive: true });
}

function open(dir: string): Promise<Results> {
  return openResults(dir, OPTIONS);
}

const isVerdict = (name: string) => /\.(log|err)$/.test(name);

const turn = () => new Promise((resolve) => setTimeout(resolve, 5));

function completeness(result: Collected): string {
  return result.kind === "stored" || result.kind === "lost"
    ? result.logs[0]?.completeness ?? ""
    : result.kind;
}

Deno.test("collect() stores a log that nobody followed byte for byte", async () => {
  const logs: [string, (string | Uint8Array)[]][] = [
    ["no log", []],
    ["lines", ["one\n", "two\n"]],
    ["no final newline", ["one\n", "two"]],
    ["only a newline", ["\n"]],
    ["equal lines", Array.from({ length: 50 }, () => "y\n")],
    ["bytes", [Uint8Array.from([0, 255, 13, 10])]],
    ["text like a timestamp", ["2026-01-01T00:00:00.000000000Z x\n"]],
    [
      "short lines, over the limit of a whole comparison",
      Array.from({ length: 40_000 }, (_, i) => `l${i}\n`),
    ],
    ["long line", ["a".repeat(300_000) + "\n"]],
    ["long only line without newline", [new Uint8Array(200_000).fill(98)]],
  ];
  for (const [label, lines] of logs) {
    await bench(async ({ kubelet, collect, text }) => {
      for (const line of lines) kubelet.write(line);
      kubelet.end();
      const result = await collect();
      assert.equal(result.kind, "stored", label);
      assert.equal(completeness(result), "proven", label);
      assert.deepEqual(text("p.log"), kubelet.all, label);
    });
  }
});

Deno.test("collect() keeps all of a log that was followed over rotations, and says that it was followed", async () => {
  for (const size of [20, 8_000]) {
    await bench(async ({ dir, kubelet, harvest, collect, text }) => {
      harvest.observe(running);
      await turn();
      for (let i = 0; i < size; i++) {
        kubelet.write(`line ${i}\n`);
        if (i % Math.ceil(size / 3) === 5) {
          await turn();
          kubelet.rotate();
        }
      }
      kubelet.end();
      const result = await collect();
      assert.equal(completeness(result), "followed", `${size} lines`);
      assert.deepEqual(text("p.log"), kubelet.all, `${size} lines`);
      assert.deepEqual([...Deno.readDirSync(`${dir}/.qupods/tmp`)], []);
    });
  }
});

Deno.test("collect() never calls a log proven that was rotated before anybody followed it", async () => {
  await bench(async ({ kubelet, collect }) => {
    const lines = (count: number) => {
      for (let i = 0; i < count; i++) kubelet.write(`a burst ${"x".repeat(2_000)}\n`);
    };
    lines(900);
    kubelet.rotate();
    lines(900);
    kubelet.end();
    assert.equal(completeness(await collect()), "unproven");
  });
});

Deno.test("collect() calls a rotated log unproven with a pause: the kubelet may have missed a file there", async () => {
  await bench(async ({ kubelet, harvest, collect, text }) => {
    harvest.observe(running);
    await turn();
    kubelet.write("first\n");
    await turn();
    kubelet.rotate();
    kubelet.pass(3_000);
    kubelet.write("second\n");
    await turn();
    kubelet.end();
    assert.equal(completeness(await collect()), "unproven");
    assert.deepEqual(text("p.log"), kubelet.all);
  });
});

Deno.test("collect() asks once more for a small log that its stream has brought whole", async () => {
  await bench(async ({ kubelet, harvest, collect, text }) => {
    harvest.observe(running);
    await turn();
    kubelet.write("first\n");
    kubelet.write("last\n");
    await turn();
    kubelet.end();
    assert.equal(completeness(await collect()), "proven");
    assert.deepEqual(text("p.log"), kubelet.all);
    assert.equal(kubelet.requests, 2, "the stream, and the comparison");
  });
});

Deno.test("collect() splices a stream that was cut, and doubles no line", async () => {
  await bench(async ({ kubelet, harvest, collect, text }) => {
    harvest.observe(running);
    await turn();
    for (let i = 0; i < 30; i++) {
      kubelet.write(`same\n`);
      if (i % 10 === 3) {
        await turn();
        kubelet.cut();
        await turn();
      }
    }
    kubelet.end();
    assert.equal(completeness(await collect()), "proven");
    assert.deepEqual(text("p.log"), kubelet.all);
  });
});

Deno.test("collect() says incomplete where a rotation overtook a stream that was cut, and keeps what was had", async () => {
  await bench(async ({ kubelet, harvest, collect, text }) => {
    harvest.observe(running);
    await turn();
    kubelet.write("first\n");
    await turn();
    kubelet.lie("failed", 1);
    kubelet.cut();
    kubelet.write("lost\n");
    kubelet.rotate();
    kubelet.write("last\n");
    await turn();
    kubelet.end();
    assert.equal(completeness(await collect()), "incomplete");
    assert.equal(new TextDecoder().decode(text("p.log")), "first\nlast\n");
  });
});

Deno.test("collect() takes no error text and no cut body with status 200 for a log", async () => {
  for (const lie of ["error text", "cut clean", "failed"] as const) {
    for (const size of [3, 9_000]) {
      for (let after = 0; after < 3; after++) {
        await bench(async ({ kubelet, collect, text }) => {
          for (let i = 0; i < size; i++) kubelet.write("equal lines\n");
          kubelet.end();
          kubelet.lie(lie, 2, after);
          const result = await collect();
          assert.equal(completeness(result), "proven", `${lie}, ${size} lines, after ${after}`);
          assert.deepEqual(text("p.log"), kubelet.all, `${lie}, ${size} lines, after ${after}`);
        });
      }
    }
  }
});

Deno.test("collect() writes no verdict while the log cannot be read, and answers unsafe when its patience ends", async () => {
  await bench(async ({ dir, kubelet, collect }) => {
    kubelet.write("x\n");
    kubelet.end();
    kubelet.lie("error text", 10_000);
    const result = await collect();
    assert.equal(result.kind, "unsafe");
    assert.deepEqual(
      [...Deno.readDirSync(dir)].map(({ name }) => name).filter((name) => name.startsWith("p.")),
      [],
    );
  });
});

/** How a stream ends, and what is known of a log of which nobody has more than what the stream has brought. */
const ENDS = [["end", "unproven"], ["cut", "incomplete"]] as const;

Deno.test("collect() does not wait long for the log of an evicted pod that the kubelet has taken away, and says so", async () => {
  for (const [end, known] of ENDS) {
    await bench(async ({ kubelet, harvest, collect, text }) => {
      harvest.observe(running);
      await turn();
      kubelet.write("had\n");
      await turn();
      kubelet[end]();
      kubelet.lie("error text", 10_000);
      const result = await collect({ ...ended, phase: "Failed", reason: "Evicted" });
      assert.equal(result.kind, "lost");
      assert.equal(completeness(result), known, end);
      assert.equal(new TextDecoder().decode(text("p.log")), "had\n");
    });
  }
});

Deno.test("collect() keeps what was followed of a container of which the kubelet knows nothing any more", async () => {
  for (const lie of ["error text", "absent"] as const) {
    await bench(async ({ kubelet, harvest, collect, text }) => {
      harvest.observe(running);
      await turn();
      kubelet.write("had\n");
      await turn();
      kubelet.end();
      await turn();
      kubelet.lie(lie, 10_000);
      const containers = ended.containers.map((container) => ({
        ...container,
        reason: "ContainerStatusUnknown",
        startedAt: null,
      }));
      const result = await collect({ ...ended, phase: "Failed", reason: "Evicted", containers });
      assert.equal(completeness(result), "incomplete", lie);
      assert.equal(new TextDecoder().decode(text("p.log")), "had\n", lie);
    });
  }
});

Deno.test("collect() announces a log that may lack text before its verdict is there, and no other", async () => {
  await bench(async ({ dir, kubelet, harvest }) => {
    const announced: string[] = [];
    const order = (verdict: "succeeded" | null) => ({
      verdict,
      reason: "r",
      signal: new AbortController().signal,
      announce(logs: readonly LogRecord[]) {
        for (const { file, bytes, completeness } of logs) announced.push(`${file} ${bytes} ${completeness}`);
        assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name).filter(isVerdict), []);
        return Promise.resolve();
      },
    });
    kubelet.pod = running;
    harvest.observe(running);
    kubelet.write("one\n");
    await turn();
    kubelet.lie("gone", 1);
    kubelet.pod = null;
    await harvest.collect(ended, order("succeeded"));
    assert.deepEqual(announced, ["p.log 4 incomplete"]);
    await harvest.collect({ ...ended, uid: "v" }, order(null));
    assert.equal(announced.length, 1, "an attempt's that is made again is no verdict's");
  });
});

Deno.test("collect() keeps what was followed of a pod that is gone, as incomplete if its stream was cut", async () => {
  for (const [end, known] of ENDS) {
    await bench(async ({ kubelet, harvest, collect, text }) => {
      harvest.observe(running);
      await turn();
      kubelet.write("had\n");
      await turn();
      kubelet[end]();
      kubelet.lie("gone", 10);
      const result = await collect({ ...ended, deletionTimestamp: START });
      assert.equal(result.kind, "lost");
      assert.equal(completeness(result), known, end);
      assert.equal(new TextDecoder().decode(text("p.log")), "had\n");
    });
  }
});

Deno.test("collect() calls a log unproven that was read out once, and was gone before it could be compared", async () => {
  for (const size of [2, 9_000]) {
    await bench(async ({ kubelet, collect, text }) => {
      for (let i = 0; i < size; i++) kubelet.write(`line ${i}\n`);
      kubelet.end();
      kubelet.lie("gone", 10, 1);
      const result = await collect();
      assert.equal(result.kind, "lost");
      assert.equal(completeness(result), "unproven", `${size} lines`);
      assert.deepEqual(text("p.log"), kubelet.all);
    });
  }
});

Deno.test("collect() does not count a reading as one that another has contradicted, where the pod goes then", async () => {
  await bench(async ({ kubelet, collect }) => {
    kubelet.write("first\n");
    kubelet.write("second\n");
    kubelet.end();
    kubelet.lie("cut clean", 1);
    kubelet.lie("gone", 10, 1);
    assert.equal(completeness(await collect()), "incomplete");
  });
});

Deno.test("collect() gives a log up only with its pod: a 404 for one of its requests is asked about", async () => {
  await bench(async ({ kubelet, collect, text }) => {
    kubelet.write("all\n");
    kubelet.end();
    kubelet.pod = ended;
    kubelet.lie("gone", 1);
    kubelet.lie("gone", 1, 1);
    assert.equal(completeness(await collect()), "proven");
    assert.equal(new TextDecoder().decode(text("p.log")), "all\n");
  });
});

Deno.test("makeHarvest() goes on with the tape of a process that died, over a rotation, torn line and all", async () => {
  const dir = await Deno.makeTempDir();
  const kubelet = makeFakeKubelet();
  {
    await using results = await open(dir);
    await using harvest = makeHarvest({ pods: kubelet.pods, results, clock: quickClock() });
    harvest.observe(running);
    await turn();
    for (let i = 0; i < 5; i++) kubelet.write(`early ${i}\n`);
    await turn();
  }
  const [tape] = [...Deno.readDirSync(`${dir}/.qupods/tmp`)].map(({ name }) => `${dir}/.qupods/tmp/${name}`);
  assert.ok(tape);
  await Deno.truncate(tape, (await Deno.stat(tape)).size - 4);
  kubelet.write("late\n");
  kubelet.end();
  {
    await using results = await open(dir);
    await using harvest = makeHarvest({ pods: kubelet.pods, results, clock: quickClock() });
    const result = await harvest.collect(ended, {
      verdict: "succeeded",
      reason: "r",
      signal: new AbortController().signal,
    });
    assert.equal(completeness(result), "proven");
    assert.deepEqual(Deno.readFileSync(`${dir}/p.log`), kubelet.all);
  }
  await Deno.remove(dir, { recursive: true });
});

Deno.test("observe() gives a stream's place back when its init container has ended, and keeps the tape", async () => {
  const both = (first: Partial<ContainerView>, main: Partial<ContainerView>): PodView => ({
    ...running,
    containers: [container({ name: "first", kind: "init", ...first }), container(main)],
  });
  const isDone = { state: "terminated", exitCode: 0, startedAt: START } as const;
  await bench(async ({ kubelet, harvest, text }) => {
    const wasRunning = both({ state: "running", startedAt: START }, {});
    harvest.observe(wasRunning);
    await turn();
    kubelet.write("of both\n");
    await turn();
    assert.equal(harvest.streams, 1);
    kubelet.close();
    harvest.observe(both(isDone, {}));
    await turn();
    assert.equal(harvest.streams, 0);
    kubelet.end();
    const result = await harvest.collect({ ...both(isDone, isDone), phase: "Succeeded" }, {
      verdict: "succeeded",
      reason: "r",
      signal: new AbortController().signal,
    });
    assert.equal(result.kind, "stored");
    assert.deepEqual(text("p.d/1/first.log"), kubelet.all);
    assert.deepEqual(text("p.log"), kubelet.all);
  });
});

Deno.test("collect() stores the reason where a container has no log", async () => {
  await bench(async ({ kubelet, harvest, text }) => {
    const side = container({ name: "side", state: "terminated", exitCode: 128, startedAt: START });
    kubelet.lie("absent", 2, 2);
    kubelet.end();
    const result = await harvest.collect({ ...ended, containers: [...ended.containers, side] }, {
      verdict: "failed",
      reason: "r",
      signal: new AbortController().signal,
    });
    assert.ok(result.kind === "stored");
    assert.equal(
      new TextDecoder().decode(text("p.d/1/side.log")),
      "qupods: container is waiting to start\n",
    );
    assert.equal(result.logs[1]?.completeness, "none");
  });
});

Deno.test("collect() holds no container's error text with status 200 for its log", async () => {
  const side = container({ name: "side", state: "terminated", exitCode: 0, startedAt: START });
  for (const after of [0, 1, 2, 3]) {
    await bench(async ({ kubelet, harvest, text }) => {
      kubelet.write("text of all containers\n");
      kubelet.end();
      kubelet.lie("error text", 2, after);
      const result = await harvest.collect({ ...ended, containers: [...ended.containers, side] }, {
        verdict: "succeeded",
        reason: "r",
        signal: new AbortController().signal,
      });
      assert.equal(completeness(result), "proven");
      assert.deepEqual(text("p.log"), kubelet.all, `after ${after}`);
      assert.deepEqual(text("p.d/1/side.log"), kubelet.all, `after ${after}`);
    });
  }
});

Deno.test("collect() waits for a disk that refuses a followed tape, and then has all of it", async () => {
  await bench(async ({ dir, kubelet, harvest, collect, text }) => {
    await Deno.rename(`${dir}/.qupods/tmp`, `${dir}/.qupods/away`);
    harvest.observe(running);
    await turn();
    kubelet.write("text\n");
    kubelet.end();
    assert.equal((await collect()).kind, "disk");
    await Deno.rename(`${dir}/.qupods/away`, `${dir}/.qupods/tmp`);
    assert.equal((await collect()).kind, "stored");
    assert.deepEqual(text("p.log"), kubelet.all);
  });
});

Deno.test("collect() brings the log of a sidecar that waits to be started again, and calls no such log proven", async () => {
  await bench(async ({ kubelet, harvest, text }) => {
    kubelet.write("of the last start\n");
    kubelet.end();
    const side = container({ name: "side", kind: "sidecar", state: "waiting", restarts: 2 });
    const result = await harvest.collect({ ...ended, containers: [side, ...ended.containers] }, {
      verdict: "succeeded",
      reason: "r",
      signal: new AbortController().signal,
    });
    assert.ok(result.kind === "stored");
    assert.deepEqual(text("p.d/1/side.log"), kubelet.all);
    assert.deepEqual(result.logs.map((log) => log.completeness), ["proven", "unproven"]);
  });
});
