// Counts unbound pods from outside: a watch of its own, by kubectl, that knows nothing of qupods.

import type { Lab } from "./lab.ts";

export interface IndependentWatch {
  /** Ends the watch; what it saw. */
  end(): Promise<
    { readonly peakUnbound: number; readonly medianBindMilliseconds: number; readonly seen: number }
  >;
}

/** Opens the watch and waits until it stands. */
export async function watchUnbound(lab: Lab): Promise<IndependentWatch> {
  const path = `/api/v1/namespaces/${lab.namespace}/pods`;
  const { resourceVersion } = JSON.parse(await lab.kubectl("get", "--raw", `${path}?limit=1`)).metadata;
  const child = new Deno.Command("kubectl", {
    args: ["--context", lab.context, "get", "--raw", `${path}?watch=1&resourceVersion=${resourceVersion}`],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const unbound = new Map<string, number>();
  const latencies: number[] = [];
  let seen = 0;
  let peakUnbound = 0;
  const reading = (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { type, object: { metadata: { uid }, spec } } = JSON.parse(line);
        const began = unbound.get(uid);
        if (type === "ADDED") seen++;
        if (type !== "DELETED" && !spec.nodeName) unbound.set(uid, began ?? performance.now());
        else if (unbound.delete(uid) && began !== undefined) latencies.push(performance.now() - began);
        peakUnbound = Math.max(peakUnbound, unbound.size);
      }
    }
  })();
  return {
    async end() {
      await new Promise((resolve) => setTimeout(resolve, 500)); // what is on its way
      child.kill("SIGTERM");
      await Promise.all([reading, child.status]);
      const sorted = latencies.sort((a, b) => a - b);
      return { peakUnbound, medianBindMilliseconds: sorted[sorted.length >> 1] ?? NaN, seen };
    },
  };
}
