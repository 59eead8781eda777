// A kubelet's side of one log, for the tests of this room: lines with timestamps, rotation, streams that are followed, and
// the ways in which an answer with status 200 can lie.

import { joined } from "../bytes.ts";
import type { PodView } from "../cluster/pod.ts";
import type { LogOptions, LogOutcome, Pods } from "../cluster/pods.ts";

export interface FakeKubelet {
  readonly pods: Pods;
  /** Writes one line as the container; only a file's last one may be without its newline. */
  write(text: string | Uint8Array): void;
  /** So many milliseconds go by without a line. */
  pass(milliseconds: number): void;
  /** The file served from now on is a new, empty one. Streams go over to it, but for those that do not listen yet. */
  rotate(): void;
  /** Streams that open from now on do not hear of their first rotation, as the kubelet's that are behind then. */
  areStreamsDeaf: boolean;
  /** The container ends: followed streams come to their end. */
  end(): void;
  /** Cuts all followed streams. */
  cut(): void;
  /** Ends all followed streams as if they were over, as a kubelet that restarts. */
  close(): void;
  /** Streams that were followed, up to now. */
  readonly followed: number;
  /** No more streams, but for short questions. */
  refuseStreams: boolean;
  /** What a GET shows; null: the pod is gone. */
  pod: PodView | null;
  /** Answers with `lie` instead, this many times, after so many honest answers. */
  lie(lie: Lie, times: number, after?: number): void;
  /** All bytes that were ever written. */
  readonly all: Uint8Array;
  requests: number;
}

export type Lie = "error text" | "cut clean" | "gone" | "failed" | "absent" | "login refused";

interface Follower {
  push(line: Line): void;
  close(): void;
  cut(): void;
  isDeaf: boolean;
  /** It still has a file open that was rotated away. */
  isOnOldFile: boolean;
}

interface Line {
  readonly time: string;
  readonly bytes: Uint8Array;
}

const encoder = new TextEncoder();

/** @param start seconds since the epoch of the first line; each line is 1 ms later */
export function makeFakeKubelet(start = 1_767_225_600): FakeKubelet {
  let file: Line[] = [];
  const everything: Uint8Array[] = [];
  const followers = new Set<Follower>();
  const lies: (Lie | null)[] = [];
  let clock = 0;
  let hasEnded = false;
  let followed = 0;

  const stamp = () => {
    const milliseconds = clock++;
    const second = new Date((start + Math.floor(milliseconds / 1000)) * 1000).toISOString().slice(0, 19);
    return `${second}.${String(milliseconds % 1000).padStart(3, "0")}000007Z`;
  };
  /** Shows line after line; one that follows a line without newline gets no timestamp. */
  const makeShow = (options: LogOptions) => {
    let isMidLine = false;
    return (line: Line): Uint8Array => {
      const prefix = options.timestamps && !isMidLine ? encoder.encode(`${line.time} `) : new Uint8Array(0);
      isMidLine = line.bytes[line.bytes.length - 1] !== 10;
      return joined([prefix, line.bytes]);
    };
  };

  function log(_name: string, options: LogOptions): Promise<LogOutcome> {
    kubelet.requests++;
    const lie = lies.shift();
    if (lie === "gone") return Promise.resolve({ kind: "gone" });
    if (lie === "absent") {
      return Promise.resolve({ kind: "absent", message: "container is waiting to start" });
    }
    if (lie === "login refused") {
      return Promise.resolve({ kind: "failed", message: "Unauthorized", isLoginRefused: true });
    }
    if (lie === "failed") return Promise.resolve({ kind: "failed", message: "502" });
    if (lie === "error text") {
      return stream([encoder.encode("unable to retrieve container logs for containerd://1\n")]);
    }
    if (options.follow && kubelet.refuseStreams) return Promise.resolve({ kind: "failed", message: "503" });
    const since = options.sinceTime ?? "";
    let lines = file.filter((line) => since === "" || line.time >= since.replace("Z", ""));
    if (options.tailLines !== undefined) lines = lines.slice(lines.length - options.tailLines);
    const show = makeShow(options);
    let body = joined(lines.map(show));
    if (options.limitBytes !== undefined) body = body.subarray(0, options.limitBytes);
    if (lie === "cut clean") body = body.subarray(0, Math.floor(body.length / 2));
    if (!options.follow || hasEnded) return stream([body]);
    return Promise.resolve({ kind: "stream", body: followStream(body, show, options) });
  }

  function followStream(
    first: Uint8Array,
    show: (line: Line) => Uint8Array,
    options: LogOptions,
  ): ReadableStream<Uint8Array> {
    let leave = () => {};
    return new ReadableStream({
      start(controller) {
        if (first.length > 0) controller.enqueue(first);
        const follower: Follower = {
          isDeaf: kubelet.areStreamsDeaf,
          isOnOldFile: false,
          push: (line) => controller.enqueue(show(line)),
          close: () => controller.close(),
          cut: () => controller.error(new TypeError("cut")),
        };
        followers.add(follower);
        leave = () => void followers.delete(follower);
        followed++;
        options.signal?.addEventListener("abort", () => {
          if (followers.delete(follower)) controller.error(options.signal?.reason);
        });
      },
      cancel: () => leave(),
    });
  }

  const never = () => Promise.reject(new TypeError("Cannot ask this of a log"));
  const kubelet: FakeKubelet = {
    requests: 0,
    pod: null,
    areStreamsDeaf: false,
    refuseStreams: false,
    get followed() {
      return followed;
    },
    pods: {
      namespace: "n",
      maxStreams: 10,
      log,
      create: never,
      dryRun: never,
      get: () => Promise.resolve(kubelet.pod),
      list: never,
      remove: never,
      removeAsSeen: never,
      watch: never,
    },
    write(text) {
      const line = { time: stamp(), bytes: typeof text === "string" ? encoder.encode(text) : text };
      file.push(line);
      everything.push(line.bytes);
      for (const follower of followers) if (!follower.isOnOldFile) follower.push(line);
    },
    pass(milliseconds) {
      clock += milliseconds;
    },
    rotate() {
      file = [];
      for (const follower of followers) {
        follower.isOnOldFile = follower.isDeaf;
        follower.isDeaf = false;
      }
    },
    end() {
      hasEnded = true;
      kubelet.close();
    },
    close() {
      for (const follower of followers) follower.close();
      followers.clear();
    },
    cut() {
      for (const follower of followers) follower.cut();
      followers.clear();
    },
    lie(lie, times, after = 0) {
      for (let i = 0; i < after; i++) lies.push(null);
      for (let i = 0; i < times; i++) lies.push(lie);
    },
    get all() {
      return joined(everything);
    },
  };
  return kubelet;
}

function stream(chunks: readonly Uint8Array[]): Promise<LogOutcome> {
  return Promise.resolve({
    kind: "stream",
    body: ReadableStream.from(chunks.filter((chunk) => chunk.length > 0)),
  });
}
