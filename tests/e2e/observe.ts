// A watch that knows nothing of qupods' own books: what the server has seen of a test's pods.

import assert from "node:assert/strict";
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
  const path = `/api/v1/namespaces/${space || "default"}/pods?labelSelector=e2e%3D${mark}`;
  const raw = ["--context", context, "get", "--raw"];
  /** Where the watch goes on: a server ends one that reads too slowly, as it may on a busy machine. */
  let version: string = JSON.parse(await output("kubectl", ...raw, path)).metadata.resourceVersion;
  const open = () =>
    new Deno.Command("kubectl", {
      args: [...raw, `${path}&watch=1&resourceVersion=${version}`],
      stdout: "piped",
      stderr: "null",
    }).spawn();
  let child = open();
  const live = new Map<string, Burden>();
  const uids = new Map<string, string[]>();
  const now = { pending: 0, unfinished: 0 };
  const peak = { pending: 0, unfinished: 0 };
  const count = ({ isPending, isUnfinished }: Burden, by: 1 | -1) => {
    now.pending += isPending ? by : 0;
    now.unfinished += isUnfinished ? by : 0;
  };
  const take = ({ type, object: pod }: PodEvent) => {
    const { name, uid } = pod.metadata;
    if (!uids.get(name)?.includes(uid)) uids.set(name, [...uids.get(name) ?? [], uid]);
    const before = live.get(uid);
    if (before !== undefined) count(before, -1);
    live.delete(uid);
    if (type === "DELETED") return;
    const isUnfinished = pod.status.phase !== "Succeeded" && pod.status.phase !== "Failed";
    const isGated = (pod.spec.schedulingGates ?? []).length > 0;
    const after = { isUnfinished, isPending: isUnfinished && !pod.spec.nodeName && !isGated };
    live.set(uid, after);
    count(after, 1);
    peak.pending = Math.max(peak.pending, now.pending);
    peak.unfinished = Math.max(peak.unfinished, now.unfinished);
  };
  let isWanted = true;
  /** The server does not know any more what came after `version`, or nobody answers. */
  let isCut = false;
  const hear = async () => {
    let rest = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        if (line === "") continue;
        const event: PodEvent = JSON.parse(line);
        if (event.type === "ERROR") return void (isCut = true);
        take(event);
        version = event.object.metadata.resourceVersion;
      }
    }
  };
  const listen = async () => {
    for (let tries = 0; isWanted && !isCut; tries++) {
      const before = version;
      if (tries > 0) child = open();
      await hear();
      await child.status;
      if (version !== before) tries = 0;
      if (tries > 20) isCut = true;
      if (isWanted && !isCut) await new Promise((resolve) => setTimeout(resolve, 200));
    }
  };
  const listening = listen();
  /** What was not watched to the end proves nothing. */
  const whole = <T>(seen: T): T => {
    assert.ok(!isCut, "the independent watch has missed something");
    return seen;
  };
  return {
    get uids() {
      return whole(uids);
    },
    get peakPending() {
      return whole(peak.pending);
    },
    get peakUnfinished() {
      return whole(peak.unfinished);
    },
    async [Symbol.asyncDispose]() {
      isWanted = false;
      try {
        child.kill("SIGKILL");
      } catch (error) {
        if (!(error instanceof TypeError)) throw error; // it has just ended
      }
      await listening;
    },
  };
}

/** What one pod adds to the counts. */
interface Burden {
  readonly isPending: boolean;
  readonly isUnfinished: boolean;
}

interface PodEvent {
  readonly type: string;
  readonly object: {
    readonly metadata: { readonly name: string; readonly uid: string; readonly resourceVersion: string };
    readonly spec: { readonly nodeName?: string; readonly schedulingGates?: readonly unknown[] };
    readonly status: { readonly phase: string };
  };
}
