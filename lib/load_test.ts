import assert from "node:assert/strict";
import { UsageError } from "./errors.ts";
import { load } from "./load.ts";

Deno.test("load() gives the module, and says of one that cannot be had what to see to", async () => {
  assert.equal((await load(import("./bytes.ts"))).joined([]).length, 0);
  const why =
    "Failed caching npm package 'yaml@2.9.1'\n    0: error sending request\n    1: invalid peer certificate";
  await assert.rejects(
    load(Promise.reject(new TypeError(why))),
    (error) =>
      error instanceof UsageError &&
      error.message.startsWith(`Cannot load all of qupods: ${why}\nAt its first start`),
  );
});
