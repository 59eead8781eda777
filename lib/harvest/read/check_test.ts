import assert from "node:assert/strict";
import { check } from "./check.ts";
import { copyOnTape } from "../tape/copy.ts";
import { makeFakeKubelet } from "../fake_kubelet.ts";
import { fetchOnto } from "./read_log.ts";
import { openSpool, type Spool } from "../tape/spool.ts";

const RECORD = 16 * 1024;
const { signal } = new AbortController();

/** A kubelet with records of a line that is far too long for one. */
function longLine(records: number) {
  const kubelet = makeFakeKubelet();
  for (let n = 0; n < records; n++) kubelet.write("x".repeat(RECORD));
  kubelet.write("x\n");
  return kubelet;
}

async function inFolder(work: (spool: Spool) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const spool = openSpool(`${folder}/tape`, false);
  await work(spool);
  spool.remove();
  await Deno.remove(folder, { recursive: true });
}

Deno.test("check() takes no large log for whole that was cut within its last, very long line", () =>
  inFolder(async (spool) => {
    const kubelet = longLine(12);
    kubelet.lie("cut clean", 1);
    await fetchOnto(spool, kubelet.pods, "p", { container: "c", signal });
    const options = { isFollowed: false, signal };
    assert.deepEqual(await check(copyOnTape(spool), kubelet.pods, "p", "c", options), { kind: "differs" });
    spool.clear();
    await fetchOnto(spool, kubelet.pods, "p", { container: "c", signal });
    assert.deepEqual(await check(copyOnTape(spool), kubelet.pods, "p", "c", options), { kind: "whole" });
  }));

Deno.test("check() knows the end of a followed log whose beginning was rotated away by all of its text", () =>
  inFolder(async (spool) => {
    const kubelet = longLine(12);
    await fetchOnto(spool, kubelet.pods, "p", { container: "c", signal });
    kubelet.rotate();
    for (let n = 0; n < 6; n++) kubelet.write("y".repeat(RECORD));
    await fetchOnto(spool, kubelet.pods, "p", { container: "c", signal });
    const options = { isFollowed: true, signal };
    assert.equal((await check(copyOnTape(spool), kubelet.pods, "p", "c", options)).kind, "part");
    kubelet.lie("error text", 1, 1);
    assert.equal((await check(copyOnTape(spool), kubelet.pods, "p", "c", options)).kind, "differs");
  }));
