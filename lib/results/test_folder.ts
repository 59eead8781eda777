// A log directory for one test of this room, and disks that refuse on demand.

import { type Clock, systemClock } from "../clock.ts";
import { openResults } from "./open.ts";
import type { OpenOptions, Results } from "./results.ts";

export const OPTIONS: OpenOptions = {
  server: "s",
  namespace: "n",
  via: null,
  retries: 0,
  templateHash: "",
  listHash: "",
  seed: null,
  clock: systemClock,
};

/** Gives a path in which nothing lies yet; all of it is removed afterwards. */
export async function inFolder(work: (dir: string) => Promise<void>, parent?: string): Promise<void> {
  const folder = await Deno.makeTempDir(parent === undefined ? {} : { dir: parent });
  try {
    await work(`${folder}/jobs`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Stages and stores a text. */
export async function put(
  results: Results,
  text: string,
  place: Parameters<Results["store"]>[1],
): Promise<string> {
  const file = await results.stage();
  await file.write(new TextEncoder().encode(text));
  return await results.store(file, place);
}

/** Opens and closes it: the log directory of an earlier process. */
export async function leave(dir: string, work: (results: Results) => Promise<unknown>): Promise<void> {
  await using results = await openResults(dir, OPTIONS);
  await work(results);
}

/** Replaces a function of Deno's until disposed. */
export function replaced<T extends object, K extends keyof T>(object: T, key: K, value: T[K]): Disposable {
  const original = object[key];
  object[key] = value;
  return {
    [Symbol.dispose]: () => {
      object[key] = original;
    },
  };
}

/** What the system says with this code. */
export function diskError(code: string): Error {
  return Object.assign(new Error(`${code} (injected)`), { code });
}

/** A clock whose sleepers wake when told to. */
export function makeHandClock(): { readonly clock: Clock; wake(): Promise<void> } {
  let sleepers: (() => void)[] = [];
  return {
    clock: {
      now: () => 0,
      monotonic: () => 0,
      sleep: (_, signal) =>
        new Promise((resolve, reject) => {
          signal?.throwIfAborted();
          sleepers.push(resolve);
          signal?.addEventListener("abort", () => reject(signal.reason), { once: true });
        }),
    },
    async wake() {
      const woken = sleepers;
      sleepers = [];
      for (const wake of woken) wake();
      await new Promise((resolve) => setTimeout(resolve, 0));
    },
  };
}
