// Plans and journal records for the tests of this room.

import type { ResultOptions } from "../cli/options.ts";
import { readItems } from "../items/read.ts";
import type { Completeness, JournalRecord } from "../results/record.ts";
import { compileTemplate } from "../template/compile.ts";
import { makePlan, type Plan } from "./plan.ts";

/** The finished are not run again. */
export const OPTIONS: ResultOptions = { logdir: "", again: "none", changed: null };
/** One letter each. */
export const ITEMS = Array.from("abcdefghij");

/** Of pods that do this. */
export async function planOf(
  script: string,
  items: readonly string[] = ITEMS,
  judged: string | null = null,
): Promise<Plan> {
  const list = await readItems({
    source: { kind: "lists", lists: [[...items]] },
    format: null,
    isNulSeparated: false,
    range: null,
    sample: null,
  }, { stdin: new ReadableStream(), seed: 1 });
  const text = `{kind: Pod, apiVersion: v1, metadata: {name: "p-{{.Item}}"}, spec: {containers: [` +
    `{name: main, image: x, command: [${script}]}]}}`;
  const template = compileTemplate(text, { file: "pod.yaml", delims: null, columns: list.columns });
  return makePlan(list, template, { namespace: "n", hasEnv: true, timeoutSeconds: null }, judged);
}

/** An end: of a success where it is final, else of a failure. */
export function end(
  plan: Plan,
  position: number,
  attempt: number,
  isFinal: boolean,
  hash?: string,
  completeness: Completeness = "proven",
): JournalRecord {
  return {
    kind: "end",
    name: plan.name(position),
    hash: hash ?? plan.hash(position),
    index: position,
    attempt,
    uid: `uid-${position}-${attempt}`,
    verdict: isFinal ? "succeeded" : "failed",
    isFinal,
    class: isFinal ? "success" : "app",
    reason: "",
    exitCode: 0,
    signal: null,
    node: "",
    createdAt: 0,
    startedAt: 0,
    finishedAt: 0,
    logs: [{ container: "main", file: `${plan.name(position)}.log`, bytes: 0, completeness }],
  };
}

/** Its log may lack text. */
export function doubt(plan: Plan, position: number, attempt: number): JournalRecord {
  const log = { container: "main", file: `${plan.name(position)}.log`, bytes: 0 };
  const logs = [{ ...log, completeness: "incomplete" as const }];
  return { kind: "doubt", name: plan.name(position), attempt, uid: `uid-${position}-${attempt}`, logs };
}

/** Its pod is about to be made. */
export function intent(plan: Plan, position: number, attempt: number): JournalRecord {
  return {
    kind: "intent",
    name: plan.name(position),
    attempt,
    hash: plan.hash(position).slice(0, 16),
    at: attempt * 1000,
  };
}

/** By a cancel: of no pod. */
export function number(plan: Plan, position: number, attempt: number): JournalRecord {
  return { kind: "intent", name: plan.name(position), attempt, at: attempt * 1000 };
}

/** Of a pod that is gone. */
export const lost = { kind: "loss", attempt: 1, uid: "uid", class: "infra", reason: "", at: 0 } as const;
