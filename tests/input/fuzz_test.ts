import fc from "fast-check";
import { check, FILE, read, text, usualShape } from "./fuzz.ts";

Deno.test("10,000 items of any text reach the container byte for byte and change nothing of the pod", async () => {
  const usual = await usualShape();
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 100, maxLength: 100 }), async (texts) => {
      const full = texts.filter((value) => value !== "");
      const unmarked = full[0]?.startsWith("\ufeff") ? full.slice(1) : full;
      check(await read(unmarked.map((value) => `${value}\0`).join(""), FILE, true), unmarked, usual);
    }),
    { numRuns: 50 },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 50, maxLength: 50 }), async (texts) => {
      check(await read(JSON.stringify(texts), { ...FILE, isJson: true }), texts, usual);
      const lines = texts.map((value) => value.replace(/[\n\r]/g, " ")).filter((line) => line.trim() !== "");
      const unmarked = lines[0]?.startsWith("\ufeff") ? lines.slice(1) : lines;
      check(await read(unmarked.join("\n"), FILE), unmarked, usual);
    }),
    { numRuns: 50 },
  );
});
