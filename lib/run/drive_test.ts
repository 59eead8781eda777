import assert from "node:assert/strict";
import { systemClock } from "../clock.ts";
import type { Pods } from "../cluster/pods.ts";
import { makeFakeKubelet } from "../harvest/fake_kubelet.ts";
import { makeHarvest } from "../harvest/make.ts";
import { openResults } from "../results/open.ts";
import { diskError, inFolder, leave, OPTIONS as RESULTS, put, replaced } from "../results/test_folder.ts";
import { drive } from "./drive.ts";
import { readPast } from "./past.ts";
import { SCHEDULE } from "./scheduler/test_pods.ts";
import { OPTIONS, planOf } from "./test_past.ts";

Deno.test("drive() leaves the tapes of other items' pods alone where it was interrupted before it had met any pod", async () => {
  await inFolder(async (dir) => {
    const tape = `${dir}/.qupods/tmp/uid-b.main`;
    await leave(dir, async (results) => {
      await put(results, "a\n", { kind: "verdict", name: "p-a", verdict: "succeeded", attempt: 1 });
      // the pod of another item of the list runs, and its log is followed as the call is killed
      await Deno.writeTextFile(tape, "2026-01-01T00:00:00.000000000Z b\n");
    });
    // `--range 0`, whose item is done, while the API server does not answer: Ctrl-C
    const plan = await planOf("x", ["a"]);
    await using results = await openResults(dir, RESULTS);
    const interrupted = new AbortController();
    const pods: Pods = {
      ...makeFakeKubelet().pods,
      watch(_run, onEvent, signal) {
        onEvent({ kind: "listing" });
        interrupted.abort();
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    };
    await using harvest = makeHarvest({ pods, results, clock: systemClock });
    await drive(plan, await readPast(plan, results, OPTIONS), SCHEDULE, {
      pods,
      harvest,
      results,
      clock: systemClock,
      drain: interrupted.signal,
      onEvent: () => {},
      onStatus: () => {},
    });
    assert.equal(await Deno.readTextFile(tape), "2026-01-01T00:00:00.000000000Z b\n");
  });
});

Deno.test("drive() says what it waits for where all is done and the disk does not take the journal's last lines", async () => {
  await inFolder(async (dir) => {
    await leave(
      dir,
      (results) => put(results, "a\n", { kind: "verdict", name: "p-a", verdict: "succeeded", attempt: 1 }),
    );
    const plan = await planOf("x", ["a"]);
    const interrupted = new AbortController();
    const pods: Pods = {
      ...makeFakeKubelet().pods,
      watch(_run, onEvent, signal) {
        onEvent({ kind: "listed", pods: [] });
        return new Promise((resolve) => signal.addEventListener("abort", () => resolve()));
      },
    };
    await using results = await openResults(dir, RESULTS);
    await using harvest = makeHarvest({ pods, results, clock: systemClock });
    const past = await readPast(plan, results, OPTIONS);
    const said: string[] = [];
    using _ = replaced(Deno.FsFile.prototype, "syncData", () => Promise.reject(diskError("EIO")));
    using __ = replaced(Deno.FsFile.prototype, "syncDataSync", () => {
      throw diskError("EIO");
    });
    void results.append({ kind: "intent", name: "p-a", attempt: 1, at: 0 });
    await drive(plan, past, SCHEDULE, {
      pods,
      harvest,
      results,
      clock: systemClock,
      drain: interrupted.signal,
      onEvent(event) {
        if (event.kind === "notice") said.push(event.text);
        interrupted.abort();
      },
      onStatus: () => {},
    });
    assert.deepEqual(said, [
      "cannot write the journal: EIO (injected); the run ends as soon as it can (Ctrl-C: at once)",
      "the journal lacks its last lines, the disk refuses them; the logs themselves are safe",
    ]);
  });
});
