import assert from "node:assert/strict";
import type { ContainerView, PodView } from "../cluster/pod.ts";
import type { LogRecord } from "../results/record.ts";
import { container } from "../run/scheduler/test_pods.ts";
import { makeFakeKubelet } from "./fake_kubelet.ts";
import { makeHarvest } from "./make.ts";
import {
  bench,
  completeness,
  ended,
  isVerdict,
  open,
  quickClock,
  running,
  START,
  turn,
} from "./test_bench.ts";

/** How a stream ends, and what is known of a log of which nobody has more than what the stream has brought. */
const ENDS = [["end", "unproven"], ["cut", "incomplete"]] as const;

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
