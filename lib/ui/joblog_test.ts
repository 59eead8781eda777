import assert from "node:assert/strict";
import type { EndRecord } from "../results/record.ts";
import { joblogLine, openJoblog } from "./joblog.ts";

const RECORD: EndRecord = {
  kind: "end",
  name: "p-1",
  hash: "h",
  index: 1,
  attempt: 2,
  uid: "u",
  verdict: "succeeded",
  isFinal: true,
  class: "success",
  reason: "exit code 0",
  exitCode: 0,
  signal: null,
  node: "n1",
  createdAt: 1000,
  startedAt: 2000,
  finishedAt: 3500,
  logs: [
    { container: "a", file: "f", bytes: 3, completeness: "proven" },
    { container: "b", file: "g", bytes: 4, completeness: "proven" },
  ],
};

Deno.test("joblogLine() is a line as GNU parallel writes it, and as it reads it for --resume-failed", () => {
  const line = joblogLine(RECORD, "a\tb\nc");
  assert.equal(line, "2\tn1\t2.000\t     1.500\t0\t7\t0\t0\ta\tb\0c\n");
  // parallel 20221122, open_joblog()
  assert.match(line, /^(\d+)(?:\t[^\t]+){5}\t0\t0\t/);
  const failed = joblogLine({ ...RECORD, verdict: "failed", exitCode: null, node: "" }, "x");
  assert.match(failed, /^\d+\s+[^\s]+\s+([-0-9.]+\s+){6}x$/m);
});

Deno.test("joblogLine() never shows a failure as exit value 0", () => {
  const cells = joblogLine({ ...RECORD, verdict: "failed", class: "infra" }, "x").split("\t");
  assert.equal(cells[6], "-1");
});

Deno.test("openJoblog() takes an earlier call's end where that call had not come to its line", async () => {
  const path = await Deno.makeTempFile();
  const log = openJoblog(path);
  log.append(RECORD, "x");
  log.append({ ...RECORD, logs: [] }, "x", true);
  log.append({ ...RECORD, startedAt: 9000 }, "x", true);
  log.append({ ...RECORD, index: 11 }, "x", true);
  log.close();
  const starts = (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => line.split("\t", 3));
  assert.deepEqual(starts.slice(1), [["2", "n1", "2.000"], ["2", "n1", "9.000"], ["12", "n1", "2.000"]]);
  await Deno.remove(path);
});

Deno.test("openJoblog() takes an end of which only the announcement is known where no line of that attempt is there", async () => {
  const path = await Deno.makeTempFile();
  let log = openJoblog(path);
  log.append(RECORD, "x");
  const vague = { ...RECORD, node: "", startedAt: 0, finishedAt: 0 };
  log.append({ ...vague, createdAt: 2_700 }, "x", true); // the pod started within that second
  log.append({ ...vague, createdAt: 60_000 }, "x", true); // it was run again
  log.close();
  log = openJoblog(path);
  log.append({ ...vague, createdAt: 60_000 }, "x", true); // that call was killed right after the line
  log.append({ ...vague, createdAt: 2_700, index: 0 }, "x", true);
  log.append({ ...vague, createdAt: 2_700, index: 10 }, "x", true);
  log.close();
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => line.split("\t", 4));
  assert.deepEqual(lines.slice(1).map(([seq, host, start]) => `${seq} ${host} ${start}`), [
    "2 n1 2.000",
    "2 - 60.000",
    "1 - 2.700",
    "11 - 2.700",
  ]);
  assert.equal(lines.at(-1)?.[3]?.trim(), "0.000");
  await Deno.remove(path);
});

Deno.test("openJoblog() goes on after a torn line, with one header", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, "Seq\tHost\n1\ttorn");
  const log = openJoblog(path);
  log.append({ ...RECORD, isFinal: false }, "x");
  log.append(RECORD, "x");
  log.close();
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n");
  assert.equal(lines.length, 3);
  assert.equal(lines[1], "1\ttorn");
  assert.match(lines[2] ?? "", /^2\tn1\t/);
  await Deno.remove(path);
});
