import assert from "node:assert/strict";
import { UsageError } from "../errors.ts";
import { openFileLimit, streamsWithin } from "./open_files.ts";

Deno.test("as many logs are followed as there are files for, and no run begins with too few", () => {
  assert.equal(streamsWithin(Infinity), Infinity);
  assert.equal(streamsWithin(1024), 384);
  assert.equal(streamsWithin(288), 16);
  assert.throws(() => streamsWithin(287), (error) => {
    assert.ok(error instanceof UsageError);
    assert.match(
      error.message,
      /^Cannot run with no more than 287 open files as a run takes 288; type ulimit -n/,
    );
    return true;
  });
});

Deno.test("the limit is the one that this process has", { ignore: Deno.build.os !== "linux" }, () => {
  const { stdout } = new Deno.Command("sh", { args: ["-c", "ulimit -n"] }).outputSync();
  assert.equal(openFileLimit(), Number(new TextDecoder().decode(stdout)));
});
