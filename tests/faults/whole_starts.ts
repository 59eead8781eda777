// Many starts of the real program on one directory: one works, the others leave at once and name it.

import { call, type Ended, pause } from "./whole_program.ts";
import { type Kind, makeKind } from "./whole_trial.ts";

const AT_ONCE = 20;

/** @param count starts, twenty at once; one more joins each twenty alone, and its time is taken */
export async function manyStarts(count: number): Promise<Kind> {
  const kind = makeKind(`starts, ${AT_ONCE} at once on one directory`);
  for (let batch = 0; batch * AT_ONCE < count; batch++) {
    await kind.trial(`batch ${batch}`, async (place) => {
      Deno.writeTextFileSync(`${place.folder}/hold`, "");
      const ended: Ended[] = [];
      const all = Array.from(
        { length: AT_ONCE },
        () => call(place).then((end) => void ended.push(end)),
      );
      while (ended.length < AT_ONCE - 1) await pause(20);
      const last = await call(place);
      const losers = [...ended, last];
      Deno.removeSync(`${place.folder}/hold`);
      await Promise.all(all);
      const winner = ended.at(-1);
      kind.most(
        "slowest of those sent away among twenty, ms",
        Math.max(...losers.map((end) => end.milliseconds)),
      );
      kind.most("slowest of those sent away alone, ms", last.milliseconds);
      return { isHit: true, wrong: wrongWith(losers, winner) };
    });
  }
  return kind;
}

function wrongWith(losers: readonly Ended[], winner: Ended | undefined): string[] {
  const wrong = losers
    .filter(({ code, said }) => code !== 2 || !said.includes(`another qupods does: process ${winner?.pid} `))
    .map(({ code, said }) => `one more ended with ${code}: ${said.slice(-200)}`);
  if (winner?.code !== 1) {
    wrong.push(`the one that worked ended with ${winner?.code}: ${winner?.said.slice(-200)}`);
  }
  return wrong;
}
