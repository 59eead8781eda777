// What a run's end means to a shell.

import type { Outcome } from "../run/status.ts";

/**
 * 0 only if every item of the list has succeeded, in this call or before: a CI step that is run again must not turn
 * green because its failures are old. 1 some failed; 3 stopped early, items open or logs not safe (wins over 1).
 *
 * @param interrupted status for the signal that came
 */
export function exitStatus(outcome: Outcome, skippedFailed: number, interrupted: number): number {
  if (outcome.kind === "interrupted") return interrupted;
  if (outcome.kind === "halted" || outcome.open.length > 0 || outcome.incompleteLogs > 0) return 3;
  return outcome.status.failed + skippedFailed > 0 ? 1 : 0;
}
