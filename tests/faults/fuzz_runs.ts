// Ten thousand items of any text a run, through list and template to their pods: see tests/input/fuzz.ts.

import fc from "fast-check";
import { check, FILE, read, text, usualShape } from "../input/fuzz.ts";
import type { Report } from "./report.ts";

const ITEMS = 10_000;
/** Items of one list. */
const LIST = 500;

export async function fuzz(seed: number): Promise<Report> {
  const usual = await usualShape();
  const wrong: string[] = [];
  let items = 0;
  const texts = fc.sample(text, { seed, numRuns: ITEMS });
  for (let from = 0; from < texts.length; from += LIST) {
    // a NUL ends an item, so an empty one is none; a mark at the very beginning is the file's
    const some = texts.slice(from, from + LIST).filter((value) => value !== "");
    const list = some[0]?.startsWith("\ufeff") ? some.slice(1) : some;
    try {
      const isJson = from % (2 * LIST) === 0;
      const content = isJson ? JSON.stringify(list) : list.map((value) => `${value}\0`).join("");
      check(await read(content, { ...FILE, isJson }, !isJson), list, usual);
    } catch (error) {
      wrong.push(`items ${from} to ${from + LIST}: ${error instanceof Error ? error.message : error}`);
    }
    items += list.length;
  }
  return { wrong, figures: { "fuzzed items": items } };
}
