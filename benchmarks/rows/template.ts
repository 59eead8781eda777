// Rendering: a pod's manifest from the compiled template, against a JavaScript template literal that was written for this
// very pod and knows none of what may go wrong, both as UTF-8; and against one that holds its text's SHA-256, as every
// manifest of qupods holds its pod's.

import { hash } from "node:crypto";
import { readItems } from "../../lib/items/read.ts";
import { compileTemplate } from "../../lib/template/compile.ts";
import { TEMPLATE } from "../lab.ts";
import type { Line, Row } from "../row.ts";
import { median, range } from "../statistics.ts";

const COUNT = 100_000;
/** Sides take turns after so many; of a round each side's best batch counts, as others work on this machine, too. */
const BATCH = 1_000;
const ROUNDS = 7;
const SIDES = ["ours", "literal", "hashed"] as const;
const RUN = "0".repeat(32);
const NO_HASH = "-".repeat(64);

export const template: Row = {
  name: "template",
  about: "microseconds a manifest, against a hand-written template literal",
  isLocal: true,
  async run(lab) {
    const path = `${await lab.folder()}/list`;
    await Deno.writeTextFile(path, Array.from({ length: COUNT }, (_, at) => `${at}\n`).join(""));
    const source = { kind: "file", path, isJson: false } as const;
    const items = await readItems(
      { source, format: null, isNulSeparated: false, range: null, sample: null },
      {
        stdin: new ReadableStream(),
        seed: null,
      },
    );
    const text = await Deno.readTextFile(TEMPLATE);
    const compiled = compileTemplate(text, { file: TEMPLATE, delims: null, columns: items.columns });
    const stamp = { namespace: "lab", hasEnv: true, timeoutSeconds: null, attempt: 1, run: RUN };
    const made = compiled.manifest(items.at(7), stamp).replace(compiled.hash(items.at(7)), NO_HASH);
    if (made !== byHand("7", 7)) {
      throw new Error(`Cannot compare with ${made} as the literal makes another text`);
    }
    const encoder = new TextEncoder();
    const time = (render: (at: number) => number, from: number): number => {
      const began = performance.now();
      let bytes = 0;
      for (let at = from; at < from + BATCH; at++) bytes += render(at);
      const micros = (performance.now() - began) / BATCH * 1000;
      return bytes > 0 ? micros : NaN;
    };
    const sides = {
      ours: (at: number) => encoder.encode(compiled.manifest(items.at(at), stamp)).length,
      literal: (at: number) => encoder.encode(byHand(String(at), at)).length,
      hashed: (at: number) =>
        encoder.encode(byHand(String(at), at, hash("sha256", byHand(String(at), at)))).length,
    };
    const samples = { ours: [] as number[], literal: [] as number[], hashed: [] as number[] };
    for (let round = -1; round < ROUNDS; round++) {
      const least = { ours: Infinity, literal: Infinity, hashed: Infinity };
      for (let from = 0; from < COUNT; from += BATCH) {
        for (const side of SIDES) least[side] = Math.min(least[side], time(sides[side], from));
      }
      if (round >= 0) { for (const side of SIDES) samples[side].push(least[side]); }
    }
    const each = (values: readonly number[]) => `${median(values).toFixed(2)} µs`;
    const notes = `${each(samples.ours)} against ${each(samples.literal)}, and ${
      each(samples.hashed)
    } for a literal that holds the SHA-256 of its own text`;
    const over = (literal: readonly number[]) =>
      samples.ours.map((micros, round) => micros / (literal[round] ?? NaN));
    const line = (what: string, values: readonly number[], goal: number | null, unit: string): Line => ({
      name: "template",
      what,
      value: `${median(values).toFixed(2)}${unit}`,
      range: range(values),
      goal: goal === null ? "" : `≤ ${goal}${unit}`,
      isMet: goal === null ? null : median(values) <= goal,
      notes,
    });
    return [
      line("a manifest / a template literal", over(samples.literal), 1.5, "×"),
      line(
        "a manifest / a template literal with the SHA-256 of its own text",
        over(samples.hashed),
        null,
        "×",
      ),
      line("a manifest, its hash included", samples.ours, 3, " µs"),
    ];
  },
};

/** What qupods makes of this template, but for the hash: the row is void where it is not. */
function byHand(item: string, index: number, hash = NO_HASH): string {
  const text = JSON.stringify(item);
  return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bench-${item}","labels":{"qupods.dev/run":"${RUN}"},` +
    `"annotations":{"qupods.dev/item":"${index} 1 ${hash} main"},"namespace":"lab"},"spec":{"nodeSelector":{` +
    `"qupods.dev/node":"hollow"},"tolerations":[{"key":"qupods.dev/hollow","operator":"Exists"}],"restartPolicy":` +
    `"Never","containers":[{"name":"main","image":"busybox:1.36","command":["echo",${text}],"env":[{"name":` +
    `"QUPODS_ITEM","value":${text}},{"name":"QUPODS_INDEX","value":"${index}"},{"name":"QUPODS_ATTEMPT",` +
    `"value":"1"},{"name":"QUPODS_RUN","value":"${RUN}"}]}]}}`;
}
