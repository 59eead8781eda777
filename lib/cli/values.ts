// Values of options: numbers, durations, word lists, `--halt`. Each says what it expected.

import { UsageError } from "../errors.ts";
import type { Halt } from "./options.ts";

/** A whole number of at least `least`. */
export function whole(flag: string, text: string | undefined, otherwise: number, least = 0): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least) {
    throw new UsageError(
      `Cannot use --${flag} ${text} as it is no whole number of at least ${least}; try --${flag} ${
        Math.max(least, otherwise === Infinity ? 100 : otherwise)
      }`,
    );
  }
  return value;
}

const UNIT: { readonly [unit: string]: number } = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds of `90`, `90s`, `1h30m`, `500ms`. */
export function seconds(flag: string, text: string): number {
  const isNumber = /^\d+(\.\d+)?$/.test(text);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (!isNumber && parts.map((part) => part[0]).join("") !== text || text === "") {
    throw new UsageError(`Cannot use --${flag} ${text} as it is no time; try --${flag} 90s, 15m or 1h30m`);
  }
  return isNumber
    ? Number(text)
    : parts.reduce((sum, part) => sum + Number(part[1]) * (UNIT[part[2] ?? "s"] ?? 1), 0);
}

/** One of a few words. */
export function oneOf<T extends string>(flag: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new UsageError(`Cannot use --${flag} ${text}; choose ${words.join(", ")}`);
  return found;
}

/** Words with simple quotes, as a shell splits them; nothing is expanded. */
export function words(text: string): string[] {
  return [...text.matchAll(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g)].map((match) =>
    match[0].replace(/"([^"]*)"|'([^']*)'/g, "$1$2")
  );
}

/** GNU parallel's grammar. */
export function halt(text: string): Halt | null {
  if (text === "never") return null;
  const match = /^(soon|now),(fail|success|done)=(\d+)(%?)$/.exec(text);
  if (match === null) {
    throw new UsageError(
      `Cannot use --halt ${text}; write never, soon,fail=1, now,fail=10% or soon,done=100`,
    );
  }
  const [, when, on, count, percent] = match;
  return {
    when: when === "now" ? "now" : "soon",
    on: on === "fail" ? "fail" : on === "success" ? "success" : "done",
    count: Number(count),
    isPercent: percent === "%",
  };
}
