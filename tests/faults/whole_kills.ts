// kill -9 of the real program at random times and, by strace, at the file calls that change something; errors there, too.

import { makeDraw } from "./machine.ts";
import { call, killNow, pause, type Place } from "./whole_program.ts";
import { type Kind, makeKind } from "./whole_trial.ts";

/** Calls by which something of a log directory changes, and which nothing else in these runs makes. */
const CALLS = ["ftruncate", "fsync", "fdatasync", "linkat", "unlink", "rename", "mkdir"];
/** Of these only what is done to files of the log directory counts; tapes have names that nobody knows before. */
const NAMED_CALLS = ["openat", "write"];
const FILES = [
  ...[
    "",
    "/.gitignore",
    "/joblog.tsv",
    "/doubtful.tsv",
    "/job-a.log",
    "/job-b.log",
    "/job-c.err",
    "/job-d.log",
  ],
  ...["", "/tmp", "/journal.jsonl", "/run.json", "/.run.json.new", "/summary.json", "/lock"].map((file) =>
    `/.qupods${file}`
  ),
  ...Array.from({ length: 6 }, (_, nth) => `/.qupods/tmp/stage.${nth}`),
  ...Array.from({ length: 4 }, (_, nth) => `/.qupods/tmp/stage.local-${nth}`),
];
export const ERRORS = ["EIO", "ENOSPC", "EMFILE", "EDQUOT", "ESTALE"];

export async function randomKills(count: number, seed: number): Promise<Kind> {
  const kind = makeKind("kill -9 at random times");
  const draw = makeDraw(seed);
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
  if (first === undefined) killNow(child);
}

/** At each of the calls, one after the other, until a run has no more of them. @param isFull all; else the first one or two */
export async function atFileCalls(what: string, isFull: boolean): Promise<Kind> {
  const kind = makeKind(what === "kill" ? "kill -9 at file calls" : `${what} at file calls`);
  const most = isFull ? 1_000 : what === "kill" ? 2 : 1;
  for (const name of [...CALLS, ...NAMED_CALLS]) {
    let hits = 0;
    for (let nth = 1; nth <= most; nth++) {
      if (!await kind.trial(`${what} at ${name} ${nth}`, (place) => hinderAt(place, what, name, nth))) break;
      hits++;
    }
    kind.most(`${name} calls`, hits);
  }
  return kind;
}

async function hinderAt(place: Place, what: string, name: string, nth: number) {
  const trace = `${place.folder}/trace`;
  const root = `${place.folder}/${place.logdir}`;
  // to be named, they must be there; files are opened by the name that was typed, and written to by what they are
  Deno.mkdirSync(`${root}/.qupods/tmp`, { recursive: true });
  const isNamed = NAMED_CALLS.includes(name);
  const inject = what === "kill" ? "signal=KILL" : `error=${what}`;
  await call(place, {
    wrap: [
      ...["strace", "-f", "-qq", "-o", trace],
      ...isNamed
        ? FILES.flatMap((path) => [root, place.logdir].flatMap((dir) => ["-P", `${dir}${path}`]))
        : [],
      ...["-e", `trace=${name}`, "-e", `inject=${name}:${inject}:when=${nth}`],
    ],
  });
  return { isHit: /INJECTED|killed by SIGKILL/.test(Deno.readTextFileSync(trace)) };
}
