// What the journal says of each item, record by record: a bit or two for those that have had their last end, a small object
// for each of the others. Can be written down as a summary and taken up again from there.

import { Buffer } from "node:buffer";
import { isSameHash } from "../results/line.ts";
import { doubtfulLogs, type JournalRecord, type LogRecord } from "../results/record.ts";
import type { Plan } from "./plan.ts";
import type { Prior } from "./scheduler/state.ts";

/** The last pod that was announced, where the journal has no end of it. */
export interface Announced {
  readonly attempt: number;
  readonly hash: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What the journal says of an item. */
export interface Known extends Prior {
  /** Null, too, where an attempt is open and nobody said of which pod. */
  readonly announced: Announced | null;
}

/** The journal, folded. */
export interface Ledger {
  /** One more record of an item. */
  take(position: number, record: JournalRecord): void;
  /** The last end that gave a verdict was of a pod that would be rendered differently now. */
  isChanged(position: number): boolean;
  /** What is known of an item; undefined where nothing is, or where it was forgotten. */
  prior(position: number): Known | undefined;
  /** The items that have one. */
  announced(): Iterable<readonly [position: number, Announced]>;
  /** Logs of the item's last verdict that may lack text. */
  doubtful(position: number): readonly LogRecord[];
  /** The journal says more of this item than `prior` does, which comes with its verdict. */
  isForgotten(position: number): boolean;
  /** Forgets what is known of these items, to keep all that the journal says of them when it is read again. */
  recollect(positions: ReadonlySet<number>): void;
  /** From now on everything may be forgotten with its verdict, and of these items what is known so far. */
  settle(isOver: (position: number) => boolean): void;
  /** Plain data that `restoreLedger` takes. */
  content(): unknown;
}

interface Content {
  /** Bits by position, in base64. */
  readonly forgotten: string;
  readonly changed: string;
  readonly prior: readonly (readonly [position: number, prior: Known])[];
  readonly doubtful: readonly (readonly [position: number, logs: readonly LogRecord[]])[];
}

/** @param isKept items of which nothing may be forgotten, as they will run again */
export function makeLedger(plan: Plan, isKept: (position: number) => boolean): Ledger {
  const size = (plan.length + 7) >> 3;
  return ledgerOf(plan, isKept, new Uint8Array(size), new Uint8Array(size), new Map(), new Map());
}

/** A ledger as it was written down; null where it is none of this plan's. */
export function restoreLedger(plan: Plan, content: unknown): Ledger | null {
  if (!isContent(content)) return null;
  const forgotten = bytesOf(content.forgotten);
  const changed = bytesOf(content.changed);
  const size = (plan.length + 7) >> 3;
  if (forgotten.length !== size || changed.length !== size) return null;
  return ledgerOf(plan, () => false, forgotten, changed, new Map(content.prior), new Map(content.doubtful));
}

function ledgerOf(
  plan: Plan,
  isKept: (position: number) => boolean,
  forgotten: Uint8Array,
  changed: Uint8Array,
  priors: Map<number, Known>,
  doubts: Map<number, readonly LogRecord[]>,
): Ledger {
  /** Of the kept, those whose last record is their verdict's. */
  const finals = new Set<number>();
  const forget = (position: number) => {
    setBit(forgotten, position, true);
    priors.delete(position);
  };
  return {
    take(position, record) {
      if (record.kind === "doubt") return void doubts.set(position, record.logs);
      // a create is only announced where no verdict stands
      if (record.kind === "intent") doubts.delete(position);
      const isFinal = record.kind === "end" && record.isFinal;
      if (isFinal) {
        setBit(changed, position, !isSameHash(record.hash, plan.hash(position)));
        const logs = doubtfulLogs(record);
        if (logs.length > 0) doubts.set(position, logs);
        else doubts.delete(position);
      }
      if (getBit(forgotten, position)) {
        // of an attempt that is begun anew no more is kept than that it is under way, which no end of an earlier one changes
        const old = priors.get(position);
        if (record.kind === "intent") return void priors.set(position, priorAfter(old, record));
        const isUnderWay = !isFinal && old !== undefined && priorAfter(old, record).isOpen;
        if (!isUnderWay) priors.delete(position);
        return;
      }
      if (isFinal && !isKept(position)) return forget(position);
      if (isFinal) finals.add(position);
      else finals.delete(position);
      priors.set(position, priorAfter(priors.get(position), record));
    },
    recollect(positions) {
      for (const position of positions) {
        setBit(forgotten, position, false);
        priors.delete(position);
      }
      isKept = (position) => positions.has(position);
    },
    settle(isOver) {
      for (const position of finals) if (isOver(position)) forget(position);
      finals.clear();
      isKept = () => false;
    },
    isChanged: (position) => getBit(changed, position),
    prior: (position) => priors.get(position),
    *announced() {
      for (const [position, { announced }] of priors) if (announced !== null) yield [position, announced];
    },
    doubtful: (position) => doubts.get(position) ?? [],
    isForgotten: (position) => getBit(forgotten, position),
    content(): Content {
      return {
        forgotten: Buffer.from(forgotten).toString("base64"),
        changed: Buffer.from(changed).toString("base64"),
        prior: [...priors],
        doubtful: [...doubts],
      };
    },
  };
}

const NOTHING: Known = {
  attempt: 0,
  isOpen: false,
  ended: [],
  budget: { app: 0, infra: 0 },
  announced: null,
};

/** What is known of an item after one more record. */
export function priorAfter(before: Known | undefined, record: JournalRecord): Known {
  const old = before ?? NOTHING;
  if (record.kind === "doubt") return old;
  if (record.kind === "intent") {
    const { attempt, hash, at } = record;
    const announced = hash === undefined ? old.announced : { attempt, hash, at };
    return { ...old, attempt: Math.max(old.attempt, attempt), isOpen: true, announced };
  }
  const isVerdict = record.kind === "end" && record.isFinal;
  return {
    attempt: Math.max(old.attempt, record.attempt),
    // an end says nothing of a later attempt that was announced before it
    isOpen: old.isOpen && old.attempt > record.attempt,
    // a verdict is the last word on all that was announced before it
    announced: isVerdict || (old.announced?.attempt ?? 0) <= record.attempt ? null : old.announced,
    ended: record.uid === "" ? old.ended : [...old.ended, record.uid],
    budget: budgetAfter(old, record),
  };
}

function budgetAfter(
  old: Prior,
  record: Exclude<JournalRecord, { kind: "intent" | "doubt" }>,
): Prior["budget"] {
  if (record.kind === "end" && record.isFinal) return { app: 0, infra: 0 };
  if (record.class === "cancelled") return old.budget;
  const isInfra = record.class === "infra";
  return { app: old.budget.app + (isInfra ? 0 : 1), infra: old.budget.infra + (isInfra ? 1 : 0) };
}

/** Its checksum says that we wrote it: its shape alone is looked at. */
function isContent(value: unknown): value is Content {
  if (typeof value !== "object" || value === null) return false;
  const { forgotten, changed, prior, doubtful } = value as Partial<Content>;
  return typeof forgotten === "string" && typeof changed === "string" && Array.isArray(prior) &&
    Array.isArray(doubtful);
}

function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, "base64"));
}

function getBit(bits: Uint8Array, at: number): boolean {
  return ((bits[at >> 3] ?? 0) & (1 << (at & 7))) !== 0;
}

function setBit(bits: Uint8Array, at: number, value: boolean): void {
  const mask = 1 << (at & 7);
  bits[at >> 3] = value ? (bits[at >> 3] ?? 0) | mask : (bits[at >> 3] ?? 0) & ~mask;
}
