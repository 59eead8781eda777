// One trial of one side: how long it took, what it cost, and whether what it brought home is right.

import type { Lab } from "./lab.ts";
import { childrenCpu, serverCpu } from "./usage.ts";

export interface Trial {
  readonly count: number;
  readonly seconds: number;
  readonly clientMilliseconds: number;
  readonly serverMilliseconds: number | null;
  /** Why it does not count; empty if it does. */
  readonly fault: string;
}

const LOG = Array.from({ length: 20 }, (_, at) => `line ${at + 1} of a hollow pod\n`).join("");

/** Times `work`, then checks that the namespace is empty and, with `logs`, that every log is there and whole. */
export async function measure(
  lab: Lab,
  count: number,
  logs: { readonly folder: string; readonly fileOf: (item: number) => string } | null,
  work: () => Promise<void>,
): Promise<Trial> {
  const client = childrenCpu();
  const server = serverCpu();
  const began = performance.now();
  let fault = "";
  try {
    await work();
  } catch (error) {
    fault = error instanceof Error ? error.message : String(error);
  }
  const seconds = (performance.now() - began) / 1000;
  const clientMilliseconds = childrenCpu() - client;
  const serverMilliseconds = server === null ? null : (serverCpu() ?? 0) - server;
  fault ||= await checkLogs(count, logs) || await checkEmpty(lab);
  return { count, seconds, clientMilliseconds, serverMilliseconds, fault };
}

async function checkLogs(
  count: number,
  logs: { readonly folder: string; readonly fileOf: (item: number) => string } | null,
): Promise<string> {
  if (logs === null) return "";
  let files = 0;
  for await (const { name } of Deno.readDir(logs.folder)) if (/\.(log|err)$/.test(name)) files++;
  if (files !== count) return `${files} logs of ${count}`;
  for (let item = 0; item < count; item++) {
    const path = `${logs.folder}/${logs.fileOf(item)}`;
    if (await Deno.readTextFile(path) !== LOG) return `${path} holds something else`;
  }
  return "";
}

async function checkEmpty(lab: Lab): Promise<string> {
  const left = (await lab.kubectl("get", "pods", "-o", "name")).trim();
  return left === "" ? "" : `${left.split("\n").length} pods left`;
}
