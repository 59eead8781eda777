// Signals to the real program, once and twice, a terminal that goes away, and a process that is suspended for a while.

import { makeDraw } from "./machine.ts";
import { call, type CallOptions, type Ended, pause, type Place, processesIn } from "./whole_program.ts";
import { type Kind, makeKind } from "./whole_trial.ts";

const SIGNALS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type Signal = keyof typeof SIGNALS;

/** Ends by itself: item c fails. */
const ENDED = 1;
/** What comes sooner is the same signal on another way. */
const SECOND_AFTER = 400;
const CHILDREN_WITHIN = 2_000;

/** Every signal at random times, once and twice; the children must be gone soon after. */
export async function signals(rounds: number, seed = 2): Promise<Kind> {
  const kind = makeKind("signals, once and twice");
  const draw = makeDraw(seed);
  for (let round = 0; round < rounds; round++) {
    for (const signal of Object.keys(SIGNALS) as Signal[]) {
      for (const times of [1, 2]) {
        const after = 1 + Math.floor(draw() * 1_500);
        await kind.trial(`${signal} ${times} times after ${after} ms`, async (place) => {
          // the items wait, so that there is something to interrupt
          Deno.writeTextFileSync(`${place.folder}/hold`, "");
          const { ended, seconds } = await signalled(place, signal, times, after);
          Deno.removeSync(`${place.folder}/hold`);
          if (ended.code === SIGNALS[signal]) {
            kind.most(`seconds to go, ${times === 1 ? "once" : "twice"}`, seconds);
          }
          return {
            isHit: ended.code === SIGNALS[signal],
            wrong: await wrongWith(place, ended, SIGNALS[signal]),
          };
        });
      }
    }
  }
  return kind;
}

/** @returns how it ended, and how long after the last signal */
async function signalled(place: Place, signal: Signal, times: number, after: number) {
  let sentAt = performance.now();
  const ended = await call(place, {
    async during(child) {
      await pause(after);
      for (let nth = 0; nth < times; nth++) {
        if (nth > 0 && await Promise.race([child.status, pause(SECOND_AFTER)]) !== undefined) return;
        child.kill(signal);
        sentAt = performance.now();
      }
    },
  });
  return { ended, seconds: (performance.now() - sentAt) / 1000 };
}

async function wrongWith(place: Place, { code, said }: Ended, due: number): Promise<string[]> {
  const wrong = code === due ? [] : [`ended with ${code}, not ${due}: ${said.slice(-200)}`];
  const deadline = performance.now() + CHILDREN_WITHIN;
  while (processesIn(place.folder).length > 0 && performance.now() < deadline) await pause(50);
  return [...wrong, ...processesIn(place.folder).map((process) => `left running: ${process}`)];
}

/** Nobody reads any more, with and without a SIGHUP; and the process stands still for a while. */
export async function goneAndBack(rounds: number, stillMilliseconds: number): Promise<Kind> {
  const kind = makeKind("terminal gone, process suspended");
  const draw = makeDraw(3);
  for (let round = 0; round < rounds; round++) {
    const after = 200 + Math.floor(draw() * 800);
    const ways: readonly (readonly [string, readonly number[], CallOptions])[] = [
      ["standard error closed", [ENDED], { isUnheard: true }],
      ["terminal gone", [SIGNALS.SIGHUP, ENDED], {
        isUnheard: true,
        during: (child) => later(child, after, () => child.kill("SIGHUP")),
      }],
      ["suspended", [ENDED], {
        during: (child) =>
          later(child, after, async () => {
            child.kill("SIGSTOP");
            await pause(stillMilliseconds);
            child.kill("SIGCONT");
          }),
      }],
    ];
    for (const [what, due, options] of ways) {
      await kind.trial(`${what} after ${after} ms`, async (place) => {
        const ended = await call(place, options);
        const isDue = due.includes(ended.code);
        return { isHit: true, wrong: isDue ? [] : [`ended with ${ended.code}: ${ended.said.slice(-200)}`] };
      });
    }
  }
  return kind;
}

async function later(child: Deno.ChildProcess, milliseconds: number, work: () => Promise<void> | void) {
  if (await Promise.race([child.status, pause(milliseconds)]) === undefined) await work();
}
