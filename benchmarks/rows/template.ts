// Rendering: a pod's manifest from the compiled template, against a JavaScript template literal that was written for this
// very pod and knows none of what may go wrong, both as UTF-8. The hash of the pod that qupods puts into each manifest is
// measured by itself: the literal has none.

import { createHash } from "node:crypto";
import { readItems } from "../../lib/items/read.ts";
import { compileTemplate } from "../../lib/template/compile.ts";
import { TEMPLATE } from "../lab.ts";
import type { Line, Row } from "../row.ts";
import { median, range } from "../statistics.ts";

const COUNT = 100_000;
const ROUNDS = 7;
const RUN = "0".repeat(32);
const NO_HASH = "-".repeat(64);

export const template: Row = {
  name: "template",
  about: "microseconds a manifest, against a hand-written template literal",
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
    const time = (render: (at: number) => number): number => {
      const began = performance.now();
      let bytes = 0;
      for (let at = 0; at < COUNT; at++) bytes += render(at);
      const micros = (performance.now() - began) / COUNT * 1000;
      return bytes > 0 ? micros : NaN;
    };
    const sides = {
      ours: (at: number) => encoder.encode(compiled.manifest(items.at(at), stamp)).length,
      literal: (at: number) => encoder.encode(byHand(String(at), at)).length,
      hash: (at: number) => createHash("sha256").update(byHand(String(at), at)).digest("hex").length,
    };
    const samples = { ours: [] as number[], literal: [] as number[], hash: [] as number[] };
    for (let round = -1; round < ROUNDS; round++) {
      for (const side of ["ours", "literal", "hash"] as const) {
        const micros = time(sides[side]);
        if (round >= 0) samples[side].push(micros);
      }
    }
    const each = (values: readonly number[]) => `${median(values).toFixed(2)} µs`;
    const notes = `${each(samples.ours)} against ${
      each(samples.literal)
    }; a SHA-256 of such a text alone takes ${each(samples.hash)}`;
    const over = samples.ours.map((micros, round) => micros / (samples.literal[round] ?? NaN));
    const line = (what: string, values: readonly number[], goal: number, unit: string): Line => ({
      name: "template",
      what,
      value: `${median(values).toFixed(2)}${unit}`,
      range: range(values),
      goal: `≤ ${goal}${unit}`,
      isMet: median(values) <= goal,
      notes,
    });
    return [
      line("a manifest / a template literal", over, 1.5, "×"),
      line("a manifest, its hash included", samples.ours, 3, " µs"),
    ];
  },
};

/** What qupods makes of this template, but for the hash: the row is void where it is not. */
function byHand(item: string, index: number): string {
  const text = JSON.stringify(item);
  return `{"apiVersion":"v1","kind":"Pod","metadata":{"name":"bench-${item}","labels":{"qupods.dev/run":"${RUN}"},` +
    `"annotations":{"qupods.dev/item":"${index} 1 ${NO_HASH} main"},"namespace":"lab"},"spec":{"nodeSelector":{` +
    `"qupods.dev/node":"hollow"},"tolerations":[{"key":"qupods.dev/hollow","operator":"Exists"}],"restartPolicy":` +
    `"Never","containers":[{"name":"main","image":"busybox:1.36","command":["echo",${text}],"env":[{"name":` +
    `"QUPODS_ITEM","value":${text}},{"name":"QUPODS_INDEX","value":"${index}"},{"name":"QUPODS_ATTEMPT",` +
    `"value":"1"},{"name":"QUPODS_RUN","value":"${RUN}"}]}]}}`;
}
