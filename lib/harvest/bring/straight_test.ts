import assert from "node:assert/strict";
import type { StagedFile } from "../../results/results.ts";
import { makeFakeKubelet } from "../fake_kubelet.ts";
import { bringStraight } from "./straight.ts";
import { bench, completeness, ended } from "../test_bench.ts";

const { signal } = new AbortController();

/** A file in memory. */
function fakeFile(refusedAfter = Infinity): StagedFile & { readonly text: string; isDropped: boolean } {
  const decoder = new TextDecoder();
  return {
    path: "nowhere",
    text: "",
    isDropped: false,
    get bytes() {
      return this.text.length;
    },
    write(this: { text: string }, chunk: Uint8Array) {
      if (this.text.length >= refusedAfter) return Promise.reject(new Error("ENOSPC"));
      this.text += decoder.decode(chunk);
      return Promise.resolve();
    },
    drop(this: { isDropped: boolean }) {
      this.isDropped = true;
      return Promise.resolve();
    },
  };
}

Deno.test("bringStraight() brings a small log with two requests and asks for no file where there is no text", async () => {
  const kubelet = makeFakeKubelet();
  const file = fakeFile();
  let staged = 0;
  const stage = () => Promise.resolve((staged++, file));
  kubelet.end();
  const empty = await bringStraight("p", "c", { pods: kubelet.pods, stage, signal });
  assert.deepEqual([empty.isWhole, empty.file, staged, kubelet.requests], [true, null, 0, 2]);
  kubelet.write("one\n");
  kubelet.write("two");
  const { isWhole, beginning, tapeBytes } = await bringStraight("p", "c", {
    pods: kubelet.pods,
    stage,
    signal,
  });
  assert.deepEqual([isWhole, file.text, staged, kubelet.requests], [true, "one\ntwo", 1, 4]);
  assert.deepEqual([beginning.firstSecondBytes, tapeBytes], [69, 69]);
  assert.equal(beginning.firstTime, "2026-01-01T00:00:00.000000007Z");
});

Deno.test("bringStraight() counts the bytes of a log's first second", async () => {
  const kubelet = makeFakeKubelet();
  for (let i = 0; i < 3_000; i++) kubelet.write("a line\n"); // one a millisecond
  kubelet.end();
  await bench(async ({ results }) => {
    const { file, beginning } = await bringStraight("p", "c", {
      pods: kubelet.pods,
      stage: results.stage,
      signal,
    });
    assert.equal(beginning.firstSecondBytes, 1_000 * (31 + 7));
    await file?.drop();
  });
});

Deno.test("bringStraight() leaves no file where the disk refuses it", async () => {
  const kubelet = makeFakeKubelet();
  kubelet.write("one\n");
  kubelet.end();
  const file = fakeFile(0);
  const stage = () => Promise.resolve(file);
  await assert.rejects(bringStraight("p", "c", { pods: kubelet.pods, stage, signal }), /ENOSPC/);
  assert.equal(file.isDropped, true);
});

Deno.test("bringStraight() says how it ended: an error text, a refusal, a pod that is gone", async () => {
  const kubelet = makeFakeKubelet();
  kubelet.write("one\n");
  kubelet.end();
  for (
    const [lie, kind, after] of [
      ["error text", "failed", 0],
      ["failed", "failed", 0],
      ["absent", "absent", 0],
      ["gone", "gone", 0],
      ["gone", "gone", 1],
      ["failed", "failed", 1],
    ] as const
  ) {
    kubelet.lie(lie, 1, after);
    const file = fakeFile();
    const stage = () => Promise.resolve(file);
    const { end, isWhole, isReadOut } = await bringStraight("p", "c", { pods: kubelet.pods, stage, signal });
    assert.deepEqual([end.kind, isWhole, isReadOut], [kind, false, lie === "gone" && after === 1], lie);
    assert.equal(file.text, after === 1 ? "one\n" : "", `${lie} after ${after}`);
  }
});

Deno.test("bringStraight() tells a cut, in the middle of a timestamp as well, from an error text", async () => {
  for (
    const sent of ["2026-01-01T00:00:00.000000007Z one\n", "2026-01-01T00:00:00.000000007Z one\n2026-01"]
  ) {
    const kubelet = makeFakeKubelet();
    const body = ReadableStream.from(async function* () {
      yield new TextEncoder().encode(sent);
      await Promise.resolve();
      throw new TypeError("the answer was cut");
    }());
    Object.assign(kubelet.pods, { log: () => Promise.resolve({ kind: "stream", body }) });
    const file = fakeFile();
    const stage = () => Promise.resolve(file);
    const { end, isWhole } = await bringStraight("p", "c", { pods: kubelet.pods, stage, signal });
    assert.deepEqual([isWhole, end.kind, "reason" in end && end.reason, file.text], [
      false,
      "failed",
      "the answer was cut",
      "one\n",
    ]);
  }
});

Deno.test("collect() writes a log that nobody followed once: no tape is on the disk beside its file", async () => {
  await bench(async ({ dir, kubelet, collect, text }) => {
    const seen: string[] = [];
    const { log } = kubelet.pods;
    Object.assign(kubelet.pods, {
      log(...args: Parameters<typeof log>) {
        for (const { name } of Deno.readDirSync(`${dir}/.qupods/tmp`)) seen.push(name);
        return log(...args);
      },
    });
    for (let i = 0; i < 20_000; i++) kubelet.write(`line ${i}\n`);
    kubelet.end();
    assert.equal(completeness(await collect()), "proven");
    assert.deepEqual(text("p.log"), kubelet.all);
    assert.deepEqual(seen, ["stage.0", "stage.0"]); // at the two questions of the check
    assert.deepEqual([...Deno.readDirSync(`${dir}/.qupods/tmp`)], []);
  });
});

Deno.test("collect() keeps what came before a cut where the pod is gone at the next try, and no file besides", async () => {
  await bench(async ({ dir, kubelet, collect, text }) => {
    for (let i = 0; i < 9_000; i++) kubelet.write("equal lines\n");
    kubelet.end();
    kubelet.lie("cut clean", 1);
    kubelet.lie("gone", 10, 1); // after the check has seen the last line
    assert.equal(completeness(await collect()), "incomplete");
    assert.deepEqual(text("p.log"), kubelet.all.subarray(0, kubelet.all.length / 2));
    assert.deepEqual([...Deno.readDirSync(`${dir}/.qupods/tmp`)], []);
  });
});

Deno.test("collect() leaves no file of a container's log where another's cannot be made safe", async () => {
  await bench(async ({ dir, kubelet, collect }) => {
    kubelet.write("one\n");
    kubelet.end();
    kubelet.pod = ended;
    kubelet.lie("failed", 10_000, 2);
    const [main] = ended.containers;
    assert.ok(main);
    const result = await collect({ ...ended, containers: [main, { ...main, name: "other" }] });
    assert.equal(result.kind, "unsafe");
    assert.deepEqual([...Deno.readDirSync(`${dir}/.qupods/tmp`)], []);
  });
});
