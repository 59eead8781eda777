// Every log of the corpus by way of `kubectl … --raw`, the real one, from a server in this process: byte for byte.

import { systemClock } from "../../lib/clock.ts";
import { openRaw } from "../../lib/cluster/transport/raw.ts";
import { openScripted } from "../scripted_kubelet.ts";
import { same } from "./check.ts";
import { itemsOf, LOGS, TEMPLATE } from "./job.ts";
import { drawLog } from "./log_corpus.ts";
import { makeDraw } from "./machine.ts";
import { MEMORY_FOLDER } from "./memory_folder.ts";
import { program } from "./program.ts";
import { LEFT_OUT, type Report } from "./report.ts";
import { hasCommand } from "./whole_program.ts";

const DRAWN = 20;

/** Left out where there is no kubectl. */
export async function bringRaw(seed: number): Promise<Report> {
  if (!await hasCommand("kubectl", "version", "--client")) return { wrong: [], figures: { [LEFT_OUT]: 1 } };
  const draw = makeDraw(seed);
  const logs = [...LOGS, ...Array.from({ length: DRAWN }, () => drawLog(draw, 0.3))];
  await using cluster = openScripted((_, nth) => ({ log: logs[nth] ?? "" }), systemClock);
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, onError },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      const { method } = request;
      if (method !== "GET" && method !== "POST" && method !== "DELETE") {
        return new Response("", { status: 405 });
      }
      const body = await request.text();
      return await cluster.transport.fetch(pathname + search, { method, body });
    },
  );
  const dir = Deno.makeTempDirSync({ dir: MEMORY_FOLDER, prefix: "qupods-faults-" });
  try {
    const kubectl = ["kubectl", `--server=http://127.0.0.1:${server.addr.port}`, "--kubeconfig=/dev/null"];
    await using transport = openRaw({ kubectl, context: null, kubeconfig: null });
    const { exit } = await program(`${dir}/jobs`, itemsOf(logs.length), TEMPLATE, transport, () => {});
    const wrong = exit === 0 ? [] : [`exit status ${exit}`];
    cluster.created.forEach(({ metadata: { name } }, nth) => {
      const bytes = Deno.readFileSync(`${dir}/jobs/${name}.log`);
      if (!same(bytes, logs[nth] ?? new Uint8Array(0))) wrong.push(`${name} is not its log, byte for byte`);
    });
    return { wrong, figures: { "raw logs": cluster.created.length } };
  } finally {
    Deno.removeSync(dir, { recursive: true });
  }
}

/** A watch whose kubectl was ended. */
function onError(): Response {
  return new Response(null, { status: 500 });
}
