// Looks at pods from outside: a watch of its own, by kubectl, that knows nothing of qupods. Counts the unbound, and times
// the way to a node, and from a pod's end until it is deleted.

import type { Lab } from "./lab.ts";

export interface IndependentWatch {
  /** Ends the watch; what it saw. */
  end(): Promise<
    {
      readonly peakUnbound: number;
      readonly medianBindMilliseconds: number;
      readonly seen: number;
      /** From each pod's end until it was gone, sorted. */
      readonly goneMilliseconds: readonly number[];
    }
  >;
}

/** Opens the watch and waits until it stands. */
export async function watchPods(lab: Lab): Promise<IndependentWatch> {
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
  const ended = new Map<string, number>();
  const gone: number[] = [];
  let seen = 0;
  let peakUnbound = 0;
  const reading = (async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const { type, object: { metadata: { uid }, spec, status } } = JSON.parse(line);
        const began = unbound.get(uid);
        if (type === "ADDED") seen++;
        if (type !== "DELETED" && !spec.nodeName) unbound.set(uid, began ?? performance.now());
        else if (unbound.delete(uid) && began !== undefined) latencies.push(performance.now() - began);
        peakUnbound = Math.max(peakUnbound, unbound.size);
        const isOver = status.phase === "Succeeded" || status.phase === "Failed";
        const endedAt = ended.get(uid);
        if (type === "DELETED" && endedAt !== undefined) gone.push(performance.now() - endedAt);
        else if (isOver && endedAt === undefined) ended.set(uid, performance.now());
      }
    }
  })();
  return {
    async end() {
      await new Promise((resolve) => setTimeout(resolve, 500)); // what is on its way
      child.kill("SIGTERM");
      await Promise.all([reading, child.status]);
      const sorted = latencies.sort((a, b) => a - b);
      const medianBindMilliseconds = sorted[sorted.length >> 1] ?? NaN;
      return { peakUnbound, medianBindMilliseconds, seen, goneMilliseconds: gone.sort((a, b) => a - b) };
    },
  };
}
