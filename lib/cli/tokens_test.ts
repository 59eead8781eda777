import assert from "node:assert/strict";
import { parseArgs } from "node:util";
import fc from "fast-check";
import { type Spelling, type Token, tokenize } from "./tokens.ts";

const SPELLINGS: readonly (readonly [name: string, spelling: Spelling])[] = [
  ["items", { short: "i", takesValue: true }],
  ["arg-file", { takesValue: true }],
  ["quiet", { short: "q", takesValue: false }],
  ["null", { short: "0", takesValue: false }],
  ["bar", { takesValue: false }],
];

/** What node makes of them. */
function nodes(words: readonly string[]): Token[] {
  const options = SPELLINGS.map(([name, { short, takesValue }]) =>
    [name, { type: takesValue ? "string" : "boolean", ...(short === undefined ? {} : { short }) }] as const
  );
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  return tokens.flatMap((token): Token[] => {
    if (token.kind === "option-terminator") return [];
    if (token.kind === "positional") return [{ kind: token.kind, value: token.value }];
    const { kind, name, rawName, value, inlineValue } = token;
    return [{
      kind,
      name,
      rawName,
      ...(value === undefined ? {} : { value }),
      isInline: inlineValue ?? false,
    }];
  });
}

Deno.test("tokenize() takes every command line apart as node:util's parseArgs does", () => {
  const names = [...SPELLINGS.map(([name]) => name), "unknown", "i", ""];
  const long = fc.tuple(fc.constantFrom(...names), fc.constantFrom("", "=", "=a", "==", "=a=b", "=-q")).map(
    ([name, rest]) => `--${name}${rest}`,
  );
  // a dash among short ones is an option that is not there; node takes it for the word that ends all options
  const short = fc.stringMatching(/^-[iq0x=a]{0,4}$/);
  const word = fc.oneof(
    long,
    short,
    fc.constantFrom("", "-", "--", "---", "a", "-- ", "--=x", "--=x=y", "é"),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (words) => {
      assert.deepEqual(tokenize(words, new Map(SPELLINGS)), nodes(words));
    }),
    { numRuns: 3000 },
  );
});

Deno.test("tokenize() takes a dash among short options for one", () => {
  assert.deepEqual(tokenize(["-q-", "a"], new Map(SPELLINGS)).map(({ kind }) => kind), [
    "option",
    "option",
    "positional",
  ]);
});
