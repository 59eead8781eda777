// The ways in which an answer to a log request can lie although its status is 200 and it ends cleanly: cut anywhere, a text
// of the kubelet's instead of a log or after a part of it.

import type { LogOutcome, Pods } from "../../lib/cluster/pods.ts";
import { KUBELET_TEXTS } from "./log_corpus.ts";

const encoder = new TextEncoder();

export const LIES = ["cut", "cut at a line", "last byte gone", "empty", "text", "part and text"] as const;
export type Lie = typeof LIES[number];

/** What a lie makes of an honest answer; the same bytes where it has nothing to take away. */
export function tell(lie: Lie, honest: Uint8Array, draw: () => number): Uint8Array {
  const text = encoder.encode(KUBELET_TEXTS[Math.floor(draw() * KUBELET_TEXTS.length)] ?? "");
  const somewhere = Math.floor(draw() * honest.length);
  const atLine = honest.lastIndexOf(10, somewhere) + 1;
  switch (lie) {
    case "cut":
      return honest.subarray(0, somewhere);
    case "cut at a line":
      return honest.subarray(0, atLine);
    case "last byte gone":
      return honest.subarray(0, Math.max(0, honest.length - 1));
    case "empty":
      return honest.subarray(0, 0);
    case "text":
      return text;
    case "part and text":
      return join(honest.subarray(0, atLine), text);
  }
}

/** Log requests that are lied to; `choose` is asked for each, null: an honest answer. Counts what it has spoilt. */
export interface LyingPods {
  readonly pods: Pods;
  readonly told: number;
}

/** @param draw where to cut, and which text */
export function lyingPods(honest: Pods, choose: () => Lie | null, draw: () => number): LyingPods {
  let told = 0;
  return {
    pods: {
      ...honest,
      async log(name, options): Promise<LogOutcome> {
        const lie = choose();
        // a stream that is lied to ends, too
        const answer = await honest.log(name, lie === null ? options : { ...options, follow: false });
        if (lie === null || answer.kind !== "stream") return answer;
        const bytes = new Uint8Array(await new Response(answer.body).arrayBuffer());
        const spoilt = tell(lie, bytes, draw);
        if (spoilt.length !== bytes.length || lie === "text") told++;
        return { kind: "stream", body: ReadableStream.from(spoilt.length > 0 ? [spoilt] : []) };
      },
    },
    get told() {
      return told;
    },
  };
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const all = new Uint8Array(first.length + second.length);
  all.set(first);
  all.set(second, first.length);
  return all;
}
