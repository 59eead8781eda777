// The screen on standard error, as it is: a terminal of some width, a pipe, or a terminal that has gone away meanwhile.

import type { UiOptions } from "../cli/options.ts";
import type { Clock } from "../clock.ts";
import { openScreen, type Screen } from "./screen.ts";
import { writeError } from "./standard_streams.ts";

/** Opens it. */
export function openStderrScreen(ui: UiOptions, clock: Clock): Screen {
  const isTerminal = Deno.stderr.isTerminal();
  return openScreen({
    isTerminal,
    width: () => isTerminal ? columns() : 0,
    write: writeError,
    clock,
    isQuiet: ui.isQuiet,
    isVerbose: ui.isVerbose,
    bar: ui.bar,
    hasColor: !Deno.noColor,
  });
}

/** 0 where the terminal was closed: that must not end the run. */
function columns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 0;
  }
}
