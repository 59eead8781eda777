// One log, followed by a clock that stands: for the tests of this room.

import type { ContainerView } from "../../cluster/pod.ts";
import { container, pod } from "../../run/scheduler/test_pods.ts";
import { standingClock } from "../../test_clock.ts";
import { type FakeKubelet, makeFakeKubelet } from "../fake_kubelet.ts";
import { openSpool, type Spool } from "../tape/spool.ts";
import { strip } from "../tape/strip.ts";
import { type Follow, follow } from "./follow.ts";

/** A kubelet with one log, and what follows it. */
export interface Bench {
  readonly kubelet: FakeKubelet;
  readonly spool: Spool;
  readonly following: Follow;
  /** So much time goes by. */
  pass(milliseconds: number): Promise<void>;
  /** How the tape, timestamps taken off, differs from what was written; empty if it does not. */
  difference(): Promise<string>;
  /** Writes so many numbered lines, of 100 bytes with their timestamps. */
  write(count: number): void;
}

/** A log that is followed by a clock that stands. */
export async function bench(
  work: (bench: Bench) => Promise<void>,
  settings: { readonly isDeaf?: boolean; readonly view?: Partial<ContainerView> } = {},
): Promise<void> {
  const path = await Deno.makeTempFile();
  const kubelet = makeFakeKubelet();
  kubelet.areStreamsDeaf = settings.isDeaf ?? false;
  const clock = standingClock();
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
export const MUCH = 3_000;
