// A watch that knows nothing of qupods' own books: what the server has seen of a test's pods.

import { context, output } from "./cluster.ts";

/** What an independent watch of the pods with a label has seen. */
export interface Observer extends AsyncDisposable {
  /** Most pods at once that existed without a node and without a gate. */
  readonly peakPending: number;
  /** Most pods at once that existed and were not finished. */
  readonly peakUnfinished: number;
  /** UIDs by pod name, in the order of their coming. */
  readonly uids: ReadonlyMap<string, readonly string[]>;
}

/** Watches the pods whose label `e2e` is the mark, in the ordinary user's namespace, apart from qupods and its books. */
export async function observe(mark: string): Promise<Observer> {
  const space = await output(
    "kubectl",
    "--context",
    context,
    "config",
    "view",
    "--minify",
    "-o",
    "jsonpath={..namespace}",
  );
  const path = `/api/v1/namespaces/${space || "default"}/pods?watch=1&labelSelector=e2e%3D${mark}`;
  const child = new Deno.Command("kubectl", {
    args: ["--context", context, "get", "--raw", path],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const live = new Map<string, { isPending: boolean; isUnfinished: boolean }>();
  const uids = new Map<string, string[]>();
  const peak = { pending: 0, unfinished: 0 };
  const take = ({ type, object: pod }: PodEvent) => {
    const { name, uid } = pod.metadata;
    if (!uids.get(name)?.includes(uid)) uids.set(name, [...uids.get(name) ?? [], uid]);
    const isUnfinished = pod.status.phase !== "Succeeded" && pod.status.phase !== "Failed";
    const isGated = (pod.spec.schedulingGates ?? []).length > 0;
    if (type === "DELETED") live.delete(uid);
    else live.set(uid, { isUnfinished, isPending: isUnfinished && !pod.spec.nodeName && !isGated });
    const all = [...live.values()];
    peak.pending = Math.max(peak.pending, all.filter((one) => one.isPending).length);
    peak.unfinished = Math.max(peak.unfinished, all.filter((one) => one.isUnfinished).length);
  };
  const listen = async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") take(JSON.parse(line));
    }
  };
  const listening = listen();
  return {
    uids,
    get peakPending() {
      return peak.pending;
    },
    get peakUnfinished() {
      return peak.unfinished;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.status;
      await listening;
    },
  };
}

interface PodEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly spec: { readonly nodeName?: string; readonly schedulingGates?: readonly unknown[] };
    readonly status: { readonly phase: string };
  };
}
