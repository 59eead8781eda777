// The commands that are shown to be typed next: what was typed, quoted for a shell, with a flag more or less.

import { shellWords } from "../shell_word.ts";

/** Every spelling of the switch that runs finished items again. */
const RERUN = ["--rerun", "--force"];

/** What was typed, as one line for a shell. */
export function shellLine(args: readonly string[]): string {
  return shellWords(["qupods", ...args]);
}

/** The same command, to run the failed items again. */
export function retryLine(args: readonly string[]): string {
  const [flags, lists] = without(args, ["--retry-failed", ...RERUN]);
  const verb = flags[0] === "run" ? 1 : 0;
  return shellLine([...flags.slice(0, verb), "--retry-failed", ...flags.slice(verb), ...lists]);
}

/** The same command, to wait for what was submitted: nothing is left to be run again. */
export function collectLine(args: readonly string[]): string {
  return shellLine(without(args, ["--nowait", "--no-wait", "--retry-failed", ...RERUN]).flat());
}

/** The same command without --rerun, which would not go on but begin anew; null where there is none. */
export function goOnLine(args: readonly string[]): string | null {
  const words = without(args, RERUN).flat();
  return words.length === args.length ? null : shellLine(words);
}

/** The words in front of lists, but for these switches, and the lists. */
function without(args: readonly string[], switches: readonly string[]): [string[], string[]] {
  const lists = args.indexOf(":::");
  const end = lists < 0 ? args.length : lists;
  return [args.slice(0, end).filter((word) => !switches.includes(word)), args.slice(end)];
}
