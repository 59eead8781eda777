// The one judge of every run, simulated or real: what must be true of a log directory and a cluster when all is over.

import type { Made } from "./cluster.ts";

/** What is judged. */
export interface Evidence {
  /** Pod names, one an item. */
  readonly names: readonly string[];
  readonly made: readonly Made[];
  /** Items whose name a foreign pod has: they must have no verdict. */
  readonly blocked: readonly string[];
  readonly exit: number;
  /** Pods of the run that are left. */
  readonly left: readonly string[];
  readonly offences: readonly string[];
  readonly peakUnbound: number;
  readonly maxPending: number;
  /** Null where there is no such file. */
  read(path: string): Uint8Array | null;
  list(path: string): readonly string[];
  /** What foreign pods write that have taken the names of pods of the run; absent where none have. */
  readonly strangers?: Uint8Array;
  /** What the journal calls the logs of an item, its main container's first; empty where it does not tell. */
  known?(name: string): readonly string[];
}

/** Everything that is wrong, in words; empty if nothing is. */
export function check(evidence: Evidence): string[] {
  const { names, blocked, exit, left, peakUnbound, maxPending } = evidence;
  const wrong = [...evidence.offences];
  let failed = 0;
  /** Items of which the journal says that text is lost. */
  let incomplete = 0;
  for (const name of names) {
    const kinds = (["log", "err"] as const).filter((kind) => evidence.read(`${name}.${kind}`) !== null);
    const [kind] = kinds;
    if (blocked.includes(name)) {
      if (kinds.length > 0) wrong.push(`${name} is blocked and has ${kinds.join(" and ")}`);
      continue;
    }
    if (kind === undefined || kinds.length > 1) {
      wrong.push(`${name} has ${kinds.length} verdicts`);
      continue;
    }
    if (kind === "err") failed++;
    const known = evidence.known?.(name) ?? [];
    if (known.includes("incomplete")) incomplete++;
    const isTold = known[0] === "incomplete" || known[0] === "unproven";
    const said = known[0] ?? "nothing at all";
    const bytes = evidence.read(`${name}.${kind}`) ?? new Uint8Array(0);
    const deserved = evidence.made.filter((pod) => pod.name === name && pod.fate.verdict === kind);
    const whole = deserved.filter(({ fate }) => same(fate.log, bytes));
    if (whole.length > 0) {
      if (!whole.some(({ fate }) => fate.mayLoseLog || hasOthers(evidence, name, fate.others ?? {}))) {
        wrong.push(`${name}.d does not hold the logs of its other containers`);
      }
    } else if (deserved.some(({ fate }) => fate.mayLoseLog && isPart(bytes, fate.log))) {
      if (!isTold) wrong.push(`${name}.${kind} lacks lines and is called ${said}`);
    } else if (deserved.some(({ fate }) => fate.mayLoseLog) && isStrangers(bytes, evidence.strangers)) {
      // logs are asked for by name: what is read of a pod that goes meanwhile may be another's, if it is called so
      if (!isTold) wrong.push(`${name}.${kind} holds a stranger's log and is called ${said}`);
    } else wrong.push(`${name}.${kind} (${bytes.length} bytes) is no log of a pod that deserves it`);
  }
  // with an item left open tapes may wait for pods that were not met
  const temporary = evidence.list(".qupods/tmp").filter((file) =>
    blocked.length === 0 || file.startsWith("stage.")
  );
  if (temporary.length > 0) wrong.push(`temporary files are left: ${temporary.join(" ")}`);
  if (left.length > 0) wrong.push(`pods are left: ${left.join(" ")}`);
  if (peakUnbound > maxPending) {
    wrong.push(`${peakUnbound} pods were unbound at once, the cap is ${maxPending}`);
  }
  const due = blocked.length > 0 || incomplete > 0 ? 3 : failed > 0 ? 1 : 0;
  if (exit !== due) wrong.push(`exit status ${exit}, not ${due}`);
  return wrong;
}

export function same(first: Uint8Array, second: Uint8Array): boolean {
  if (first.length !== second.length) return false;
  for (let at = 0; at < first.length; at++) if (first[at] !== second[at]) return false;
  return true;
}

function isStrangers(bytes: Uint8Array, strangers: Uint8Array | undefined): boolean {
  return strangers !== undefined && same(bytes.subarray(-strangers.length), strangers);
}

/** Whether some attempt's folder has the other containers' logs; one whose place another's had is kept beside it. */
function hasOthers(
  { read, list }: Evidence,
  name: string,
  others: Readonly<Record<string, Uint8Array>>,
): boolean {
  const files = list(`${name}.d`).flatMap((attempt) =>
    list(`${name}.d/${attempt}`).map((file) => ({ file, bytes: read(`${name}.d/${attempt}/${file}`) }))
  );
  return Object.entries(others).every(([container, log]) =>
    files.some(({ file, bytes }) => file.startsWith(`${container}.`) && bytes !== null && same(bytes, log))
  );
}

/** A beginning of the log, some of its lines in their order, or our own line in its place. */
function isPart(bytes: Uint8Array, log: Uint8Array): boolean {
  if (same(bytes, log.subarray(0, bytes.length))) return true;
  const text = new TextDecoder("latin1").decode(bytes);
  if (text.startsWith("qupods: ")) return true;
  const lines = new TextDecoder("latin1").decode(log).split(/(?<=\n)/);
  let place = 0;
  return text.split(/(?<=\n)/).every((line) => {
    const whole = lines.indexOf(line, place);
    place = (whole < 0 ? glued(line, lines, place) : whole) + 1;
    return place > 0;
  });
}

/**
 * Which line it is the rest of: a stream was cut within one line, whose rest was rotated away before the next stream began with
 * another. No reader can know that from a line that a rotation has split, and taking the newline's place would be to invent it.
 * What there is stands in its order, byte for byte, and whoever calls it so has told that text may be missing. -1 if it is not so.
 */
function glued(line: string, lines: readonly string[], from: number): number {
  return lines.findIndex((later, at) => {
    if (at <= from || !line.endsWith(later)) return false;
    const cut = line.slice(0, line.length - later.length);
    return lines.slice(from, at).some((earlier) => earlier.startsWith(cut));
  });
}
