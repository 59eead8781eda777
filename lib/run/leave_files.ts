// What a run leaves in its log directory besides logs of pods: a line where there was no pod, and no temporary files.

import type { Collected } from "../harvest/harvest.ts";
import type { Verdict } from "../results/record.ts";
import type { Results } from "../results/results.ts";
import { isDiskTrouble, notStored } from "../results/trouble.ts";
import type { Attempt } from "./scheduler/state.ts";

/** A verdict for an item that never had a pod: one line that says why. */
export async function writeNote(
  results: Results,
  attempt: Pick<Attempt, "name" | "number">,
  verdict: Verdict | null,
  reason: string,
): Promise<Collected> {
  const { name, number } = attempt;
  try {
    const file = await results.stage();
    try {
      await file.write(new TextEncoder().encode(`qupods: ${reason}\n`));
    } catch (error) {
      await file.drop();
      throw error;
    }
    const bytes = file.bytes;
    const path = await results.store(
      file,
      verdict === null
        ? { kind: "aside", name, attempt: number, container: "qupods" }
        : { kind: "verdict", name, attempt: number, verdict },
    );
    return { kind: "stored", logs: [{ container: "", file: path, bytes, completeness: "none" }] };
  } catch (error) {
    return notStored(error);
  }
}

/** Takes away what a kill or a full disk may have left; returns a sentence if something was found that nobody had. */
export async function sweep(results: Results, fateOf: Parameters<Results["sweep"]>[0]): Promise<string> {
  try {
    const lost = await results.sweep(fateOf);
    return lost === 0
      ? ""
      : `the logs of ${lost} pods that vanished while qupods did not run are in ${results.path}/.qupods/lost`;
  } catch (error) {
    if (!isDiskTrouble(error)) throw error;
    return "";
  }
}
