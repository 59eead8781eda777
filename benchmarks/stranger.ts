// Somebody else at the API server: lists its pods, of which there are none, five times a second, and notes how long that takes.

import { Agent, request } from "node:http";
import type { Lab } from "./lab.ts";

export interface Stranger {
  /** Stops it. Milliseconds of each list, sorted, and how many were refused. */
  end(): Promise<{ readonly milliseconds: readonly number[]; readonly refused: number }>;
}

const PAUSE_MILLISECONDS = 200;

/** @param user who is impersonated: has a flow of its own */
export async function startStranger(lab: Lab, user: string): Promise<Stranger> {
  const socketPath = `${await lab.folder()}/proxy.sock`;
  const proxy = new Deno.Command("kubectl", {
    args: ["--as", user, "proxy", `--unix-socket=${socketPath}`],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const said = proxy.stdout.getReader();
  await said.read(); // "Starting to serve on …"
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const path = `/api/v1/namespaces/${lab.namespace}/pods?labelSelector=bench%3Dstranger`;
  const ask = () =>
    new Promise<number>((resolve, reject) => {
      const out = request({ socketPath, path, agent }, (answer) => {
        answer.resume();
        answer.on("error", reject);
        answer.on("end", () => resolve(answer.statusCode ?? 0));
      });
      out.on("error", reject);
      out.end();
    });
  await ask(); // the connection, and the server's first look at the user's rights
  const stop = new AbortController();
  const milliseconds: number[] = [];
  let refused = 0;
  const asking = (async () => {
    while (!stop.signal.aborted) {
      const began = performance.now();
      const status = await ask();
      if (status === 429) refused++;
      else if (status === 200) milliseconds.push(performance.now() - began);
      else throw new Error(`HTTP ${status} for ${user}`);
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MILLISECONDS));
    }
  })();
  return {
    async end() {
      stop.abort();
      try {
        await asking;
      } finally {
        agent.destroy();
        proxy.kill("SIGTERM");
        await said.cancel();
        await proxy.status;
      }
      return { milliseconds: milliseconds.sort((a, b) => a - b), refused };
    },
  };
}
