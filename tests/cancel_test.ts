// What a killed run leaves behind, `qupods cancel` after it, and the run going on.

import assert from "node:assert/strict";
import { type Clock, systemClock } from "../lib/clock.ts";
import { TransportError } from "../lib/cluster/transport/transport.ts";
import { bench, clock } from "./cancelled.ts";

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

Deno.test("cancel that is interrupted while the API server does not answer ends, and has deleted nothing", () =>
  bench({ busy: forever }, async (own) => {
    await own.leave();
    const stop = new AbortController();
    let asked = 0;
    own.onRequest = (path) => {
      if (!path.includes("labelSelector")) return Promise.resolve();
      if (++asked === 5) stop.abort();
      return Promise.reject(new TransportError("connection refused"));
    };
    const outcome = await own.cancel({ stop: stop.signal });
    assert.equal(outcome.isInterrupted, true);
    assert.equal(own.cluster.store.size, 1);
  }));
