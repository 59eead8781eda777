// qupods' side of the row `logs`: its harvest brings the logs of pods that have ended home, from a proxy that is there already.
// Transfer, check, fsync and link; the scheduler and the deletion are other rows' matter. Prints what it took.

import { systemClock } from "../lib/clock.ts";
import { makePods } from "../lib/cluster/pods_api.ts";
import { openHttpClient } from "../lib/cluster/transport/http_client.ts";
import { makeHarvest } from "../lib/harvest/make.ts";
import { openResults } from "../lib/results/open.ts";
import { measureReading } from "./log_reading.ts";

interface Settings {
  readonly socket: string;
  readonly folder: string;
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
await measureReading(async () => {
  const collected = await Promise.all(
    ended.map((pod) => harvest.collect(pod, { verdict: "succeeded", reason: "", signal: stop.signal })),
  );
  const failed = collected.find(({ kind }) => kind !== "stored");
  if (failed !== undefined) throw new Error(JSON.stringify(failed));
});
client.close();
