// The real program with --local, killed and hindered from outside. Each time the same command afterwards has to bring the job
// to the same end.

import { type Row, table } from "./promises.ts";
import { atFileCalls, randomKills } from "./whole_kills.ts";
import { places } from "./whole_places.ts";
import { goneAndBack, signals } from "./whole_signals.ts";
import { hasCommand } from "./whole_program.ts";
import { manyStarts } from "./whole_starts.ts";
import type { Kind } from "./whole_trial.ts";

/** @param isFull every call, and a thousand starts; else a share of a few minutes */
export async function whole(isFull: boolean, print: (line: string) => void): Promise<number> {
  const kinds: Kind[] = [];
  const done = (kind: Kind) => {
    kinds.push(kind);
    print(`${kind.name}: ${kind.runs} runs, ${kind.hits} hit, ${kind.bad.length} bad`);
    for (const [figure, value] of Object.entries(kind.figures)) print(`  ${figure}: ${value.toFixed(2)}`);
    for (const line of kind.bad.slice(0, 5)) print(`  ${line}`);
  };
  done(await manyStarts(isFull ? 1_000 : 40));
  done(await signals(isFull ? 20 : 1));
  done(await goneAndBack(isFull ? 10 : 1, isFull ? 10_000 : 2_000));
  for (const kind of await places(isFull ? 30 : 3, print)) done(kind);
  done(await randomKills(isFull ? 500 : 20));
  if (await hasCommand("strace", "-V")) { for (const kind of await atFileCalls(isFull)) done(kind); }
  else print("strace is not installed: no kills and errors at single calls");
  print("");
  for (const line of table(rowsOf(kinds))) print(line);
  return kinds.some(({ bad }) => bad.length > 0) ? 1 : 0;
}

function rowsOf(kinds: readonly Kind[]): Row[] {
  const of = (...words: readonly string[]) => {
    const some = kinds.filter(({ name }) => words.some((word) => name.includes(word)));
    const sum = (count: (kind: Kind) => number) => some.reduce((total, kind) => total + count(kind), 0);
    const most = (figure: string) => Math.max(0, ...some.map(({ figures }) => figures[figure] ?? 0));
    return {
      hits: sum(({ hits }) => hits),
      bad: sum(({ bad }) => bad.length),
      runs: sum(({ runs }) => runs),
      most,
    };
  };
  const kills = of("kill -9");
  const starts = of("starts");
  const signalled = of("signals");
  const places = of("file system", "moved", "strange");
  return [
    {
      promise: "P1, P2 kill -9 of the real program",
      wanted: "beside 10,000 simulated kills",
      seen: `${kills.hits} kills in ${kills.runs} runs, ${kills.bad} bad`,
    },
    {
      promise: "P3 EIO, ENOSPC, EMFILE at the real program's file calls",
      wanted: "0 bad",
      seen: `${of("EIO", "ENOSPC", "EMFILE").hits} errors, ${of("EIO", "ENOSPC", "EMFILE").bad} bad`,
    },
    {
      promise: "P12 two at once on one directory",
      wanted: "1,000 starts, exactly one works, the others leave within 1 s",
      seen: `${starts.runs * 21} starts in ${starts.runs} batches, ${starts.bad} bad; slowest to leave: ${
        (starts.most("slowest of those sent away alone, ms") / 1000).toFixed(1)
      } s alone, ${
        (starts.most("slowest of those sent away among twenty, ms") / 1000).toFixed(1)
      } s among twenty`,
    },
    {
      promise: "P14 SIGINT, SIGTERM, SIGHUP",
      wanted: "gone within 5 s, at the second within 0.2 s, no child left after 2 s",
      seen: `${signalled.hits} signals, ${signalled.bad} bad; slowest ${
        signalled.most("seconds to go, once").toFixed(1)
      } s, at the second ${signalled.most("seconds to go, twice").toFixed(1)} s`,
    },
    {
      promise: "P13 full, read-only, moved, deleted, strangely named log directories",
      wanted: "0 bad",
      seen: `${places.runs} runs, ${places.bad} bad`,
    },
    {
      promise: "terminal gone, process suspended",
      wanted: "0 bad",
      seen: `${of("terminal").runs} runs, ${of("terminal").bad} bad`,
    },
  ];
}
