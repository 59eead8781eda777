import assert from "node:assert/strict";
import { container } from "../run/scheduler/test_pods.ts";
import { bench, completeness, ended, START } from "./test_bench.ts";

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

Deno.test("collect() never calls an empty log proven that may be a new file after all that was written", async () => {
  const spoke = (seconds: number) => {
    const finishedAt = new Date(Date.parse(START) + seconds * 1000).toISOString();
    const main = container({ state: "terminated", exitCode: 0, startedAt: START, finishedAt });
    return { ...ended, containers: [main] };
  };
  for (const [seconds, expected] of [[60, "unproven"], [5, "proven"]] as const) {
    await bench(async ({ kubelet, collect }) => {
      for (let i = 0; i < 900; i++) kubelet.write(`a burst ${"x".repeat(2_000)}\n`);
      // the kubelet looks every ten seconds, and the program computes on without a word
      kubelet.rotate();
      kubelet.end();
      assert.equal(completeness(await collect(spoke(seconds))), expected, `${seconds} s`);
    });
  }
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

Deno.test("collect() says of a log that cannot be read for half a minute that it tries on, once a node", async () => {
  await bench(async ({ kubelet, collect, told }) => {
    kubelet.write("x\n");
    kubelet.end();
    kubelet.lie("error text", 5);
    await collect();
    assert.deepEqual(told, [], "it came in time");
  });
  await bench(async ({ kubelet, collect, told }) => {
    kubelet.write("x\n");
    kubelet.end();
    kubelet.lie("error text", 10_000);
    kubelet.pod = ended;
    await collect();
    await collect();
    assert.equal(told.length, 1);
    assert.match(
      told[0] ?? "",
      /^cannot read the log of main in pod p on n, trying on for 1 minutes: .* an error text instead of a log$/,
    );
  });
});

Deno.test("collect() says nothing of the log while the login is refused, which is told elsewhere", async () => {
  await bench(async ({ kubelet, collect, told }) => {
    kubelet.write("x\n");
    kubelet.end();
    kubelet.lie("login refused", 1_000);
    await collect();
    assert.deepEqual(told, []);
  });
});

Deno.test("collect() waits while the login is refused, far longer than its patience with a log", async () => {
  for (const after of [0, 1, 2]) {
    await bench(async ({ kubelet, collect, text }) => {
      kubelet.write("x\n");
      kubelet.end();
      kubelet.lie("login refused", 1_000, after);
      kubelet.lie("failed", 3);
      assert.equal(completeness(await collect()), "proven", `after ${after}`);
      assert.deepEqual(text("p.log"), kubelet.all);
    });
  }
});

Deno.test("collect() gives no log up for a login that is refused on the very last try", async () => {
  const kinds: string[] = [];
  for (let failures = 8; failures < 11; failures++) {
    await bench(async ({ kubelet, collect }) => {
      kubelet.write("x\n");
      kubelet.end();
      kubelet.lie("failed", failures);
      kubelet.lie("login refused", 1);
      kinds.push((await collect()).kind);
    });
  }
  // the patience of a minute ends with the tenth
  assert.deepEqual(kinds, ["stored", "stored", "stored"]);
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

Deno.test("collect() stores the reason where a container has no log", async () => {
  await bench(async ({ kubelet, harvest, text }) => {
    const side = container({
      name: "side",
      state: "terminated",
      reason: "StartError",
      exitCode: 128,
      startedAt: START,
    });
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

Deno.test("collect() calls the log of a container that has run incomplete where the kubelet knows of none", async () => {
  for (const main of [{ startedAt: START }, { startedAt: null, restarts: 1 }]) {
    await bench(async ({ kubelet, collect, text }) => {
      kubelet.write("said\n");
      kubelet.end();
      kubelet.lie("absent", 10_000);
      const result = await collect({
        ...ended,
        containers: [container({ state: "terminated", exitCode: 0, ...main })],
      });
      assert.equal(completeness(result), "incomplete");
      assert.equal(text("p.log").length, 0);
    });
  }
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
