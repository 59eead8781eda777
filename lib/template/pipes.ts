// The pipes: what may follow `|` in an expression. Each is compiled once from its arguments to a function of a value;
// what comes out is text, except that `json` and an unused `default` keep to what they were given.

import { createHash } from "node:crypto";
import type { Scalar } from "../items/item.ts";
import { nearest } from "./names.ts";
import { compileFormat, PipeFault } from "./printf.ts";

/** A compiled pipe; null stands for a value that is missing. */
export interface Pipe {
  readonly name: string;
  /** What it gives is harmless in shell text, whatever the value. */
  readonly isShellSafe: boolean;
  /** @throws {PipeProblem} on a value that it cannot take */
  apply(value: Scalar | null): Scalar | null;
}

const TEXTS: Readonly<Record<string, (text: string) => string>> = {
  basename,
  dirname,
  ext: (path) => extension(basename(path)),
  noext: (path) => path.slice(0, path.length - extension(path.slice(path.lastIndexOf("/") + 1)).length),
  lower: (text) => text.toLowerCase(),
  upper: (text) => text.toUpperCase(),
  shquote,
  slug,
};

/** Every pipe's name. */
export const PIPES: readonly string[] = ["printf", "default", "json", ...Object.keys(TEXTS)];

/** Pipes of other template languages, and what does their work here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  quote: 'shquote, or json, or YAML quotes around the expression: "{{.Item}}"',
  squote: "shquote",
  sh: "shquote",
  toJson: "json",
  tojson: "json",
  base: "basename",
  dir: "dirname",
  tolower: "lower",
  toupper: "upper",
  dnsname: "slug",
  slugify: "slug",
};

/** @throws {PipeFault} that says what to write */
export function compilePipe(name: string, args: readonly string[]): Pipe {
  const [argument] = args;
  const needed = name === "printf" || name === "default" ? 1 : 0;
  if (!PIPES.includes(name)) {
    const near = (Object.hasOwn(ELSEWHERE, name) ? ELSEWHERE[name] : undefined) ?? nearest(name, PIPES);
    throw new PipeFault(
      `there is no pipe ${name}; ${near === null ? "write one of" : `did you mean ${near}? There are`} ${
        PIPES.join(", ")
      }`,
    );
  }
  if (args.length !== needed) {
    throw new PipeFault(
      needed === 0
        ? `${name} takes no argument; write | ${name}`
        : `${name} takes one argument; write | ${name} ${name === "printf" ? '"%06d"' : '"text"'}`,
    );
  }
  if (name === "json") {
    return textPipe(name, false, (value) => value.json ?? JSON.stringify(value.text));
  }
  if (name === "default") {
    const instead: Scalar = { text: argument ?? "" };
    const isEmpty = (value: Scalar | null) => value === null || value.text === "" || value.json === "null";
    return {
      name,
      isShellSafe: false,
      apply: (value) => isEmpty(value) ? instead : value,
    };
  }
  if (name === "printf") {
    const format = compileFormat(argument ?? "");
    return textPipe(name, format.isNumeric, (value) => format.apply(value.text));
  }
  const change = TEXTS[name];
  if (change === undefined) throw new PipeFault(`there is no pipe ${name}`);
  return textPipe(name, name === "shquote" || name === "slug", (value) => change(value.text));
}

function textPipe(name: string, isShellSafe: boolean, change: (value: Scalar) => string): Pipe {
  return { name, isShellSafe, apply: (value) => value === null ? null : { text: change(value) } };
}

function basename(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  if (trimmed === "") return path === "" ? "" : "/";
  return trimmed.slice(trimmed.lastIndexOf("/") + 1);
}

function dirname(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return path.startsWith("/") ? "/" : ".";
  return trimmed.slice(0, slash).replace(/\/+$/, "") || "/";
}

/** With its dot; a leading dot begins no extension. */
function extension(base: string): string {
  const dot = base.lastIndexOf(".");
  return dot <= 0 ? "" : base.slice(dot);
}

/** One word for a POSIX shell. */
function shquote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

const SLUG = /^[a-z0-9](?:[-a-z0-9]{0,48}[a-z0-9])?$/;
const SLUG_HEAD = 39;
const HASH_DIGITS = 10;

/**
 * A DNS-1123 label of at most 50 characters. What had to be changed or cut gets ten base-36 digits of its SHA-256
 * behind it, so that different values stay different.
 */
function slug(text: string): string {
  if (SLUG.test(text)) return text;
  const head = text.toLowerCase().replace(/[^a-z0-9]+/g, "-").slice(0, SLUG_HEAD).replace(/^-+|-+$/g, "");
  const digest = createHash("sha256").update(text).digest("hex").slice(0, 16);
  const hash = BigInt(`0x${digest}`).toString(36).padStart(13, "0").slice(-HASH_DIGITS);
  return head === "" ? hash : `${head}-${hash}`;
}
