// The jobs that simulated runs have besides the plain one (job.ts): pods of several containers, and pods whose node rotates
// their log while they write it.

import { type Fate, fateOf, LOGS, TEMPLATE } from "./job.ts";
import { makeDraw } from "./machine.ts";

/** What is run, and what becomes of each pod. */
export interface Job {
  readonly template: string;
  fateOf(seed: number, name: string, nth: number): Fate;
}

export const PLAIN: Job = { template: TEMPLATE, fateOf };

/** An init container, the main one and a helper; each has a log of its own. */
export const CONTAINERS: Job = {
  template:
    TEMPLATE.replace("  containers:\n", "  initContainers:\n  - {name: prepare, image: i}\n  containers:\n") +
    "  - {name: helper, image: i}\n",
  fateOf(seed, name, nth) {
    const fate = fateOf(seed, name, nth);
    const draw = makeDraw(seed * 31 + nth + name.length);
    const some = () => LOGS[Math.floor(draw() * LOGS.length)] ?? new Uint8Array(0);
    const others = { prepare: some(), helper: some() };
    return { ...fate, others, script: { ...fate.script, log: { main: fate.log, ...others } } };
  },
};

/** What comes of each item does not depend on the moment at which anybody looks. */
export const STEADY: Job = {
  template: TEMPLATE,
  fateOf(seed, name, nth) {
    const fate = fateOf(seed, name, nth);
    if (fate.script.vanishes === undefined) return fate;
    const { vanishes: _, ...script } = fate.script;
    return { ...fate, script, verdict: "log", mayLoseLog: false };
  },
};

/** Every pod comes to its verdict. */
export const ONCE: Job = {
  template: TEMPLATE,
  fateOf(seed, name, nth) {
    const fate = STEADY.fateOf(seed, name, nth);
    if (fate.verdict !== null) return fate;
    const { bindSeconds = 0, runSeconds = 0, log = "" } = fate.script;
    return { ...fate, script: { bindSeconds, runSeconds, log }, verdict: "log" };
  },
};

/** Most of the pods are deleted by somebody after their end: at once, or after up to two minutes. */
export const DELETED_BY_OTHERS: Job = {
  template: TEMPLATE,
  fateOf(seed, name, nth) {
    const fate = fateOf(seed, name, nth);
    const draw = makeDraw(seed * 41 + nth + name.length + name.charCodeAt(name.length - 1));
    const lingerSeconds = [0, 0, 0.1, 1, 30, 89, 91, 120][Math.floor(draw() * 8)] ?? 0;
    if (draw() < 0.2 || fate.script.vanishes !== undefined) return fate;
    return { ...fate, mayLoseLog: true, script: { ...fate.script, vanishes: "ended", lingerSeconds } };
  },
};

/** What a container does next: so many milliseconds later its file is rotated, or it writes lines. */
export interface Step {
  readonly afterMilliseconds: number;
  readonly lines: readonly Uint8Array[];
  readonly isRotation: boolean;
}

const encoder = new TextEncoder();
/** A megabyte a file, as the smallest limit that is of use; a kubelet looks every 3 s at the earliest. */
const LINE_BYTES = 9_000;
const LINES_A_STEP = 12;
const STEP_MILLISECONDS = 300;
const STEPS_A_FILE = 11;

/** A node that rotates logs: two or three times while a pod writes. Nobody has such a log whole who came late. */
export const ROTATED: Job = {
  template: TEMPLATE,
  fateOf(seed, name, nth) {
    const { script, verdict } = fateOf(seed, name, nth);
    const draw = makeDraw(seed * 37 + nth + name.length);
    const writing: Step[] = [];
    const lines: Uint8Array[] = [];
    const files = 2 + Math.floor(draw() * 3);
    for (let step = 1; step <= files * STEPS_A_FILE; step++) {
      const written = Array.from({ length: LINES_A_STEP }, () => lineOf(lines.length, lines));
      writing.push({ afterMilliseconds: STEP_MILLISECONDS, lines: written, isRotation: false });
      if (step % STEPS_A_FILE === 0 && step < files * STEPS_A_FILE) {
        writing.push({ afterMilliseconds: 0, lines: [], isRotation: true });
      }
    }
    const runSeconds = (writing.length + 1) * STEP_MILLISECONDS / 1000;
    const log = encoder.encode(lines.map((line) => new TextDecoder().decode(line)).join(""));
    return { script: { ...script, runSeconds, log: "" }, log, verdict, mayLoseLog: true, writing };
  },
};

function lineOf(nth: number, lines: Uint8Array[]): Uint8Array {
  const line = encoder.encode(`line ${nth} ${"x".repeat(LINE_BYTES)}\n`);
  lines.push(line);
  return line;
}
