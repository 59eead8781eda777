// qupods as a side of a comparison.

import { type Lab, makeItems, PROGRAM, run, TEMPLATE } from "./lab.ts";
import { measure, type Trial } from "./trial.ts";

export async function runQupods(
  lab: Lab,
  count: number,
  maxPending: number | "auto",
  options: readonly string[] = [],
): Promise<Trial> {
  const folder = await lab.folder();
  const list = `${folder}.txt`;
  await Deno.writeTextFile(list, makeItems(count).join("\n"));
  const fileOf = (item: number) => `bench-${String(item).padStart(6, "0")}.log`;
  return await measure(lab, count, { folder, fileOf }, async () => {
    await run(PROGRAM, [
      ...["-q", "--context", lab.context, "-n", lab.namespace, "--logdir", folder],
      ...["--max-pending", String(maxPending), ...options, "-i", list, TEMPLATE],
    ]);
  });
}
