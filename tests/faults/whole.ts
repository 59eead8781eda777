// The real program with --local, killed and hindered from outside, part by part. Each time the same command afterwards has to
// bring the job to the same end. Starts and signals are among the runs of the rig itself (runs.ts).

import { type Row, table } from "./promises.ts";
import { atFileCalls, ERRORS, randomKills } from "./whole_kills.ts";
import { places } from "./whole_places.ts";
import { hasCommand } from "./whole_program.ts";
import { goneAndBack } from "./whole_signals.ts";
import { terminalGone } from "./whole_terminal.ts";
import type { Kind } from "./whole_trial.ts";

const MINUTE = 60_000;
/** What takes longest goes two at a time. */
const LANES = 2;

type Part = (isFull: boolean, print: (line: string) => void) => Promise<readonly Kind[]>;

const PARTS: Readonly<Record<string, Part>> = {
  async gone(isFull) {
    const kinds = [await goneAndBack(isFull ? 10 : 1, isFull ? 5_000 : 2_000)];
    if (isFull) kinds.push(await goneAndBack(1, MINUTE));
    if (await hasCommand("script", "--version")) kinds.push(await terminalGone(isFull ? 10 : 1));
    return kinds;
  },
  places: (isFull, print) => isFull ? places(30, 60, print) : places(3, 3, print),
  async kills(isFull) {
    const count = isFull ? 500 : 20;
    return await Promise.all(
      Array.from({ length: LANES }, (_, lane) => randomKills(count / LANES, lane + 1)),
    );
  },
  async calls(isFull, print) {
    if (!await hasCommand("strace", "-V")) {
      print("strace is not installed: no kills and errors at single calls");
      return [];
    }
    const kinds: Kind[] = [];
    const rest = ["kill", ...isFull ? ERRORS : ["ENOSPC", "EDQUOT"]];
    const lane = async () => {
      for (let what = rest.shift(); what !== undefined; what = rest.shift()) {
        kinds.push(await atFileCalls(what, isFull));
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    return kinds;
  },
};

/**
 * @param isFull every call, and five hundred kills, in about an hour; else a share of a few minutes
 * @param wanted parts by their names, all of them where it is null
 */
export async function whole(
  isFull: boolean,
  wanted: readonly string[] | null,
  print: (line: string) => void,
): Promise<number> {
  const names = Object.keys(PARTS).filter((name) => wanted === null || wanted.includes(name));
  const strange = wanted?.find((name) => !names.includes(name));
  if (strange !== undefined) {
    throw new TypeError(`Cannot run part ${strange}: it is none of ${Object.keys(PARTS)}`);
  }
  const kinds: Kind[] = [];
  for (const name of names) {
    for (const kind of await PARTS[name]?.(isFull, print) ?? []) {
      kinds.push(kind);
      print(`${kind.name}: ${kind.runs} runs, ${kind.hits} hit, ${kind.bad.length} bad`);
      for (const [figure, value] of Object.entries(kind.figures)) print(`  ${figure}: ${value}`);
      for (const line of kind.bad.slice(0, 5)) print(`  ${line}`);
    }
  }
  print("");
  for (const line of table(rowsOf(kinds))) print(line);
  return kinds.some(({ bad }) => bad.length > 0) ? 1 : 0;
}

function rowsOf(kinds: readonly Kind[]): Row[] {
  const of = (...words: readonly string[]) => {
    const some = kinds.filter(({ name }) => words.some((word) => name.includes(word)));
    const sum = (count: (kind: Kind) => number) => some.reduce((total, kind) => total + count(kind), 0);
    return {
      hits: sum(({ hits }) => hits),
      bad: sum(({ bad }) => bad.length),
      runs: sum(({ runs }) => runs),
    };
  };
  const kills = of("kill -9");
  const errors = of(...ERRORS);
  const places = of("file system", "moved", "strange");
  const gone = of("gone");
  return [
    {
      promise: "P1, P2 kill -9 of the real program",
      wanted: "beside 10,000 simulated kills",
      seen: `${kills.hits} kills (${
        of("kill -9 at file calls").hits
      } of them at single file calls), ${kills.bad} bad`,
    },
    {
      promise: "P3 EIO, ENOSPC, EMFILE, EDQUOT, ESTALE at the real program's file calls",
      wanted: "0 bad",
      seen: `${errors.hits} errors, ${errors.bad} bad`,
    },
    {
      promise: "P13 full, read-only, moved, deleted, strangely named log directories",
      wanted: "0 bad",
      seen: `${places.runs} runs, ${of("full file").hits} of them on a disk that was full, ${places.bad} bad`,
    },
    {
      promise: "P14 terminal gone, process suspended",
      wanted: "0 bad",
      seen: `${gone.runs} runs, ${of("pseudo").runs} of them on a pseudo-terminal, ${gone.bad} bad`,
    },
  ].filter(({ seen }) => !/^0 /.test(seen));
}
