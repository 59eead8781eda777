import assert from "node:assert/strict";
import { collectFailures, shapeOf, tail } from "./failures.ts";
import { endRecord } from "./test_facts.ts";

async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("shapeOf() keeps exit codes and blanks what differs from pod to pod", () => {
  const table = [
    ["exit code 3", "exit code 3"],
    ["exit code 137 (signal 9)", "exit code 137 (signal 9)"],
    ["Evicted: low on memory, available: 80Mi", "Evicted: low on memory, available: …Mi"],
    ['pods "shard-0" is forbidden', "pods … is forbidden"],
    ["volume of shard-0 is lost", "volume of … is lost"],
    ["init container prep: exit code 2", "init container prep: exit code 2"],
  ] as const;
  for (const [reason, shape] of table) assert.equal(shapeOf({ name: "shard-0", reason }), shape);
  assert.equal(shapeOf({ name: "c", reason: "exit code 3 of c" }), "exit code 3 of …");
});

Deno.test("collectFailures() groups by reason, largest first, with the end of one log", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a.err`, "one\ntwo\n\n10%\r100%\r\n\tthree\n");
    const failures = collectFailures(folder);
    failures.add(endRecord({ name: "x", reason: "OOMKilled in container main" }));
    for (const name of ["a", "b", "c", "d", "e", "f"]) failures.add(endRecord({ name }));
    failures.add(endRecord({ name: "ok", verdict: "succeeded", reason: "exit code 0" }));
    failures.add(endRecord({ name: "again", isFinal: false }));
    assert.deepEqual(await failures.groups(), [
      {
        reason: "exit code 3",
        count: 6,
        names: ["a", "b", "c", "d", "e"],
        log: { file: `${folder}/a.err`, lines: ["two", "100%", "    three"] },
      },
      { reason: "OOMKilled in container main", count: 1, names: ["x"], log: null },
    ]);
  }));

Deno.test("collectFailures() shows the log of the container that failed", () =>
  inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/a.d/1`, { recursive: true });
    await Deno.writeTextFile(`${folder}/a.err`, "all is well\n");
    await Deno.writeTextFile(`${folder}/a.d/1/two.log`, "I gave up\n");
    const log = (container: string, file: string, bytes: number) =>
      ({ container, file, bytes, completeness: "proven" }) as const;
    const logs = (bytes: number) => [log("main", "a.err", 12), log("two", "a.d/1/two.log", bytes)];
    for (
      const [reason, bytes, line] of [
        ["container two: exit code 7", 10, "I gave up"],
        ["init container two: exit code 7", 10, "I gave up"],
        ["OOMKilled in container two", 10, "I gave up"],
        ["container two: exit code 7", 0, "all is well"],
        ["exit code 7", 10, "all is well"],
      ] as const
    ) {
      const failures = collectFailures(folder);
      failures.add(endRecord({ name: "a", reason, logs: logs(bytes) }));
      assert.deepEqual((await failures.groups())[0]?.log?.lines, [line], reason);
    }
  }));

Deno.test("collectFailures() shows the common shape where reasons differ in numbers", () =>
  inFolder(async (folder) => {
    const failures = collectFailures(folder);
    failures.add(endRecord({ name: "a", reason: "Evicted: available: 80Mi" }));
    failures.add(endRecord({ name: "b", reason: "Evicted: available: 91Mi" }));
    const [group] = await failures.groups();
    assert.equal(group?.reason, "Evicted: available: …Mi");
    assert.equal(group?.count, 2);
  }));

Deno.test("collectFailures() never shows more than ten groups and loses no count", () =>
  inFolder(async (folder) => {
    const failures = collectFailures(folder);
    for (let code = 1; code <= 14; code++) {
      failures.add(endRecord({ name: `p${code}`, reason: `exit code ${code}` }));
    }
    const groups = await failures.groups();
    assert.equal(groups.length, 10);
    assert.deepEqual(groups.at(-1), {
      reason: "other reasons",
      count: 5,
      names: ["p10", "p11", "p12", "p13", "p14"],
      log: null,
    });
  }));

Deno.test("tail() reads only the end of a large log", () =>
  inFolder(async (folder) => {
    const path = `${folder}/big.err`;
    await Deno.writeTextFile(path, "x".repeat(99) + "\n" + `${"line of text\n".repeat(100_000)}last\n`);
    assert.deepEqual(await tail(path), ["line of text", "line of text", "last"]);
    await Deno.writeTextFile(path, `${"y".repeat(9_000)}END\n\n`);
    const [only = ""] = await tail(path) ?? [];
    assert.match(only, /^…y+END$/);
    assert.equal(await tail(`${folder}/none`), null);
  }));
