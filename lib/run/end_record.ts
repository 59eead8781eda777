// The journal's line about the end of an attempt, made from what the pod last looked like.

import type { PodView } from "../cluster/pod.ts";
import type { EndRecord } from "../results/record.ts";
import type { End } from "./scheduler/classify.ts";

/** What a pod's last view does not say. */
export interface Ended {
  readonly name: string;
  readonly hash: string;
  readonly index: number;
  readonly attempt: number;
  /** Empty where there never was a pod. */
  readonly uid: string;
  readonly pod: PodView | null;
  /** Null where nobody knows how it ended. */
  readonly end: Omit<End, "class"> & { readonly class: string } | null;
}

/** @param isFinal whether NAME.log or NAME.err is there now */
export function endRecord(ended: Ended, logs: EndRecord["logs"], isFinal: boolean): EndRecord {
  const { pod, end } = ended;
  const main = pod?.containers.find((container) => container.name === pod.mainContainer);
  const time = (text: string | null | undefined) => {
    const parsed = Date.parse(text ?? "");
    return Number.isNaN(parsed) ? 0 : parsed;
  };
  return {
    kind: "end",
    name: ended.name,
    hash: ended.hash,
    index: ended.index,
    attempt: ended.attempt,
    uid: ended.uid,
    verdict: end?.class === "success" ? "succeeded" : "failed",
    isFinal,
    class: end?.class ?? "infra",
    reason: end?.reason ?? "",
    exitCode: end?.exitCode ?? null,
    signal: end?.signal ?? null,
    node: pod?.nodeName ?? "",
    createdAt: time(pod?.createdAt),
    startedAt: time(main?.startedAt ?? pod?.startedAt),
    finishedAt: time(main?.finishedAt),
    logs,
  };
}
