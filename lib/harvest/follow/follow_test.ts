import assert from "node:assert/strict";
import type { Clock } from "../../clock.ts";
import type { ContainerView } from "../../cluster/pod.ts";
import { container, pod } from "../../run/scheduler/test_pods.ts";
import { type FakeKubelet, makeFakeKubelet } from "../fake_kubelet.ts";
import { type Follow, follow } from "./follow.ts";
import { strip } from "../tape/strip.ts";
import { openSpool, type Spool } from "../tape/spool.ts";

interface Bench {
  readonly kubelet: FakeKubelet;
  readonly spool: Spool;
  readonly following: Follow;
  /** So much time goes by, in steps of a tenth of a second. */
  pass(milliseconds: number): Promise<void>;
  /** How the tape, timestamps taken off, differs from what was written; empty if it does not. */
  difference(): Promise<string>;
  /** Writes so many numbered lines, of 100 bytes with their timestamps. */
  write(count: number): void;
}

/** A clock that stands still until `pass`. */
function steppedClock(): Clock & { pass(milliseconds: number): Promise<void> } {
  let now = 0;
  const sleepers = new Set<{ readonly due: number; wake(): void }>();
  const settle = () => new Promise((resolve) => setTimeout(resolve, 0));
  return {
    now: () => now,
    monotonic: () => now,
    sleep(milliseconds, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper = {
          due: now + milliseconds,
          wake() {
            sleepers.delete(sleeper);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => {
          sleepers.delete(sleeper);
          reject(signal.reason);
        });
      });
    },
    async pass(milliseconds) {
      for (const end = now + milliseconds; now < end;) {
        now += 100;
        for (const sleeper of [...sleepers]) if (sleeper.due <= now) sleeper.wake();
        await settle();
      }
    },
  };
}

async function bench(
  work: (bench: Bench) => Promise<void>,
  settings: { readonly isDeaf?: boolean; readonly view?: Partial<ContainerView> } = {},
): Promise<void> {
  const path = await Deno.makeTempFile();
  const kubelet = makeFakeKubelet();
  kubelet.areStreamsDeaf = settings.isDeaf ?? false;
  const clock = steppedClock();
  const spool = openSpool(path, true);
  const view = container({ state: "running", ...settings.view });
  const alone = { longestPause: () => 30_000, heard: () => {} };
  const following = follow(kubelet.pods, clock, pod("p", "u"), view, Promise.resolve(spool), alone);
  let count = 0;
  try {
    await clock.pass(100);
    await work({
      kubelet,
      spool,
      following,
      async pass(milliseconds) {
        kubelet.pass(milliseconds);
        await clock.pass(milliseconds);
      },
      async difference() {
        const decoder = new TextDecoder();
        let text = "";
        await strip(spool, (bytes) => {
          text += decoder.decode(bytes);
        });
        const [had, all] = [text.split("\n"), decoder.decode(kubelet.all).split("\n")];
        const line = all.findIndex((line, place) => line !== had[place]);
        if (line >= 0) return `line ${line} of ${all.length} is ${had[line]}`;
        return had.length > all.length ? `${had.length - all.length} lines too many` : "";
      },
      write(lines) {
        for (let i = 0; i < lines; i++) {
          kubelet.write(String(count++).padStart(8, "0").padEnd(68, "x") + "\n");
        }
      },
    });
  } finally {
    await following.stop();
    spool.remove();
  }
}

/** More than a log that is looked after has, in lines of `write`. */
const MUCH = 3_000;

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
