// Whether an incomplete log can come home unnoticed: the harvest brings logs from a kubelet that lies (tests/faults/
// log_lies.ts), and from an honest one, where nothing may be found fault with. Knows one log at a time, no pods' fates.

import type { PodView } from "../../lib/cluster/pod.ts";
import type { Pods } from "../../lib/cluster/pods.ts";
import { joined } from "../../lib/bytes.ts";
import { bring } from "../../lib/harvest/bring/bring.ts";
import type { Brought } from "../../lib/harvest/bring/brought.ts";
import { type FakeKubelet, makeFakeKubelet } from "../../lib/harvest/fake_kubelet.ts";
import { follow } from "../../lib/harvest/follow/follow.ts";
import { openSpool, type Spool } from "../../lib/harvest/tape/spool.ts";
import { strip } from "../../lib/harvest/tape/strip.ts";
import { quickClock } from "../../lib/harvest/test_bench.ts";
import type { StagedFile } from "../../lib/results/results.ts";
import { container, pod } from "../../lib/run/scheduler/test_pods.ts";
import { same } from "./check.ts";
import { drawLog, recordsOf } from "./log_corpus.ts";
import { type Lie, LIES, lyingPods } from "./log_lies.ts";
import { makeDraw } from "./machine.ts";
import { MEMORY_FOLDER } from "./memory_folder.ts";
import type { Report } from "./report.ts";

const START = "2026-01-01T00:00:00Z";
const RUNNING = container({ state: "running", startedAt: START });
const ENDED = container({ state: "terminated", exitCode: 0, startedAt: START });
const VIEW: PodView = pod("p", "u", { nodeName: "n", phase: "Succeeded", containers: [ENDED] });
/** Where a tape lies that is too large for memory; one at a time. */
const TAPE = `${MEMORY_FOLDER}/qupods-log-${Deno.pid}`;
const LIES_A_RUN = 100;
const LOGS_A_RUN = 1_000;

/**
 * Brings logs until a hundred answers were lies; never two in a row, nor the same twice: what is told alike by two transfers is
 * beyond anybody.
 */
export async function bringUnderLies(seed: number): Promise<Report> {
  const draw = makeDraw(seed * 6151);
  const wrong: string[] = [];
  let requests = 0;
  let told = 0;
  let doubted = 0;
  for (let nth = 0; told < LIES_A_RUN; nth++) {
    const kubelet = makeFakeKubelet();
    const mark = `log ${nth}`;
    let wasLie = false;
    let last: Lie | null = null;
    const lies: string[] = [];
    const liar = lyingPods(kubelet.pods, () => {
      wasLie = !wasLie && draw() < 0.5;
      const others = LIES.filter((lie) => lie !== last);
      const lie = wasLie ? others[Math.floor(draw() * others.length)] ?? "empty" : null;
      last = lie ?? last;
      lies.push(lie ?? "honest");
      return lie;
    }, draw);
    const { brought, bytes } = await bringLog(kubelet, liar.pods, drawLog(draw, 0.4), draw() < 0.3);
    told += liar.told;
    requests += kubelet.requests;
    const isWhole = same(bytes, kubelet.all);
    const isTold = brought.completeness !== "proven" && brought.completeness !== "followed";
    if (!isWhole && !isTold) {
      const sizes = `${bytes.length} of ${kubelet.all.length} bytes are called ${brought.completeness}`;
      wrong.push(`${mark}: ${sizes}, after: ${lies.join(", ")}`);
    }
    if (isTold) doubted++;
  }
  return {
    wrong,
    figures: { requests, "lies about logs": told, "silent losses": wrong.length, "logs doubted": doubted },
  };
}

/** Brings a thousand logs from an honest kubelet: each must be whole, proven, and asked for no more often than need be. */
export async function bringHonest(seed: number): Promise<Report> {
  const draw = makeDraw(seed * 12289);
  const wrong: string[] = [];
  let requests = 0;
  for (let nth = 0; nth < LOGS_A_RUN; nth++) {
    const kubelet = makeFakeKubelet();
    const log = drawLog(draw, 0.06);
    const isFollowed = draw() < 0.1;
    const { brought, bytes } = await bringLog(kubelet, kubelet.pods, log, isFollowed);
    requests += kubelet.requests;
    const what = `log ${nth} (${log.length} bytes${isFollowed ? ", followed" : ""})`;
    if (!same(bytes, log)) wrong.push(`${what} came home with ${bytes.length} bytes`);
    else if (brought.completeness !== "proven") wrong.push(`${what} is called ${brought.completeness}`);
    else if (!isFollowed && kubelet.requests > 3) wrong.push(`${what} took ${kubelet.requests} requests`);
  }
  return { wrong, figures: { requests, "good logs": LOGS_A_RUN, "false alarms": wrong.length } };
}

/** One log from its first line to its tape's end. */
async function bringLog(
  kubelet: FakeKubelet,
  pods: Pods,
  log: Uint8Array,
  isFollowed: boolean,
): Promise<{ readonly brought: Brought; readonly bytes: Uint8Array }> {
  const clock = quickClock();
  const { signal } = new AbortController();
  const spool = openSpool(TAPE, false);
  kubelet.pod = VIEW;
  const records = recordsOf(log);
  const half = isFollowed ? records.length >> 1 : records.length;
  for (const record of records.slice(0, half)) kubelet.write(record);
  const alone = { longestPause: () => 30_000, heard: () => {} };
  const followed = isFollowed ? follow(pods, clock, VIEW, RUNNING, Promise.resolve(spool), alone) : null;
  if (followed !== null) {
    await clock.sleep(100, signal);
    for (const record of records.slice(half)) kubelet.write(record);
  }
  kubelet.end();
  const isLeaving = records.length % 2 === 0;
  await followed?.drain(isLeaving, signal);
  await followed?.stop();
  const patienceMilliseconds = 900_000;
  const aside = (wait: () => Promise<void>) => wait();
  const options = {
    pods,
    clock,
    spool,
    followed,
    isFollowed,
    patienceMilliseconds,
    isRotated: true,
    onUnread: () => {},
    stage,
    aside,
    signal,
  };
  const brought = await bring(VIEW, ENDED, options);
  const bytes = brought.file === null ? await textOf(spool) : await Deno.readFile(brought.file.path);
  await brought.file?.drop();
  spool.remove();
  return { brought, bytes };
}

async function textOf(spool: Spool): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  await strip(spool, (bytes) => void pieces.push(bytes.slice()));
  return joined(pieces);
}

/** A file for one log's text. */
function stage(): Promise<StagedFile> {
  const path = `${TAPE}.text`;
  Deno.writeFileSync(path, new Uint8Array(0));
  return Promise.resolve({
    path,
    bytes: 0, // nobody asks
    write: (chunk: Uint8Array) => Deno.writeFile(path, chunk, { append: true }),
    drop: () => Deno.remove(path),
  });
}
