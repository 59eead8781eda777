import assert from "node:assert/strict";
import { expand } from "./expand.ts";

const KNOWN = new Map([["A", "1"], ["B", "$(A)"]]);

for (
  const [text, expected] of [
    ["$(A)", "1"],
    ["x$(A)y$(A)", "x1y1"],
    ["$$(A)", "$(A)"],
    ["$$$(A)", "$1"],
    ["$(B)", "$(A)"],
    ["$(C)", "$(C)"],
    ["$A ${A} $", "$A ${A} $"],
    ["$(A", "$(A"],
    ["$$", "$"],
  ] as const
) {
  Deno.test(`expand() makes ${expected} of ${text}`, () => assert.equal(expand(text, KNOWN), expected));
}
