import assert from "node:assert/strict";
import { container } from "../../run/scheduler/test_pods.ts";
import { lost } from "./by_tape.ts";
import { openSpool } from "../tape/spool.ts";

Deno.test("lost() takes a log that was read out for unproven, but not of a container that the kubelet has lost", () => {
  const spool = openSpool("never on disk", false);
  const known = (reason: string, isReadOut: boolean) =>
    lost(container({ state: "terminated", exitCode: 0, reason }), spool, null, isReadOut).completeness;
  assert.equal(known("Completed", true), "unproven");
  assert.equal(known("Completed", false), "incomplete");
  assert.equal(known("ContainerStatusUnknown", true), "incomplete");
});
