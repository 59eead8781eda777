// The job of a simulated run: a few items whose pods' fates and logs come from the seed alone, however often and in whatever
// order they are created.

import { makeDraw } from "./machine.ts";
import type { Step } from "./job_kinds.ts";
import type { PodScript } from "../scripted_kubelet.ts";

/** What one pod is to do. */
export interface Fate {
  readonly script: PodScript;
  /** The main container's bytes. */
  readonly log: Uint8Array;
  /** The verdict it deserves; null: it must not decide, another attempt is due. */
  readonly verdict: "log" | "err" | null;
  /** The pod may go before its log was read: then what there is must be called incomplete. */
  readonly mayLoseLog: boolean;
  /** Bytes of the other containers. */
  readonly others?: Readonly<Record<string, Uint8Array>>;
  /** Of a log that its node rotates. */
  readonly writing?: readonly Step[];
}

const encoder = new TextEncoder();
const ALL_BYTES = Uint8Array.from({ length: 256 }, (_, byte) => byte);

/** Logs that have broken other tools: each is to come home byte for byte. */
export const LOGS: readonly Uint8Array[] = [
  new Uint8Array(0),
  encoder.encode("one line\n"),
  encoder.encode("no newline at the end"),
  encoder.encode("\n\n\n"),
  encoder.encode("2026-01-01T00:00:00.000000000Z looks like a timestamp\n"),
  encoder.encode("\x1b[2J\x1b]0;title\x07 carriage\rreturn\r\n"),
  ALL_BYTES,
  Uint8Array.from([0, 0, 10, 0, 255, 254, 10, 192, 128]),
  // above the size up to which a log is compared as a whole: lines all alike, one long line, ordinary ones
  encoder.encode(`${"y".repeat(999)}\n`.repeat(80)),
  encoder.encode("x".repeat(300_000)),
  encoder.encode(
    Array.from({ length: 300 }, (_, i) => `line ${i} ${"of a longer log ".repeat(20)}\n`).join(""),
  ),
];

/** The fate of the `nth` pod (from 0) that is created under a name. */
export function fateOf(seed: number, name: string, nth: number): Fate {
  const draw = makeDraw(hashOf(`${seed} ${name} ${nth}`));
  const log = LOGS[Math.floor(draw() * LOGS.length)] ?? new Uint8Array(0);
  const pick = <T>(values: readonly T[], otherwise: T): T =>
    values[Math.floor(draw() * values.length)] ?? otherwise;
  const pace: PodScript = {
    bindSeconds: pick([0, 0, 0.5, 5], 0),
    startSeconds: pick([0, 0, 1, 10], 0),
    runSeconds: pick([0, 0, 2, 40], 0),
    nodeName: pick(["node-1", "node-2"], "node-1"),
    log,
  };
  const fate = (more: PodScript, verdict: Fate["verdict"], mayLoseLog = false): Fate => ({
    script: { ...pace, ...more },
    log,
    verdict,
    mayLoseLog,
  });
  const dice = draw();
  // trouble that is not the application's comes to first attempts only, or some items would use up their budget
  if (nth === 0) {
    if (dice < 0.04) return fate({ vanishes: "unbound" }, null, true);
    if (dice < 0.08) return fate({ vanishes: "running" }, null, true);
    if (dice < 0.11) return fate({ vanishes: "ended" }, "log", true);
    if (dice < 0.15) return fate({ phase: "Failed", reason: "Evicted", exitCode: 137 }, null);
    if (dice < 0.18) return fate({ disruption: "PreemptionByScheduler", exitCode: 143 }, null);
  }
  if (dice < 0.3) return fate({ exitCode: 1 + Math.floor(draw() * 200) }, "err");
  if (dice < 0.34) return fate({ exitCode: 137, containerReason: "OOMKilled" }, "err");
  return fate({}, "log");
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export const TEMPLATE = `
apiVersion: v1
kind: Pod
metadata: {name: "job-{{.Item}}"}
spec:
  restartPolicy: Never
  containers:
  - {name: main, image: i, command: [work, "{{.Item}}"]}
`;

/** `job-a`, `job-b` … */
export function itemsOf(count: number): string[] {
  return Array.from({ length: count }, (_, place) => place.toString(36).padStart(2, "0"));
}
