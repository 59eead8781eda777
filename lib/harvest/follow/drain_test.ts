import assert from "node:assert/strict";
import { bench } from "./test_follow.ts";

Deno.test("drain() reads a small log of a leaving pod to the end of its stream, where its name is not to be had any more", async () => {
  await bench(async ({ kubelet, following, pass, difference, write }) => {
    write(10);
    await pass(100);
    kubelet.lie("gone", 100);
    const { signal } = new AbortController();
    const drained = following.drain(true, signal);
    await pass(1_000);
    write(10);
    assert.equal(following.isReadOut, false);
    kubelet.end();
    await pass(1_000);
    await drained;
    assert.equal(await difference(), "");
    assert.equal(following.isReadOut, true);
  });
});

Deno.test("drain() waits for no stream where a leaving pod's small log is known to be whole", async () => {
  await bench(async ({ following, pass, write }) => {
    write(10);
    await pass(100);
    const { signal } = new AbortController();
    let isDrained = false;
    const drained = following.drain(true, signal).then(() => {
      isDrained = true;
    });
    await pass(200);
    assert.equal(isDrained, true);
    await drained;
    assert.equal(following.isReadOut, true);
  });
});

Deno.test("drain() says of a log whose stream was refused before its container had ended that it was not read out", async () => {
  await bench(async ({ kubelet, following, pass, write }) => {
    write(10);
    await pass(100);
    kubelet.refuseStreams = true;
    kubelet.close(); // a kubelet that dies ends its streams so
    write(1);
    await pass(2_000);
    kubelet.lie("gone", 100);
    const { signal } = new AbortController();
    const drained = following.drain(true, signal);
    await pass(8_000);
    await drained;
    assert.equal(following.isReadOut, false);
  });
});
