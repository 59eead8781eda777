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

Deno.test("openSpool() has one content in memory and on disk, whatever comes, goes and stays", async () => {
  for (const size of [100, 7_000, 20_000]) {
    const path = await Deno.makeTempFile();
    const spool = openSpool(path, true);
    let expected = "";
    for (let step = 0; step < 6; step++) {
      const text = `${step}`.repeat(size);
      spool.append(encoder.encode(text));
      expected += text;
      if (step % 2 === 1) {
        expected = expected.slice(0, -size / 2);
        spool.truncate(expected.length);
      }
      assert.equal(await textOf(spool), expected, `step ${step} of ${size}`);
      assert.equal(await Deno.readTextFile(path), expected, `file, step ${step} of ${size}`);
    }
    spool.remove();
  }
});

Deno.test("openSpool() reads a small tape without the disk, and a larger one from it", async () => {
  const path = await Deno.makeTempFile();
  const spool = openSpool(path, true);
  spool.append(encoder.encode(FIRST));
  await Deno.writeTextFile(path, SECOND);
  assert.equal(await textOf(spool), FIRST);
  spool.append(encoder.encode("x".repeat(20_000)));
  await Deno.writeTextFile(path, "of the disk");
  assert.equal(await textOf(spool), "of the disk");
  spool.remove();
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

Deno.test("reopenSpool() takes up a tape without the timestamp that a crash has cut, and knows that it is one", async () => {
  const path = await Deno.makeTempFile();
  await Deno.writeTextFile(path, FIRST + SECOND + "2026-01-01T00:00:03.0");
  const spool = await reopenSpool(path);
  assert.equal(await textOf(spool), FIRST + SECOND);
  assert.deepEqual([spool.firstTime, spool.end.time], [
    "2026-01-01T00:00:00.000000001Z",
    "2026-01-01T00:00:03.000000002Z",
  ]);
  assert.equal(spool.isInherited, true);
  assert.equal(spool.firstSecondBytes, FIRST.length);
  spool.remove();
});

Deno.test("reopenSpool() cuts off the zeros that a power cut leaves at a file's end, and no others", async () => {
  const path = await Deno.makeTempFile();
  const within = `2026-01-01T00:00:01.000000001Z ${"\0".repeat(200_000)}a\0\n`;
  for (const torn of ["", "2026-01-01T00:00:03.000000002Z b", "2026-01-01T00:0"]) {
    for (const zeros of [0, 1, 64 * 1024, 150_000]) {
      await Deno.writeTextFile(path, FIRST + within + torn + "\0".repeat(zeros));
      const spool = await reopenSpool(path);
      const kept = FIRST + within + (torn.includes("Z ") ? torn : "");
      assert.ok(await textOf(spool) === kept, `${torn}, ${zeros} zeros`);
      assert.equal(spool.end.isTorn, torn.includes("Z "));
      spool.close();
    }
  }
  await Deno.remove(path);
});
