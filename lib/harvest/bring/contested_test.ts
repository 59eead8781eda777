import assert from "node:assert/strict";
import { systemClock } from "../../clock.ts";
import type { PodView } from "../../cluster/pod.ts";
import type { Pods } from "../../cluster/pods.ts";
import { openResults } from "../../results/open.ts";
import { OPTIONS } from "../../results/test_folder.ts";
import { container, pod } from "../../run/scheduler/test_pods.ts";
import { afterStranger } from "./contested.ts";
import { makeFakeKubelet } from "../fake_kubelet.ts";
import { makeHarvest } from "../make.ts";

const START = "2026-01-01T00:00:00Z";
const ended = pod("p", "u", {
  nodeName: "n",
  phase: "Succeeded",
  containers: [container({ state: "terminated", exitCode: 0, startedAt: START })],
});

/** Collects the log of a pod; `told` says at which request the watch tells that it is gone, `owner` whose its name is then. */
async function collect(told: number, owner: PodView | null) {
  const dir = await Deno.makeTempDir();
  const kubelet = makeFakeKubelet();
  kubelet.write("what was written\n");
  kubelet.end();
  const asked = { logs: 0, gets: 0 };
  const pods: Pods = {
    ...kubelet.pods,
    log(name, options) {
      asked.logs++;
      return kubelet.pods.log(name, options);
    },
    get() {
      asked.gets++;
      return Promise.resolve(owner);
    },
  };
  try {
    await using results = await openResults(dir, OPTIONS);
    await using harvest = makeHarvest({ pods, results, clock: systemClock });
    const { signal } = new AbortController();
    const isDeleted = () => asked.logs >= told;
    const result = await harvest.collect(ended, { verdict: "succeeded", reason: "r", signal, isDeleted });
    const [log] = result.kind === "stored" || result.kind === "lost" ? result.logs : [];
    return {
      kind: result.kind,
      known: log?.completeness,
      text: Deno.readTextFileSync(`${dir}/p.log`),
      asked,
    };
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

const stranger = pod("p", "another", { run: "" });
const TEXT = "what was written\n";

Deno.test("a log is asked for by its pod's name: where the pod is known to be gone, a stranger's is not read", async () => {
  const { kind, known, text, asked } = await collect(0, stranger);
  assert.deepEqual([kind, known, text, asked], ["lost", "incomplete", "", { logs: 0, gets: 1 }]);
});

Deno.test("a log whose pod went while it was read is not called proven: its name may be another's", async () => {
  const taken = await collect(1, stranger);
  assert.deepEqual([taken.kind, taken.known, taken.text], ["lost", "incomplete", TEXT]);
  const free = await collect(1, null);
  assert.deepEqual([free.kind, free.known, free.text], ["lost", "unproven", TEXT]);
});

Deno.test("a pod that only left the watch, as its label was taken away, is read as ever; usually nothing is asked", async () => {
  const unlabelled = await collect(0, { ...ended, run: "" });
  assert.deepEqual([unlabelled.kind, unlabelled.known, unlabelled.text], ["stored", "proven", TEXT]);
  const usual = await collect(Infinity, ended);
  assert.deepEqual([usual.kind, usual.known, usual.asked.gets], ["stored", "proven", 0]);
});

Deno.test("afterStranger() takes back what was claimed of logs, and is null where nothing was", () => {
  const log = { container: "main", file: "p.log", bytes: 1, completeness: "proven" } as const;
  const none = { ...log, completeness: "none" } as const;
  assert.deepEqual(afterStranger([log, none]), [{ ...log, completeness: "incomplete" }, none]);
  assert.equal(afterStranger([none]), null);
});
