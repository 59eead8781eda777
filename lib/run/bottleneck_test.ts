import assert from "node:assert/strict";
import { type Bottleneck, bottleneck, type Readings } from "./bottleneck.ts";
import { type Limit, makeMeter, type Mean } from "./scheduler/meter.ts";
import { changed, container, listed, pod, scheduler } from "./scheduler/test_pods.ts";

type Way = { [stretch in "answer" | "bind" | "start" | "run"]?: number };

/** Readings of a run of 100 s. */
function readings(
  held: { [limit in Limit]?: number },
  way: Way = {},
  changes: Partial<Readings> = {},
): Readings {
  const meter = makeMeter();
  Object.assign(meter.held, held);
  meter.held.nothing = 100_000 - Object.values(held).reduce((sum, each) => sum + each, 0);
  meter.creates = 1_000;
  for (const [stretch, milliseconds] of Object.entries(way)) {
    const mean: Mean = meter[stretch as keyof Way];
    mean.sum = milliseconds * 1_000;
    mean.count = 1_000;
  }
  const schedule = { maxPending: 3, isPendingAuto: false, maxRunning: 50 };
  return { meter, schedule, places: 3, throttled: 0, cpuSeconds: 10, ...changes };
}

const CASES: readonly (readonly [Readings, Bottleneck["kind"], RegExp])[] = [
  [
    readings({ pending: 61_000 }, { answer: 9, bind: 45 }),
    "scheduler",
    /all 3 pending places were taken 61% of the time, each for 45 ms, so at most 67\/s; --max-pending auto/,
  ],
  [
    readings({ pending: 61_000 }, { answer: 9, bind: 1_500 }, {
      places: 12,
      schedule: { maxPending: 64, isPendingAuto: true, maxRunning: Infinity },
    }),
    "scheduler",
    /all 12 pending .* each for 1\.5 s, so at most 8\.0\/s$/,
  ],
  [readings({ pending: 61_000 }, { answer: 40, bind: 45 }), "API server", /answered after 40 ms/],
  [readings({ pending: 61_000 }), "scheduler", /61% of the time$/],
  [
    readings({ running: 93_000 }, { start: 200, run: 5_000 }),
    "cap",
    /^--max-running 50, full 93% of the time$/,
  ],
  [readings({ running: 93_000 }, { start: 1_900, run: 200 }), "nodes", /takes 1\.9 s from .*runs 200 ms/],
  [readings({ room: 60_000, pending: 30_000 }), "room", /none had any .* 60% of the time/],
  [readings({ rate: 80_000 }), "cap", /--rate or --delay, 80%/],
  [readings({ quota: 50_000, pending: 40_000 }), "quota", /quota, full 50% of the time/],
  [readings({ lost: 30_000 }), "API server", /did not answer 30%/],
  [readings({ login: 30_000 }), "API server", /login, which .* refused 30%/],
  [readings({ disk: 30_000 }), "disk", /refused what is written 30%/],
  [readings({ backlog: 30_000 }), "logs", /waited for theirs 30%/],
  [readings({ starting: 30_000 }, { start: 12_500 }), "nodes", /to be started 30% .* each for 12\.5 s$/],
  [readings({ starting: 30_000 }), "nodes", /to be started 30% of the time$/],
  [readings({ stuck: 30_000 }), "nodes", /could not start 30%/],
  [
    readings({ pending: 5_000 }, { start: 100, run: 20_000 }),
    "pods",
    /after 5\.0 s of 100\.0 s, each runs 20\.0 s/,
  ],
  [readings({ pending: 5_000 }, { start: 1_200, run: 300 }), "nodes", /takes 1\.2 s from its node/],
  [readings({ pending: 61_000 }, {}, { throttled: 11 }), "throttling", /11 answers of 429 to 1000 creates/],
  [readings({ pending: 61_000 }, {}, { cpuSeconds: 97 }), "own CPU", /takes 0\.97 of a core/],
];

Deno.test("bottleneck() names what held a run back, with the number that shows it", () => {
  for (const [given, kind, text] of CASES) {
    const found = bottleneck(given);
    assert.equal(found?.kind, kind, JSON.stringify(given.meter.held));
    assert.match(found?.text ?? "", text);
  }
});

Deno.test("bottleneck() says nothing of a run that has begun nothing, and takes a few 429s for none", () => {
  const idle = readings({ pending: 61_000 });
  idle.meter.creates = 0;
  assert.equal(bottleneck(idle), null);
  const [empty] = [readings({ nothing: 0 })];
  empty.meter.held.nothing = 0;
  assert.equal(bottleneck(empty), null);
  assert.equal(bottleneck(readings({ pending: 61_000 }, {}, { throttled: 10 }))?.kind, "scheduler");
});

Deno.test("step() measures what holds it back, and the stretches of a pod's way", () => {
  const { state, say } = scheduler(3, { maxPending: 1, maxRunning: 2 });
  const on = (name: string, node: string, phase: "Pending" | "Running" | "Succeeded", now: number) => {
    const containers = [container(phase === "Succeeded" ? { state: "terminated", exitCode: 0 } : {})];
    say(now, changed(pod(name, `uid-${name}`, { nodeName: node, phase, containers })));
  };
  say(0, listed());
  say(20, {
    kind: "created",
    position: 0,
    number: 1,
    outcome: { kind: "made", pod: pod("pod-0", "uid-pod-0") },
  });
  on("pod-0", "n", "Pending", 100);
  on("pod-1", "", "Pending", 120);
  on("pod-1", "n", "Pending", 150);
  on("pod-0", "n", "Running", 400);
  on("pod-0", "n", "Succeeded", 1_400);
  const { held, answer, bind, start, run, creates } = state.meter;
  assert.deepEqual([held.pending, held.running, held.nothing], [150, 1_250, 0]);
  assert.deepEqual([answer, bind, start, run], [
    { sum: 20, count: 1 },
    { sum: 150, count: 2 },
    { sum: 300, count: 1 },
    { sum: 1_000, count: 1 },
  ]);
  assert.equal(creates, 3);
});

Deno.test("step() under --max-pending auto starts with three, and goes back to that where no node has room", () => {
  const { state, say } = scheduler(5_000, { maxPending: 64, isPendingAuto: true });
  assert.equal(say(0, listed()).length, 3);
  let now = 0;
  const unbound = () => [...state.attempts.values()].filter(({ boundAt }) => boundAt === -Infinity);
  for (let round = 0; round < 10; round++) {
    now += 50;
    say(now, ...unbound().map(({ name }) => changed(pod(name, `uid-${name}`, { nodeName: "n" }))));
  }
  const grown = unbound().length;
  assert.ok(grown > 10 && grown <= 64, `${grown} pending`);
  for (let round = 0; round < 5; round++) {
    now += 1_000;
    say(
      now,
      ...unbound().map(({ name }) => changed(pod(name, `uid-${name}`, { schedulingMessage: "no room" }))),
    );
  }
  assert.deepEqual([state.window?.size, unbound().length], [3, grown]);
  assert.equal(state.meter.held.room, 4_000);
});
