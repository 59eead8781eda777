import assert from "node:assert/strict";
import { classify, isOnlySidecars, stuckReason } from "./classify.ts";
import { container, pod } from "./test_pods.ts";

const ended = (exitCode: number, changes = {}) => container({ state: "terminated", exitCode, ...changes });

Deno.test("classify() tells the application's failures from the cluster's", () => {
  const rows: [string, Parameters<typeof pod>[2], string, RegExp][] = [
    ["exit 0", { phase: "Succeeded", containers: [ended(0)] }, "success", /exit code 0/],
    ["exit 3", { phase: "Failed", containers: [ended(3, { reason: "Error" })] }, "app", /^exit code 3$/],
    [
      "second container",
      {
        phase: "Failed",
        containers: [ended(0), ended(4, { name: "other" })],
      },
      "app",
      /^container other: exit code 4$/,
    ],
    ["oom", { phase: "Failed", containers: [ended(137, { reason: "OOMKilled" })] }, "oom", /OOMKilled/],
    [
      "deadline",
      { phase: "Failed", reason: "DeadlineExceeded", containers: [ended(137)] },
      "timeout",
      /Deadline/,
    ],
    [
      "evicted",
      { phase: "Failed", reason: "Evicted", message: "disk\npressure" },
      "infra",
      /^Evicted: disk pressure$/,
    ],
    ...["2026-01-01T00:00:09Z", "2026-01-01T00:00:11Z"].map((disruptedAt) =>
      [
        `evicted, with a disruption of ${disruptedAt}`,
        {
          phase: "Failed",
          reason: "Evicted",
          message: "low on memory",
          disruption: "TerminationByKubelet",
          disruptedAt,
          containers: [ended(137, { finishedAt: "2026-01-01T00:00:10Z" })],
        },
        "infra",
        /^Evicted: low on memory$/,
      ] as [string, Parameters<typeof pod>[2], string, RegExp]
    ),
    ...[
      "Pod ephemeral local storage usage exceeds the total limit of containers 8Mi. ",
      'Container main exceeded its local ephemeral storage limit "8Mi". ',
      'Usage of EmptyDir volume "v" exceeds the limit "1Mi". ',
    ].map((message) =>
      [
        message,
        { phase: "Failed", reason: "Evicted", disruption: "TerminationByKubelet", message },
        "app",
        /^Evicted: .*limit.*[i"]$/,
      ] as [string, Parameters<typeof pod>[2], string, RegExp]
    ),
    [
      "preempted",
      { phase: "Failed", disruption: "PreemptionByScheduler", containers: [ended(143)] },
      "infra",
      /Preemption/,
    ],
    [
      "init",
      {
        phase: "Failed",
        containers: [ended(2, { name: "i", kind: "init", isDecider: false }), container({})],
      },
      "app",
      /init container i: exit code 2/,
    ],
    [
      "exit 0 on SIGTERM",
      {
        phase: "Succeeded",
        deletionTimestamp: "2026-01-01T00:01:00Z",
        deletionGraceSeconds: 30,
        containers: [ended(0, { finishedAt: "2026-01-01T00:00:31Z" })],
      },
      "infra",
      /only after the pod was deleted/,
    ],
    [
      "exit 1 on SIGTERM",
      {
        phase: "Failed",
        deletionTimestamp: "2026-01-01T00:01:00Z",
        deletionGraceSeconds: 30,
        containers: [ended(1, { finishedAt: "2026-01-01T00:00:31Z" })],
      },
      "infra",
      /deleted by somebody while running \(exit code 1\)/,
    ],
    [
      "exit 1, deleted later",
      {
        phase: "Failed",
        deletionTimestamp: "2026-01-01T00:01:00Z",
        deletionGraceSeconds: 30,
        containers: [ended(1, { finishedAt: "2026-01-01T00:00:29Z" })],
      },
      "app",
      /^exit code 1$/,
    ],
    [
      "deleted after it was done",
      {
        phase: "Succeeded",
        deletionTimestamp: "2026-01-01T00:01:00Z",
        deletionGraceSeconds: 30,
        containers: [ended(0, { finishedAt: "2026-01-01T00:00:29Z" })],
      },
      "success",
      /exit code 0/,
    ],
    [
      "done while its node was silent, taken from it later",
      {
        phase: "Succeeded",
        disruption: "DeletionByTaintManager",
        deletionTimestamp: "2026-01-01T00:01:00Z",
        deletionGraceSeconds: 30,
        containers: [ended(0, { finishedAt: "2026-01-01T00:00:29Z" })],
      },
      "success",
      /exit code 0/,
    ],
    [
      "failed while its node was silent, taken from it later",
      {
        phase: "Failed",
        disruption: "DeletionByTaintManager",
        deletionTimestamp: "2026-01-01T00:01:00Z",
        deletionGraceSeconds: 30,
        containers: [ended(4, { finishedAt: "2026-01-01T00:00:29Z" })],
      },
      "app",
      /^exit code 4$/,
    ],
    [
      "done while its node was silent, disrupted later, and not deleted yet",
      {
        phase: "Succeeded",
        disruption: "DeletionByTaintManager",
        disruptedAt: "2026-01-01T00:00:30Z",
        containers: [ended(0, { finishedAt: "2026-01-01T00:00:29Z" })],
      },
      "success",
      /exit code 0/,
    ],
    [
      "preempted, and deleted long after it had ended",
      {
        phase: "Failed",
        disruption: "PreemptionByScheduler",
        disruptedAt: "2026-01-01T00:00:20Z",
        deletionTimestamp: "2026-01-01T00:01:00Z",
        containers: [ended(143, { finishedAt: "2026-01-01T00:00:29Z" })],
      },
      "infra",
      /^PreemptionByScheduler/,
    ],
    [
      "one of two had ended when the pod was evicted",
      {
        phase: "Failed",
        disruption: "EvictionByEvictionAPI",
        deletionTimestamp: "2026-01-01T00:01:00Z",
        deletionGraceSeconds: 30,
        containers: [
          ended(0, { finishedAt: "2026-01-01T00:00:29Z" }),
          ended(143, { name: "other", finishedAt: "2026-01-01T00:00:31Z" }),
        ],
      },
      "infra",
      /^EvictionByEvictionAPI: /,
    ],
  ];
  for (const [label, changes, expected, reason] of rows) {
    const end = classify(pod("p", "u", changes));
    assert.equal(end.class, expected, label);
    assert.match(end.reason, reason, label);
  }
});

Deno.test("isOnlySidecars() sees that the template's own containers have ended", () => {
  const injected = container({ name: "proxy", isDecider: false, state: "running" });
  assert.equal(isOnlySidecars(pod("p", "u", { phase: "Running", containers: [ended(0), injected] })), true);
  assert.equal(
    isOnlySidecars(pod("p", "u", { phase: "Running", containers: [container({ state: "running" })] })),
    false,
  );
});

Deno.test("stuckReason() gives a missing image less time than a registry that does not answer", () => {
  const waiting = (reason: string, message: string) =>
    stuckReason(pod("p", "u", { nodeName: "n", containers: [container({ reason, message })] }));
  assert.equal(waiting("ErrImagePull", "x: not found")?.limitSeconds, 90);
  assert.equal(waiting("ImagePullBackOff", "dial tcp: timeout")?.limitSeconds, 900);
  assert.equal(waiting("InvalidImageName", "")?.limitSeconds, 0);
  assert.equal(waiting("CrashLoopBackOff", "back-off 40s")?.class, "config");
});

Deno.test("stuckReason() knows no limit for a pod that waits for nothing known, and nothing of one that has begun", () => {
  const waiting = (changes: Parameters<typeof container>[0]) =>
    stuckReason(pod("p", "u", { nodeName: "n", containers: [container(changes)] }));
  for (const reason of ["ContainerCreating", "PodInitializing", ""]) {
    const stuck = waiting({ reason });
    assert.equal(stuck?.reason, reason || "ContainerCreating");
    assert.deepEqual([stuck?.class, stuck?.limitSeconds, stuck?.patienceSeconds], ["infra", Infinity, 300]);
    assert.match(stuck?.message ?? "", /nothing has started on n; .*kubectl describe pod p$/);
  }
  assert.equal(waiting({ reason: "PodInitializing", startedAt: "2026-01-01T00:00:00Z" }), null);
  assert.equal(waiting({ restarts: 1 }), null);
});
