// The real program on a terminal that goes away: on a pseudo-terminal of `script`, which is killed. With a SIGHUP from the
// kernel it is an interruption; in a session of its own it only finds that nobody can be written to any more (EIO).

import { makeDraw } from "./machine.ts";
import { command, ifThere, killNow, pause, type Place, processesIn } from "./whole_program.ts";
import { type Kind, makeKind } from "./whole_trial.ts";

const GONE_WITHIN = 15_000;
const VERDICTS = ["job-a.log", "job-b.log", "job-c.err", "job-d.log"];

export async function terminalGone(rounds: number): Promise<Kind> {
  const kind = makeKind("pseudo-terminal gone");
  const draw = makeDraw(4);
  for (let round = 0; round < rounds; round++) {
    const after = 100 + Math.floor(draw() * 900);
    for (const hasSession of [false, true]) {
      const what = hasSession ? "written to no more" : "hung up";
      await kind.trial(`terminal gone after ${after} ms, ${what}`, async (place) => {
        await onTerminal(place, hasSession, after);
        const left = processesIn(place.folder);
        const wrong = left.map((process) => `left running: ${process}`);
        const isThere = (file: string) =>
          ifThere(() => Deno.statSync(`${place.folder}/QUJOBS/${file}`)) !== null;
        // nobody told it to stop
        if (hasSession && !VERDICTS.every(isThere)) wrong.push("it did not come to its end");
        return { isHit: true, wrong };
      });
    }
  }
  return kind;
}

/** Resolves when nothing of it is left, or has been there for too long. */
async function onTerminal(place: Place, hasSession: boolean, after: number): Promise<void> {
  const words = [...hasSession ? ["setsid", "-w"] : [], ...command(place)];
  const child = new Deno.Command("script", {
    args: ["-qec", words.map((word) => `'${word}'`).join(" "), "/dev/null"],
    cwd: place.folder,
    env: { SHELL: "/bin/sh" },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const first = await Promise.race([child.status, pause(after)]);
  if (first === undefined) killNow(child);
  await child.status;
  const deadline = performance.now() + GONE_WITHIN;
  while (processesIn(place.folder).length > 0 && performance.now() < deadline) await pause(50);
}
