// kill -9 of the real program at random times and, by strace, at every file call that changes something; errors there, too.

import { makeDraw } from "./machine.ts";
import { call, pause, type Place } from "./whole_program.ts";
import { type Kind, makeKind } from "./whole_trial.ts";

/** Calls by which something of a log directory changes. */
const CALLS = ["mkdir", "openat", "write", "ftruncate", "fsync", "fdatasync", "link", "unlink", "rename"];
const ERRORS = ["EIO", "ENOSPC", "EMFILE"];

export async function randomKills(count: number): Promise<Kind> {
  const kind = makeKind("kill -9 at random times");
  const draw = makeDraw(1);
  for (let run = 0; run < count; run++) {
    const after = 1 + Math.floor(draw() * 1_500);
    await kind.trial(`kill after ${after} ms`, async (place) => {
      const { code } = await call(place, { during: (child) => killAfter(child, after) });
      return { isHit: code === 137 };
    });
  }
  return kind;
}

/** Kills it unless it has ended before. */
async function killAfter(child: Deno.ChildProcess, milliseconds: number): Promise<void> {
  const first = await Promise.race([child.status, pause(milliseconds)]);
  if (first === undefined) child.kill("SIGKILL");
}

/** At each of the calls, one after the other, until a run has no more of them. */
export async function atFileCalls(isFull: boolean): Promise<Kind[]> {
  const kinds: Kind[] = [];
  for (const what of ["kill", ...isFull ? ERRORS : ["ENOSPC"]]) {
    const kind = makeKind(what === "kill" ? "kill -9 at file calls" : `${what} at file calls`);
    kinds.push(kind);
    const most = isFull ? 1_000 : what === "kill" ? 2 : 1;
    for (const name of CALLS) {
      for (let nth = 1; nth <= most; nth++) {
        if (!await kind.trial(`${what} at ${name} ${nth}`, (place) => hinderAt(place, what, name, nth))) {
          break;
        }
      }
    }
  }
  return kinds;
}

async function hinderAt(place: Place, what: string, name: string, nth: number) {
  const trace = `${place.folder}/trace`;
  const root = `${place.folder}/${place.logdir}`;
  // only calls on what lies in the log directory count, and it must be there to be named
  Deno.mkdirSync(`${root}/.qupods/tmp`, { recursive: true });
  const paths = ["", "/.qupods", "/.qupods/tmp", "/.qupods/journal.jsonl", "/.qupods/run.json"];
  const inject = what === "kill" ? "signal=KILL" : `error=${what}`;
  await call(place, {
    wrap: [
      ...["strace", "-f", "-qq", "-o", trace],
      ...paths.flatMap((path) => ["-P", `${root}${path}`]),
      ...["-e", `trace=${name}`, "-e", `inject=${name}:${inject}:when=${nth}`],
    ],
  });
  return { isHit: /INJECTED|killed by SIGKILL/.test(Deno.readTextFileSync(trace)) };
}
