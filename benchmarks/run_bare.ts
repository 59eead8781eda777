// The bare loop, and the careful one, as sides of a comparison.

import { type Lab, makeItems, run } from "./lab.ts";
import { measure, type Trial } from "./trial.ts";

const LOOP = new URL("bare_loop.ts", import.meta.url).pathname;

export async function runBare(
  lab: Lab,
  count: number,
  concurrency: number,
  { isCareful = false, rate = null }: { isCareful?: boolean; rate?: number | null } = {},
): Promise<Trial> {
  const folder = await lab.folder();
  const { context, namespace } = lab;
  const settings = `${folder}.json`;
  await Deno.writeTextFile(
    settings,
    JSON.stringify({ context, namespace, items: makeItems(count), concurrency, folder, isCareful, rate }),
  );
  const fileOf = (item: number) => `bench-${String(item).padStart(6, "0")}.log`;
  return await measure(lab, count, { folder, fileOf }, async () => {
    await run(Deno.execPath(), ["run", "-A", LOOP, settings]);
  });
}
