// `printf` with one verb, as C and Go have it. A format is read once; a value that does not fit throws PipeProblem.

import { shown } from "./names.ts";

/** A value that a pipe cannot take; the message is a clause. */
export class PipeProblem extends Error {
  override name = "PipeProblem";
}

/** A pipe that is written wrongly; the message says what to write. */
export class PipeFault extends Error {
  override name = "PipeFault";
}

const VERB = /%([-+ 0#]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g;
const KNOWN = "s v q d x X o b e E f F g G";
const MOST_WIDTH = 1000;
const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** A compiled format, and whether it lets only the characters of a number through. */
export interface Format {
  readonly isNumeric: boolean;
  apply(text: string): string;
}

interface Verb {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | null;
  readonly letter: string;
}

/** @throws {PipeFault} unless the format has exactly one verb that is known */
export function compileFormat(format: string): Format {
  const parts: string[] = [""];
  const verbs: Verb[] = [];
  let end = 0;
  for (const match of format.matchAll(VERB)) {
    parts.push(`${parts.pop()}${plain(format.slice(end, match.index), format)}`);
    end = match.index + match[0].length;
    const [whole, flags = "", width = "0", precision, letter = ""] = match;
    if (whole === "%%") {
      parts.push(`${parts.pop()}%`);
      continue;
    }
    if (!KNOWN.split(" ").includes(letter)) {
      throw new PipeFault(`printf does not know ${whole}; write one of %${KNOWN.replaceAll(" ", " %")}`);
    }
    if (Number(width) > MOST_WIDTH || Number(precision ?? 0) > 100) {
      throw new PipeFault(
        `${whole} is too wide; write a width up to ${MOST_WIDTH} and a precision up to 100`,
      );
    }
    verbs.push({
      flags,
      width: Number(width),
      precision: precision === undefined ? null : Number(precision),
      letter,
    });
    parts.push("");
  }
  parts.push(`${parts.pop()}${plain(format.slice(end), format)}`);
  const [verb] = verbs;
  if (verb === undefined || verbs.length > 1) {
    throw new PipeFault(
      `printf ${
        JSON.stringify(format)
      } has ${verbs.length} verbs for one value; write one, such as printf "%06d"`,
    );
  }
  const [before = "", after = ""] = parts;
  return {
    isNumeric: !"svq".includes(verb.letter) && /^[\w.:/-]*$/.test(before + after),
    apply: (text) => before + pad(verb, text) + after,
  };
}

function plain(text: string, format: string): string {
  if (!text.includes("%")) return text;
  throw new PipeFault(
    `printf ${JSON.stringify(format)} has a % that begins no verb; write %% for a percent sign`,
  );
}

function pad(verb: Verb, text: string): string {
  const body = convert(verb, text);
  const length = verb.width === 0 ? 0 : [...body].length;
  if (length >= verb.width) return body;
  const fill = verb.width - length;
  if (verb.flags.includes("-")) return body + " ".repeat(fill);
  if (!verb.flags.includes("0") || "svq".includes(verb.letter)) return " ".repeat(fill) + body;
  const lead = /^[+ -]?(?:0[xXb])?/.exec(body)?.[0] ?? "";
  return lead + "0".repeat(fill) + body.slice(lead.length);
}

function convert(verb: Verb, text: string): string {
  const { letter, precision } = verb;
  if (letter === "s" || letter === "v" || letter === "q") {
    const cut = precision === null ? text : [...text].slice(0, precision).join("");
    return letter === "q" ? JSON.stringify(cut) : cut;
  }
  const trimmed = text.trim();
  if ("dxXob".includes(letter)) {
    if (!INTEGER.test(trimmed)) {
      throw new PipeProblem(`${shown(text)} is no whole number, as %${letter} needs`);
    }
    const value = BigInt(trimmed.replace("+", ""));
    return signed(verb, value < 0n, wholeNumber(verb, value < 0n ? -value : value));
  }
  if (!NUMBER.test(trimmed)) throw new PipeProblem(`${shown(text)} is no number, as %${letter} needs`);
  const value = Number(trimmed);
  return signed(verb, value < 0 || Object.is(value, -0), fraction(verb, Math.abs(value)));
}

function wholeNumber({ letter, flags, precision }: Verb, value: bigint): string {
  const base = letter === "d" ? 10 : letter === "o" ? 8 : letter === "b" ? 2 : 16;
  const digits = value.toString(base).padStart(precision ?? 0, "0");
  const prefix = !flags.includes("#") || base === 10 ? "" : base === 16 ? "0x" : base === 2 ? "0b" : "0";
  return letter === "X" ? (prefix + digits).toUpperCase() : prefix + digits;
}

function fraction({ letter, precision }: Verb, value: number): string {
  const kind = letter.toLowerCase();
  let text: string;
  if (!Number.isFinite(value)) text = "Inf";
  else if (kind === "f") text = fixed(value, precision ?? 6);
  else if (kind === "e") text = value.toExponential(precision ?? 6);
  else text = general(value, precision);
  text = text.replace(/e([+-])(\d)$/, "e$10$2");
  return letter === kind ? text : text.toUpperCase();
}

/** `toFixed` falls back to exponents from 1e21. */
function fixed(value: number, precision: number): string {
  if (value < 1e21) return value.toFixed(precision);
  return precision === 0 ? `${BigInt(value)}` : `${BigInt(value)}.${"0".repeat(precision)}`;
}

function general(value: number, precision: number | null): string {
  if (value === 0) return "0";
  const [mantissa = "", exponent = "0"] =
    (precision === null ? value.toExponential() : value.toExponential(Math.max(0, precision - 1))).split("e");
  const power = Number(exponent);
  const trimmed = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  if (power < -4 || power >= (precision === null ? 21 : Math.max(1, precision))) {
    return `${trimmed}e${exponent}`;
  }
  const places = Math.max(0, trimmed.replace(".", "").length - 1 - power);
  return Number(`${trimmed}e${exponent}`).toFixed(Math.min(100, places));
}

function signed({ flags }: Verb, isNegative: boolean, digits: string): string {
  if (isNegative) return `-${digits}`;
  return flags.includes("+") ? `+${digits}` : flags.includes(" ") ? ` ${digits}` : digits;
}
