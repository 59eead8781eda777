// The least that a program like qupods does for the row `logs`: each log is asked for once with its timestamps, by the same
// HTTP client, and what comes is written as it is, and fsynced. Nothing is checked, nothing taken apart. Prints what it took.

import { openHttpClient } from "../lib/cluster/transport/http_client.ts";
import { measureReading } from "./log_reading.ts";

interface Settings {
  readonly socket: string;
  readonly folder: string;
  readonly count: number;
  readonly atOnce: number;
}

const { socket, folder, count, atOnce }: Settings = JSON.parse(Deno.args[0] ?? "");
const client = openHttpClient({
  name: "kubectl proxy",
  host: "localhost",
  open: () => Deno.connect({ transport: "unix", path: socket }),
});

await measureReading(async () => {
  let next = 0;
  await Promise.all(Array.from({ length: atOnce }, async () => {
    while (next < count) await read(next++);
  }));
});
client.close();

async function read(at: number): Promise<void> {
  const path = `/api/v1/namespaces/lab/pods/log-${at}/log?container=main&timestamps=true`;
  const { status, body } = await client.send(path, { isStream: true, isBorrowed: true });
  if (status !== 200) throw new Error(`${path}: ${status}`);
  using file = await Deno.open(`${folder}/log-${at}.log`, { write: true, createNew: true });
  for await (const chunk of body ?? []) {
    for (let rest = chunk; rest.length > 0;) rest = rest.subarray(await file.write(rest));
  }
  await file.sync();
}
