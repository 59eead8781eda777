import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeLine, encodeLine, isSameHash, nameIn, seal } from "./line.ts";
import type { EndRecord, JournalRecord } from "./record.ts";

const HASH = "a0dc783c7544669b78e4b05c27579d731554cfa53f90b94b301d947605677406";
const END: EndRecord = {
  kind: "end",
  name: "shard-099999",
  hash: HASH,
  index: 99999,
  attempt: 1,
  uid: "bde51e4d-c587-43c8-970c-b98bf1892ce8",
  verdict: "succeeded",
  isFinal: true,
  class: "success",
  reason: "exit code 0",
  exitCode: 0,
  signal: null,
  node: "gke-main-pool-1a2b",
  createdAt: 1795570137000,
  startedAt: 1795570137000,
  finishedAt: 1795570137000,
  logs: [{ container: "main", file: "shard-099999.log", bytes: 460, completeness: "proven" }],
};

const textOf = (record: JournalRecord) => new TextDecoder().decode(encodeLine(record)).trimEnd();

Deno.test("encodeLine() leaves out what the rest of a line tells, and decodeLine() puts it back", () => {
  const logs = fc.array(fc.record({
    container: fc.constantFrom("main", "side"),
    file: fc.constantFrom("p.log", "p.err", "p.d/1/side.log"),
    bytes: fc.nat(),
    completeness: fc.constantFrom("proven", "followed", "unproven", "incomplete", "none"),
  }));
  const end = fc.record({
    kind: fc.constant("end"),
    name: fc.constant("p"),
    hash: fc.constant(HASH),
    index: fc.nat(),
    attempt: fc.nat(),
    uid: fc.constantFrom("", "u-1"),
    verdict: fc.constantFrom("succeeded", "failed"),
    isFinal: fc.boolean(),
    class: fc.constantFrom("success", "app", "infra"),
    reason: fc.constantFrom("", "exit code 0", "exit code 3", "Evicted: why"),
    exitCode: fc.constantFrom(null, 0, 3),
    signal: fc.constantFrom(null, 9),
    node: fc.constantFrom("", "n"),
    createdAt: fc.nat(),
    startedAt: fc.nat(),
    finishedAt: fc.nat(),
    logs,
  });
  fc.assert(fc.property(end, (record) => {
    const plain = JSON.parse(JSON.stringify(record));
    assert.deepEqual(decodeLine(textOf(plain)), { ...plain, hash: HASH.slice(0, 16) });
  }));
  const intent = { kind: "intent", name: "p", attempt: 1, hash: HASH, at: 7 } as const;
  assert.deepEqual(decodeLine(textOf(intent)), { ...intent, hash: HASH.slice(0, 16) });
});

Deno.test("an item that succeeds takes no more than 400 bytes of the journal", () => {
  const intent: JournalRecord = { kind: "intent", name: END.name, attempt: 1, hash: HASH, at: END.createdAt };
  const bytes = encodeLine(intent).length + encodeLine(END).length;
  assert.ok(bytes <= 400, `${bytes} bytes`);
});

Deno.test("decodeLine() reads lines of earlier versions, which left nothing out, and none that is not whole", () => {
  assert.deepEqual(decodeLine(seal(JSON.stringify(END)).trimEnd()), END);
  const intent = { kind: "intent", name: "p", hash: HASH, attempt: 2, at: 7 };
  assert.deepEqual(decodeLine(seal(JSON.stringify(intent)).trimEnd()), intent);
  const number = { kind: "intent", name: "p", attempt: 2, at: 7 };
  assert.deepEqual(decodeLine(seal(JSON.stringify(number)).trimEnd()), number);
  const text = textOf(END);
  for (const wrong of ["", "00000000 ", text.slice(0, -1), text.replace("99999", "99998"), text.slice(1)]) {
    assert.equal(decodeLine(wrong), null, wrong);
  }
});

Deno.test("isSameHash() takes whole hashes and their beginnings, and nothing for nothing", () => {
  assert.ok(isSameHash(HASH, HASH));
  assert.ok(isSameHash(HASH.slice(0, 16), HASH));
  for (const other of ["", HASH.slice(0, 15), "b" + HASH.slice(1), "b" + HASH.slice(1, 16)]) {
    assert.ok(!isSameHash(other, HASH), other);
  }
});

Deno.test("nameIn() finds the name of every kind of line", () => {
  assert.equal(nameIn(textOf(END)), END.name);
  assert.equal(nameIn(textOf({ kind: "intent", name: "p.1", attempt: 1, at: 0 })), "p.1");
  assert.equal(nameIn("garbage"), "");
});
