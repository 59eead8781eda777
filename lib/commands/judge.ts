// What the API server says of pods that it does not make, by server-side dry runs: of each for `--dry-run=server`, where one is
// sent again that the server has no time for, and of the first before a run.

import type { Clock } from "../clock.ts";
import { backoffMilliseconds } from "../cluster/answer.ts";
import type { CreateOutcome, Pods } from "../cluster/pods.ts";
import { ClusterError, UsageError } from "../errors.ts";
import type { Past } from "../run/past.ts";
import type { Plan } from "../run/plan.ts";

/** What it says of one pod. */
export interface Judgement {
  readonly isRefused: boolean;
  readonly text: string;
}

/** Of a pod of which there is nothing to say. */
export const ACCEPTED = "accepted";

/** A pod of which the server says nothing, and what to do. */
export class NotJudgedError extends ClusterError {
  override name = "NotJudgedError";
  readonly advice: string;

  constructor(message: string, advice: string) {
    super(message);
    this.advice = advice;
  }
}

/** What a server answers that has a webhook without dry runs: nothing is wrong with the pod, and nobody can say so. */
function isDryRunRefused(outcome: CreateOutcome): boolean {
  return outcome.kind === "refused" && outcome.reason === "BadRequest" && /dry ?run/i.test(outcome.message);
}

/** So often a pod is sent before it is given up: five pauses that double make fifteen seconds. */
const TRIES = 6;

/**
 * Has pods judged.
 *
 * @param onWait told why a pod is sent again, before each pause; a server may ask for minutes
 * @throws {NotJudgedError} where the server does not judge one, however often it is asked
 */
export function makeJudge(
  { dryRun }: Pick<Pods, "dryRun">,
  clock: Pick<Clock, "sleep">,
  signal: AbortSignal,
  onWait: (reason: string) => void,
): (manifest: string) => Promise<Judgement> {
  return async (manifest) => {
    for (let tries = 1;; tries++) {
      const { outcome, warnings } = await dryRun(manifest);
      const aside = warnings.length === 0 ? "" : ` (${warnings.join("; ")})`;
      switch (outcome.kind) {
        case "made":
          return { isRefused: false, text: `${ACCEPTED}${aside}` };
        case "refused":
          if (isDryRunRefused(outcome)) {
            throw new NotJudgedError(
              `${outcome.reason}: ${outcome.message}`,
              "--dry-run prints pods unjudged, and a run goes on without that judgement",
            );
          }
          return { isRefused: true, text: `refused: ${outcome.reason}: ${outcome.message}` };
        case "exists":
          return { isRefused: false, text: "a pod of this name is there already" };
        case "later":
          // a quota is looked at last: nothing else is wrong with the pod, and a run waits for room
          if (outcome.isQuota) return { isRefused: false, text: `cannot be created now: ${outcome.reason}` };
      }
      if (tries === TRIES) throw new NotJudgedError(outcome.reason, "try again");
      onWait(outcome.reason);
      const asked = outcome.kind === "later" ? outcome.retryAfterMilliseconds ?? 0 : 0;
      await clock.sleep(Math.max(asked, backoffMilliseconds(tries - 1)), signal);
    }
  };
}

/**
 * Has the first pod judged that will run, once, strictly about unknown fields. What the server cannot judge now the run will see.
 *
 * @throws {UsageError} where it is refused
 */
export async function judgeFirstPod(
  plan: Plan,
  past: Past,
  run: string,
  { dryRun }: Pick<Pods, "dryRun">,
  notice: (text: string) => void,
): Promise<true> {
  let position = 0;
  while (past.isSkipped(position)) position++;
  const { outcome, warnings } = await dryRun(plan.manifest(position, 1, run));
  for (const warning of warnings) notice(warning);
  if (outcome.kind === "later" || outcome.kind === "unclear") {
    notice(`the server cannot judge the first pod now: ${outcome.reason}`);
  }
  if (outcome.kind !== "refused") return true;
  if (isDryRunRefused(outcome)) {
    notice(`the server cannot judge the first pod: ${outcome.message}`);
    return true;
  }
  throw new UsageError(
    `Cannot create pod ${plan.name(position)} (${
      plan.item(position).origin
    }) as the API server refuses it; nothing was created:\n` +
      `  ${outcome.reason}: ${outcome.message}\nMend the template, and try it with --dry-run=server`,
  );
}
