import assert from "node:assert/strict";
import { pod } from "../../run/scheduler/test_pods.ts";
import { bench, MUCH } from "./test_follow.ts";

Deno.test("follow() gets the file that a stream skips as it did not hear of the rotation", async () => {
  await bench(async ({ kubelet, following, pass, difference, write }) => {
    write(MUCH);
    await pass(1_100);
    kubelet.rotate();
    for (let second = 0; second < 3; second++) {
      write(1_000);
      await pass(1_000);
    }
    kubelet.rotate(); // now the first stream wakes up in the newest file, and would have skipped one
    write(1_000);
    await pass(3_000);
    kubelet.end();
    await pass(1_000);
    const { lookout } = await following.tape;
    assert.equal(await difference(), "");
    assert.deepEqual([lookout.hasMissed, lookout.isWaiting, following.hasGap], [false, false, false]);
    assert.equal(following.hasEnded, true);
  }, { isDeaf: true });
});

Deno.test("follow() leaves a silent stream for the next file, also where no other rotation comes", async () => {
  await bench(async ({ kubelet, following, pass, difference, write }) => {
    write(MUCH);
    await pass(1_100);
    kubelet.rotate();
    write(1_000);
    await pass(9_000);
    assert.equal(await difference(), "");
    assert.equal((await following.tape).lookout.isWaiting, false);
  }, { isDeaf: true });
});

Deno.test("follow() needs no other stream where the first one goes over to the new file", async () => {
  await bench(async ({ kubelet, following, pass, difference, write }) => {
    write(MUCH);
    for (let file = 0; file < 4; file++) {
      await pass(2_000);
      kubelet.rotate();
      write(1_000);
    }
    await pass(2_000);
    assert.equal(kubelet.followed, 1);
    assert.equal(await difference(), "");
    assert.equal((await following.tape).lookout.hasMissed, false);
  });
});

Deno.test("follow() splices lines that a rotation has split, whether the stream goes on or skips a file", async () => {
  for (const isDeaf of [false, true]) {
    await bench(async ({ kubelet, following, pass, difference, write }) => {
      write(MUCH);
      for (let file = 0; file < 4; file++) {
        kubelet.write("split ");
        await pass(1_500);
        kubelet.rotate();
        kubelet.write(`over two files, ${file}\n`);
        write(1_000);
        await pass(1_500);
      }
      await pass(9_000);
      assert.equal(await difference(), "", `deaf: ${isDeaf}`);
      const { lookout } = await following.tape;
      assert.deepEqual([lookout.hasMissed, lookout.isWaiting, following.hasGap], [false, false, false]);
    }, { isDeaf });
  }
});

Deno.test("follow() says that a file is missing that it saw, but that no stream brought", async () => {
  await bench(async ({ kubelet, following, pass, write }) => {
    write(MUCH);
    await pass(1_100);
    kubelet.rotate();
    write(1_000);
    kubelet.refuseStreams = true;
    await pass(3_000);
    kubelet.pass(3_000);
    kubelet.rotate();
    write(1_000);
    await pass(3_000);
    assert.equal((await following.tape).lookout.hasMissed, true);
  }, { isDeaf: true });
});

Deno.test("follow() knows a gap between a stream that was cut and what the server has afterwards", async () => {
  await bench(async ({ kubelet, following, pass, write }) => {
    write(10);
    await pass(100);
    kubelet.cut();
    write(10);
    kubelet.rotate();
    write(10);
    await pass(1_000);
    assert.equal(following.hasGap, true);
  });
});

Deno.test("follow() opens a stream that was cut again as soon as there is news, and does not wait for its pause", async () => {
  await bench(async ({ kubelet, following, pass, difference, write }) => {
    write(10);
    await pass(100);
    kubelet.refuseStreams = true;
    kubelet.cut();
    write(10);
    await pass(20_000);
    kubelet.refuseStreams = false;
    await pass(1_000);
    assert.equal(kubelet.followed, 1, "the pause has grown to half a minute");
    following.hasten();
    await pass(200);
    assert.equal(kubelet.followed, 2);
    assert.equal(await difference(), "");
  });
});

Deno.test("follow() takes a 404 for passing while the pod stands, and for the end where it does not", async () => {
  for (const [owner, streams] of [[pod("p", "u"), 2], [pod("p", "another"), 1], [null, 1]] as const) {
    await bench(async ({ kubelet, following, pass, difference, write }) => {
      kubelet.pod = owner;
      write(10);
      await pass(100);
      kubelet.lie("gone", 1);
      kubelet.cut();
      write(10);
      await pass(5_000);
      following.hasten();
      await pass(5_000);
      assert.equal(kubelet.followed, streams);
      if (streams === 2) assert.equal(await difference(), "");
    });
  }
});

Deno.test("follow() takes an end for a cut if the container turns out to have run on", async () => {
  for (const kind of ["app", "sidecar"] as const) {
    await bench(async ({ kubelet, following, pass, write }) => {
      write(10);
      await pass(100);
      kubelet.close();
      write(10);
      kubelet.rotate();
      write(10);
      await pass(10_000);
      kubelet.close();
      await pass(100);
      // a sidecar may have been started again, with a new log
      assert.equal(following.hasGap, kind === "app", kind);
    }, { view: { kind } });
  }
});

Deno.test("follow() knows a gap between a stream that ended early and the file on which the next one waited", async () => {
  await bench(async ({ kubelet, following, pass, write }) => {
    write(MUCH);
    await pass(1_100);
    kubelet.close();
    kubelet.refuseStreams = true;
    await pass(100);
    write(1_000);
    await pass(700);
    kubelet.rotate();
    write(1_000);
    // a look finds the new file, and a stream is opened on it before the broken one is taken up again
    kubelet.refuseStreams = false;
    await pass(10_000);
    assert.equal(following.hasGap, true);
  });
});
