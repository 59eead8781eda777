// What is worth a word the first time only. Part of the scheduler's step.

import type { Action } from "./event.ts";
import type { State } from "./state.ts";

/** A notice that is given once for its key. */
export function once(
  state: State,
  actions: Action[],
  key: string,
  text: string,
  level: "info" | "warning" = "warning",
): void {
  if (state.noticed.has(key)) return;
  state.noticed.add(key);
  actions.push({ kind: "notice", level, text });
}
