import assert from "node:assert/strict";
import { openSpool, reopenSpool, type Spool } from "./spool.ts";

const encoder = new TextEncoder();
const FIRST = "2026-01-01T00:00:00.000000001Z a\n";
const SECOND = "2026-01-01T00:00:03.000000002Z b\n";

async function textOf(spool: Spool): Promise<string> {
  let text = "";
  await spool.read((chunk) => {
    text += new TextDecoder().decode(chunk);
  });
  return text;
}

Deno.test("openSpool() goes on behind what it has when it was closed", async () => {
  for (const isDurable of [true, false]) {
    const path = await Deno.makeTempFile();
    const spool = openSpool(path, isDurable);
    spool.append(encoder.encode(FIRST));
    spool.close();
    spool.append(encoder.encode(SECOND));
    spool.close();
    spool.truncate(FIRST.length);
    spool.append(encoder.encode(SECOND));
    assert.equal(await textOf(spool), FIRST + SECOND, `durable: ${isDurable}`);
    assert.equal(spool.bytes, FIRST.length + SECOND.length);
    spool.close();
    spool.remove();
  }
});

Deno.test("openSpool() knows the times of its lines", async () => {
  for (const isDurable of [true, false]) {
    const spool = openSpool(await Deno.makeTempFile(), isDurable);
    spool.append(encoder.encode(FIRST + SECOND));
    assert.equal(spool.holds("2026-01-01T00:00:03.000000002Z"), true);
    assert.equal(spool.holds("2026-01-01T00:00:02.000000002Z"), false);
    spool.remove();
  }
});

Deno.test("reopenSpool() takes up a tape without the timestamp that a crash has cut, and sees its pauses", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, FIRST + SECOND + "2026-01-01T00:00:03.0");
  const spool = await reopenSpool(path);
  assert.equal(await textOf(spool), FIRST + SECOND);
  assert.deepEqual([spool.firstTime, spool.end.time], [
    "2026-01-01T00:00:00.000000001Z",
    "2026-01-01T00:00:03.000000002Z",
  ]);
  assert.equal(spool.hasOldPause, true);
  assert.equal(spool.firstSecondBytes, FIRST.length);
  spool.remove();
});
