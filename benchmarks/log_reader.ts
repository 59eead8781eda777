// qupods' side of the row `logs`: its harvest brings the logs of pods that have ended home, from a proxy that is there already.
// Transfer, check, fsync and link; the scheduler and the deletion are other rows' matter. Prints what it took.

import { systemClock } from "../lib/clock.ts";
import { makePods } from "../lib/cluster/pods_api.ts";
import { openHttpClient } from "../lib/cluster/transport/http_client.ts";
import { makeHarvest } from "../lib/harvest/make.ts";
import { openResults } from "../lib/results/open.ts";

interface Settings {
  readonly socket: string;
  readonly folder: string;
}

/** What it took, from the first request for a log to the last file's link. */
export interface LogReading {
  readonly seconds: number;
  /** How far the resident memory rose above where it was before. */
  readonly growthMegabytes: number;
}

const { socket, folder }: Settings = JSON.parse(Deno.args[0] ?? "");
const stop = new AbortController();
const client = openHttpClient({
  name: "kubectl proxy",
  host: "localhost",
  open: () => Deno.connect({ transport: "unix", path: socket }),
});
const pods = makePods({
  kind: "proxy",
  maxStreams: 500,
  fetch: client.send,
  [Symbol.asyncDispose]: () => Promise.resolve(client.close()),
}, { namespace: "lab", clock: systemClock, signal: stop.signal, requestTimeoutSeconds: 60 });
await using results = await openResults(folder, {
  server: "bench",
  namespace: "lab",
  via: null,
  retries: 0,
  templateHash: "",
  listHash: "",
  seed: null,
  clock: systemClock,
});
await using harvest = makeHarvest({ pods, results, clock: systemClock });
const ended = (await pods.list("bench")).pods;
// the kernel counts the peak anew from here
await Deno.writeTextFile("/proc/self/clear_refs", "5");
const before = memoryMegabytes("VmRSS");
const began = performance.now();
const collected = await Promise.all(
  ended.map((pod) => harvest.collect(pod, { verdict: "succeeded", reason: "", signal: stop.signal })),
);
const seconds = (performance.now() - began) / 1000;
const growthMegabytes = memoryMegabytes("VmHWM") - before;
const failed = collected.find(({ kind }) => kind !== "stored");
if (failed !== undefined) throw new Error(JSON.stringify(failed));
client.close();
const reading: LogReading = { seconds, growthMegabytes };
Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(reading)));

function memoryMegabytes(field: string): number {
  const status = Deno.readTextFileSync("/proc/self/status");
  return Number(new RegExp(`^${field}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? NaN) / 1024;
}
