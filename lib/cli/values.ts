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

/** A number above 0, `20` or `0.5`. */
export function positive(flag: string, text: string): number {
  const value = Number(text);
  if (!/^(?:\d+\.?\d*|\.\d+)$/.test(text) || value <= 0) {
    throw new UsageError(`Cannot use --${flag} ${text} as it is no positive number; try --${flag} 20`);
  }
  return value;
}

const UNIT: { readonly [unit: string]: number } = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86400 };

/** Seconds of `90`, `90s`, `1h30m`, `500ms`, within limits. */
export function seconds(flag: string, text: string, least = 0, most = Infinity): number {
  const isNumber = /^\d+(\.\d+)?$/.test(text);
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d)/g)];
  if (!isNumber && parts.map((part) => part[0]).join("") !== text || text === "") {
    throw new UsageError(
      `Cannot use --${flag} ${text || '""'} as it is no time; try --${flag} 90s, 15m or 1h30m`,
    );
  }
  const value = isNumber
    ? Number(text)
    : parts.reduce((sum, part) => sum + Number(part[1]) * (UNIT[part[2] ?? "s"] ?? 1), 0);
  if (value < least || value > most) {
    throw new UsageError(
      `Cannot use --${flag} ${text} as it is ${
        value < least ? `less than ${least} s` : `more than ${most} s`
      }; try --${flag} 90s, 15m or 1h30m${value < least ? ", or leave it out" : ""}`,
    );
  }
  return value;
}

/** First and longest pause of `10s..6m`, or of `10s` alone. */
export function backoff(text: string): { first: number; most: number } {
  const [first = "", most, ...rest] = text.split("..");
  if (rest.length > 0 || first === "" || most === "") throw noPauses(text);
  const from = seconds("backoff", first);
  const to = most === undefined ? Math.max(from, 360) : seconds("backoff", most);
  if (to < from) throw noPauses(text);
  return { first: from, most: to };
}

function noPauses(text: string): UsageError {
  return new UsageError(
    `Cannot use --backoff ${text} as it is no first and longest pause; try --backoff 10s..6m`,
  );
}

/** One of a few words. */
export function oneOf<T extends string>(flag: string, text: string, words: readonly T[]): T {
  const found = words.find((word) => word === text);
  if (found === undefined) throw new UsageError(`Cannot use --${flag} ${text}; choose ${words.join(", ")}`);
  return found;
}

/** Words with simple quotes, as a shell splits them; nothing is expanded. */
export function words(flag: string, text: string): string[] {
  const found = [...text.matchAll(/((?:"[^"]*"|'[^']*'|[^\s"'])+)|\s+/g)];
  if (found.map((match) => match[0]).join("") !== text) {
    throw new UsageError(`Cannot use --${flag} ${text} as a quote is not closed; close it`);
  }
  return found.flatMap(([, word]) => word?.replace(/"([^"]*)"|'([^']*)'/g, "$1$2") ?? []);
}

/** GNU parallel's grammar. */
export function halt(text: string): Halt | null {
  if (text === "never") return null;
  const match = /^(soon|now),(fail|success|done)=(\d+)(%?)$/.exec(text);
  const [, when, on, digits, percent] = match ?? [];
  const count = Number(digits);
  const isPercent = percent === "%";
  if (match === null || count < 1 || (isPercent && count > 100)) {
    throw new UsageError(
      `Cannot use --halt ${text} as it is no moment to stop; write never, soon,fail=1, now,fail=10% or soon,done=100`,
    );
  }
  return {
    when: when === "now" ? "now" : "soon",
    on: on === "fail" ? "fail" : on === "success" ? "success" : "done",
    count,
    isPercent,
  };
}

/** Opening and closing mark. */
export function delims(text: string): readonly [string, string] {
  const [open, close, ...rest] = text.trim().split(/\s+/);
  if (open === undefined || close === undefined || rest.length > 0) {
    throw new UsageError(
      `Cannot use --delims ${text} as it is not two marks with a space between; write --delims '[[ ]]'`,
    );
  }
  if (/[.|"`\w]/.test(open + close)) {
    throw new UsageError(
      `Cannot use --delims ${text} as a mark must not hold letters, digits, ".", "|" or quotes; write --delims '[[ ]]'`,
    );
  }
  return [open, close];
}
