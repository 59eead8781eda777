import assert from "node:assert/strict";
import { rowsOf } from "./promises.ts";
import { LEFT_OUT, makeSums } from "./report.ts";

Deno.test("rowsOf() says of a kind that it was not run, and of what was left out, why", () => {
  const sums = makeSums();
  sums.add({ "raw: raw logs": 0, [`raw: ${LEFT_OUT}`]: 5 });
  const of = (family: string) => ({ runs: family === "raw" ? 5 : 0, bad: 0 });
  const seen = (promise: string) =>
    rowsOf(sums, of, { runs: 5, bad: 0 }).find((row) => row.promise.startsWith(promise))?.seen ?? "";
  assert.match(seen("P6"), /; 5 runs were left out: there is no kubectl here$/);
  assert.equal(seen("P9"), "not run");
  assert.equal(seen("P17"), "not run");
  assert.equal(seen("P20"), "5 runs, 0 bad");
});
